"""The recogniser on the bundled model, and where models are looked for."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from pipeline.asr.whisper import DEMO_MODEL, find_model, load_transcriber
from pipeline.errors import ModelError
from pipeline.ports import Transcriber
from tests.sound import ms, speech


def heard(transcriber: Transcriber, text: str, **voice: int) -> str:
    words = transcriber.ask(speech(text, "f2", **voice)).words()
    return re.sub(r"[^\u4e00-\u9fff]", "", "".join(w.text for w in words))


@pytest.mark.model
@pytest.mark.parametrize("text", ["这个我不清楚", "请问有什么可以帮您", "对不起让您久等了", "我帮您查清楚请稍等"])
def test_handbook_phrases_are_recognised(demo_model: Transcriber, text: str) -> None:
    assert heard(demo_model, text) == text


@pytest.mark.model
def test_word_times_ascend_inside_the_utterance(demo_model: Transcriber) -> None:
    pcm = speech("您好，请问有什么可以帮您？")
    words = demo_model.ask(pcm).words()
    assert len(words) >= 8
    times = [t for w in words for t in (w.start_ms, w.end_ms)]
    assert times == sorted(times)
    assert times[-1] <= ms(pcm) + 100
    assert all(0 <= w.confidence <= 1 for w in words)


@pytest.mark.model
def test_silence_and_noise_give_no_text(demo_model: Transcriber) -> None:
    noise = (np.random.default_rng(0).standard_normal(48_000) * 60).astype(np.int16)
    assert list(demo_model.ask(np.zeros(32_000, np.int16)).words()) == []
    assert list(demo_model.ask(noise).words()) == []


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
        ("hugo", "unknown; wanted a folder, demo, none or one of"),
        ("./nowhere", "no model.bin in that folder"),
        ("small", "callcoach models get small"),
    ],
)
def test_a_model_that_is_not_there_is_one_line_that_says_what_to_do(name: str, message: str) -> None:
    with pytest.raises(ModelError, match=re.escape(message)) as caught:
        load_transcriber(name, fetch=False)
    assert "\n" not in str(caught.value)


def test_a_folder_that_holds_no_model_says_so(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"no model")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_transcriber(str(tmp_path))


def test_none_hears_nothing_and_says_so() -> None:
    none: Transcriber = load_transcriber("none")
    assert (none.engine, list(none.ask(np.zeros(100, np.int16)).words())) == ("none", [])
    assert none.notice
