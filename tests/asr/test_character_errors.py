"""Character error rates of the benchmarks: what was substituted, deleted and inserted."""

from __future__ import annotations

import pytest

from benchmarks.asr.errors import Errors, errors, of_all, plain, toneless


@pytest.mark.parametrize(
    ("wanted", "got", "found"),
    [
        ("我不清楚", "我不清楚", Errors()),
        ("我不清楚", "我不轻楚", Errors(substituted=1)),
        ("我不清楚", "不清楚吗", Errors(deleted=1, inserted=1)),
        ("", "谢谢", Errors(inserted=2)),
        ("谢谢", "", Errors(deleted=2)),
    ],
)
def test_errors_are_the_fewest(wanted: str, got: str, found: Errors) -> None:
    assert errors(wanted, got) == found


def test_homophones_are_errors_as_characters_and_not_by_sound() -> None:
    wanted, got = plain("一共150元。"), plain("一共一百五十圆")
    assert of_all([wanted], [got]) == Errors(substituted=1)
    assert errors(toneless(wanted), toneless(got)).total == 0
    assert plain("幺三八") == plain("一三八")
