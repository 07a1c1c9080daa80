"""Han in one form: what recognisers and people write in several scripts."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from pipeline.han import one_form, simplified, simplified_pieces

MIXED = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5) | st.sampled_from("您妳著着乾隆淨后後ＡＢ１"))


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("對不起，讓您久等了", "对不起，让您久等了"),
        ("您自己看著辦", "您自己看着办"),
        ("妳應該先看說明書", "你应该先看说明书"),
        ("著名的作者顯著地著急著", "著名的作者显著地着急着"),
        ("土著和显著的著作", "土著和显著的著作"),
        ("乾隆年間很乾淨", "乾隆年间很干净"),
        ("皇后在後面", "皇后在后面"),
    ],
)
def test_texts_are_written_in_simplified_han(written: str, wanted: str) -> None:
    assert simplified(written) == wanted
    assert simplified(wanted) == wanted


@given(st.lists(MIXED))
def test_pieces_of_a_text_are_written_as_the_text_is(pieces: list[str]) -> None:
    assert "".join(simplified_pieces(pieces)) == simplified("".join(pieces))
    assert [len(piece) for piece in simplified_pieces(pieces)] == [len(piece) for piece in pieces]


@given(MIXED)
def test_scripts_compare_alike(text: str) -> None:
    assert one_form(simplified(text)) == one_form(text)
    assert one_form(one_form(text)) == one_form(text)
    assert len(one_form(text)) == len(text)


def test_who_is_meant_and_how_it_is_written_does_not_matter() -> None:
    assert one_form("妳們自己看著辦，甚麼賬戶，ＶＩＰ８") == one_form("您们自己看着办，什么账户，VIP8")
