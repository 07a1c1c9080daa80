"""The engine with the bundled model: words, times, and that a batch does not change the result."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.asr.engine.weights import DEMO_MODEL, EngineSettings, settings_for
from pipeline.asr.engine.whisper import WhisperEngine, load_engine
from pipeline.asr.session.guards import Evidence
from pipeline.errors import ModelError
from pipeline.events.words import Word
from pipeline.ports import Pcm, Recognised
from tests.sound import ms, speech


@pytest.fixture(scope="module")
def engine() -> WhisperEngine:
    return load_engine(DEMO_MODEL, settings_for("demo"))


def heard(found: Recognised) -> str:
    return re.sub(r"[^\u4e00-\u9fff]", "", "".join(w.text for w in found.words))


@pytest.mark.model
@pytest.mark.parametrize("text", ["这个我不清楚", "请问有什么可以帮您", "对不起让您久等了", "我帮您查清楚请稍等"])
def test_handbook_phrases_are_recognised(engine: WhisperEngine, text: str) -> None:
    assert heard(engine.recognise([speech(text, "f2")])[0]) == text


@pytest.mark.model
def test_word_times_ascend_inside_the_utterance(engine: WhisperEngine) -> None:
    pcm = speech("您好，请问有什么可以帮您？")
    words = engine.recognise([pcm])[0].words
    assert len(words) >= 8
    times = [t for w in words for t in (w.start_ms, w.end_ms)]
    assert times == sorted(times)
    assert times[-1] <= ms(pcm) + 100
    assert all(0 <= w.confidence <= 1 for w in words)


@pytest.mark.model
def test_silence_and_noise_give_no_text(engine: WhisperEngine) -> None:
    noise = (np.random.default_rng(0).standard_normal(48_000) * 60).astype(np.int16)
    nothing: Pcm = np.zeros(0, np.int16)
    assert engine.recognise([np.zeros(32_000, np.int16), noise, nothing]) == [Recognised()] * 3
    assert engine.recognise([]) == []


@pytest.mark.model
def test_utterances_of_one_window_are_heard_together_as_alone(engine: WhisperEngine) -> None:
    pcms = [speech(text, "f2") for text in ("您好，请问您贵姓？", "好的，谢谢您，再见。", "请您稍等一下，马上好。")]
    longest = max(map(len, pcms))
    pcms = [np.concatenate([pcm, np.zeros(longest - len(pcm), np.int16)]) for pcm in pcms]
    together, alone = engine.recognise(pcms), [engine.recognise([pcm])[0] for pcm in pcms]
    moved = []
    for a, b in zip(together, alone, strict=True):
        assert heard(a) == heard(b)
        moved += [abs(x.start_ms - y.start_ms) for x, y in zip(a.words, b.words, strict=True)]
        assert [w.confidence for w in a.words] == pytest.approx([w.confidence for w in b.words], abs=0.01)
    # A processor rounds the sums of a batch otherwise than those of one, and the path of least cost through the
    # attention then takes another of two like ways: single words move by a few frames of 20 ms, the others by none.
    assert np.median(moved) == 0
    assert max(moved) <= 200


@pytest.mark.parametrize(
    ("seconds", "ordinary", "demo"), [(0, 10_000, 500), (2, 10_000, 2_500), (9, 11_500, 9_500), (40, 30_000, 30_000)]
)  # fmt: skip
def test_the_window_is_sized_to_the_utterance(seconds: int, ordinary: int, demo: int) -> None:
    assert EngineSettings().window_ms(seconds * 16_000) == ordinary
    assert settings_for("demo").window_ms(seconds * 16_000) == demo


def test_a_folder_that_holds_no_model_says_so(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"no model")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_engine(tmp_path, EngineSettings())


class Looping(WhisperEngine):
    """The real engine, made to loop on utterances of one length unless repetition is forbidden."""

    LENGTH = 48_000

    def _decode(
        self, batch: Sequence[Pcm], encoded: Any, script: Any, beam: int = 1, *, no_repeat: int = 0
    ) -> list[tuple[list[Word], Evidence]]:
        heard = super()._decode(batch, encoded, script, beam, no_repeat=no_repeat)
        tail = [Word(c, 1_240, 1_250, 0.9) for c in "您收记上把电"] if no_repeat else []
        loop = tail or [Word("二", 1_000 + 10 * i, 1_010 + 10 * i, 0.9) for i in range(12)]
        return [
            ([*words, *loop] if len(pcm) == self.LENGTH else words, evidence)
            for pcm, (words, evidence) in zip(batch, heard, strict=True)
        ]


@pytest.mark.model
def test_an_utterance_that_loops_is_decoded_again_alone(engine: WhisperEngine) -> None:
    good = speech("请问您贵姓？", "f2")
    looped: Pcm = np.concatenate([good, np.zeros(Looping.LENGTH, np.int16)])[: Looping.LENGTH]
    first, second = Looping(engine.model, engine.settings).recognise([looped, good])
    assert heard(first) == heard(second) == "请问您贵姓"
    assert [(s.text, s.reason) for s in first.suppressed] == [("您收记上把电", "too_fast")]
    assert second.suppressed == ()
