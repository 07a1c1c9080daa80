"""What a command tells of the recogniser it takes."""

from __future__ import annotations

import pytest

from pipeline.asr.engine import transcribers
from pipeline.cli.choices import AsrChoice, find_transcriber


@pytest.mark.parametrize(("model", "said"), [("demo", True), ("none", False)])
def test_hot_words_that_a_model_does_not_get_are_told(
    model: str, said: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(transcribers, "load_transcriber", lambda name, *_, **__: name)
    assert find_transcriber(AsrChoice(model, ("林晓雯",))) == model
    assert ("asr.hot_words are not given to demo" in capsys.readouterr().err) is said
