"""Real weights: Whisper base hears natural voices, is known by its checksum, and is not used when it is cut off."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from benchmarks.asr.errors import edits, han
from models.voices import RATE_HZ, VOICES, Speaker
from pipeline.asr.engine.scheduler import Scheduler
from pipeline.asr.engine.transcribers import load_transcriber
from pipeline.asr.engine.weights import model_of, settings_for
from pipeline.audio.resample import saturate
from pipeline.errors import ModelError
from pipeline.events.channels import Channel
from pipeline.han import simplified
from pipeline.ports import SAMPLE_RATE_HZ, Pcm, Utterance

pytestmark = pytest.mark.weights

SENTENCES = (
    "您好，请问有什么可以帮您？",
    "麻烦您稍等，我帮您查一下订单。",
    "不好意思，让您久等了。",
    "您的退款已经提交，请注意查收短信。",
    "感谢您的来电，祝您生活愉快。",
)
ENGLISH = "Good morning, my order has not arrived yet, and I would like to know where it is now."
MOST_WRONG = 0.10  # character error rate


@pytest.fixture(scope="module")
def loaded(base: Path) -> Iterator[Scheduler]:
    transcriber = load_transcriber(str(base), hot_words=("林晓雯",))
    assert isinstance(transcriber, Scheduler)
    yield transcriber
    transcriber.close()


def said(speaker: Speaker, voice: str, text: str) -> Pcm:
    samples = soxr.resample(speaker.say(voice, text), RATE_HZ, SAMPLE_RATE_HZ)
    return np.clip(samples * 32_767, -32_768, 32_767).astype(np.int16)


def test_few_characters_of_natural_voices_are_wrong(loaded: Scheduler, speaker: Speaker) -> None:
    voices = sorted(VOICES)
    wrong = characters = 0
    for number, sentence in enumerate(SENTENCES):
        pcm = said(speaker, voices[number % len(voices)], sentence)
        heard = loaded.ask(Utterance(pcm, "c", Channel.AGENT)).result()
        wrong += edits(han(sentence), han(simplified("".join(word.text for word in heard.words))))
        characters += len(han(sentence))
    assert wrong / characters <= MOST_WRONG, f"{wrong} of {characters}"


def test_the_language_of_finals_is_told_and_written_where_that_is_asked_for(
    loaded: Scheduler, speaker: Speaker, tmp_path: Path
) -> None:
    mandarin = said(speaker, min(VOICES), SENTENCES[1])
    assert loaded.ask(Utterance(mandarin, "c", Channel.AGENT)).result().languages["zh"] > 0.9
    subprocess.run(["espeak-ng", "-v", "en-us", "-w", tmp_path / "english.wav", ENGLISH], check=True)
    samples, rate_hz = soundfile.read(tmp_path / "english.wav", dtype="float32")
    english = saturate(0.5 * soxr.resample(samples, rate_hz, SAMPLE_RATE_HZ))
    found = loaded.ask(Utterance(english, "c", Channel.AGENT, language="en")).result()
    assert found.languages["en"] > 0.5
    assert "".join(word.text for word in found.words).strip().startswith("Good morning")
    assert loaded.ask(Utterance(english, "c", Channel.AGENT, is_final=False)).result().languages == {}


def test_base_is_itself_under_any_name(base: Path, loaded: Scheduler, tmp_path: Path) -> None:
    assert loaded.trust is not None
    assert loaded.trust.good_for == "hints"
    renamed = tmp_path / "small"
    renamed.symlink_to(base)
    model = model_of(str(renamed))
    assert model is not None
    assert (model.name, model.takes_prompt) == ("base", False)
    assert settings_for(str(renamed)).window_floor_ms == 10_000


def test_base_that_is_cut_off_is_not_used(base: Path, tmp_path: Path) -> None:
    for file in base.iterdir():
        if file.name != "model.bin":
            shutil.copy(file, tmp_path)
    with (base / "model.bin").open("rb") as whole:
        (tmp_path / "model.bin").write_bytes(whole.read(40_000_000))
    with pytest.raises(ModelError, match="its model.bin is cut off: 40,000,000 bytes"):
        load_transcriber(str(tmp_path))
