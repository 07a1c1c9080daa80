"""A recogniser by its name: where models are searched, and the messages when there is none."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from pipeline.asr.engine.scheduler import Scheduler
from pipeline.asr.engine.transcribers import load_transcriber
from pipeline.asr.engine.weights import DEMO_MODEL, find_model
from pipeline.errors import ModelError
from pipeline.events.call import CallStarted, WordsTrust
from pipeline.events.channels import Channel
from pipeline.ports import Recognised, Transcriber, Utterance
from tests.conftest import Hear
from tests.prompter import Prompter
from tests.sound import speech
from tests.weights import model_folder


@pytest.mark.model
def test_the_demo_model_says_what_it_is(demo_model: Transcriber) -> None:
    assert demo_model.engine == "demo"
    assert "只认识演示声音" in demo_model.notice


def test_models_are_found_in_the_folder_named_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "model.bin").touch()
    assert find_model("ours") is None
    monkeypatch.setenv("CALLCOACH_MODELS", str(tmp_path))
    assert find_model("ours") == tmp_path / "ours"
    assert find_model("demo") == DEMO_MODEL


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("hugo", "unknown; wanted a folder, none or one of"),
        ("./nowhere", "no model.bin in that folder"),
        ("small", "`callcoach models get small` fetches it, and nothing else does"),
        ("belle-turbo-zh", "`callcoach models get belle-turbo-zh`"),
        ("Somebody/whisper", "`callcoach models get Somebody/whisper`"),
    ],
)
def test_a_model_that_is_not_there_is_one_line_that_says_what_to_do(name: str, message: str) -> None:
    with pytest.raises(ModelError, match=re.escape(message)) as caught:
        load_transcriber(name)
    assert "\n" not in str(caught.value)


def test_a_folder_that_holds_no_model_is_told_by_the_worker(tmp_path: Path) -> None:
    """One that looks like a model from outside."""
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_transcriber(str(model_folder(tmp_path / "weights")))


def test_none_recognises_nothing_and_says_so() -> None:
    none = load_transcriber("none")
    assert none.engine == "none"
    assert none.ask(Utterance(np.zeros(100, np.int16), "c", Channel.AGENT)).result() == Recognised()
    assert none.notice


@pytest.mark.model
def test_what_words_may_be_trusted_with_is_the_catalogues(demo_model: Transcriber) -> None:
    assert demo_model.trust is None
    assert load_transcriber("none").trust is None


def test_a_call_says_what_its_words_may_be_trusted_with(hear: Hear) -> None:
    class Measured(Prompter):
        trust = WordsTrust("hints", (0.14, 0.15), (0.22, 0.45), 0.25)  # type: ignore[assignment]

    started = hear(np.zeros((16_000, 2), np.int16), Measured([]))[0]
    assert isinstance(started, CallStarted)
    assert started.words_trust == Measured.trust


@pytest.mark.model
def test_hot_words_are_not_given_to_a_model_that_takes_none() -> None:
    told = load_transcriber("demo", hot_words=("林晓雯",) * 30)
    try:
        greeting = "您好，请问有什么可以帮您？"
        heard = told.ask(Utterance(speech(greeting, "f2"), "a", Channel.AGENT, is_final=True)).result()
        assert "".join(word.text for word in heard.words) == greeting
    finally:
        assert isinstance(told, Scheduler)
        told.close()
