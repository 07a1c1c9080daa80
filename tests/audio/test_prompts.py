"""Prompts are recognised by their sound, at any offset and after any telephone channel, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings, strategies as st
from scipy.signal import butter, sosfilt

from pipeline.audio.prompts import Found, PromptListener, PromptMatch, Prompts, PromptSettings, shared_prompts
from pipeline.errors import AudioError
from pipeline.events.channels import Channel
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, SLICE_SAMPLES, Pcm
from tests.sound import ms, speech

BUSY = "您好，坐席全忙，请稍候，我们将尽快为您接通"
HOURS = "现在是非工作时间，请在工作日九点到十八点来电"


@pytest.fixture(scope="module")
def prompts() -> Prompts:
    return Prompts({"busy": speech(BUSY), "hours": speech(HOURS)})


def heard(prompts: Prompts, pcm: Pcm, block: int = SLICE_SAMPLES) -> tuple[int, Found] | None:
    """Time at which a prompt was found, ms from the start of `pcm`, and the prompt; searches two seconds."""
    match = PromptMatch(prompts)
    for begin in range(0, min(len(pcm), 2 * SAMPLE_RATE_HZ), block):
        if found := match.feed(pcm[begin : begin + block]):
            return ms(pcm[: begin + block]), found
    return None


def narrow(pcm: Pcm) -> Pcm:
    """300-3400 Hz and µ-law with 8 bits."""
    band = sosfilt(butter(4, [300, 3400], "bandpass", fs=SAMPLE_RATE_HZ, output="sos"), pcm / 32768)
    coded = np.rint(np.sign(band) * np.log1p(255 * np.abs(band)) / np.log(256) * 127) / 127
    return np.rint(np.sign(coded) * (256 ** np.abs(coded) - 1) / 255 * 32767).astype(np.int16)


def noisy(pcm: Pcm) -> Pcm:
    noise = np.random.default_rng(3).standard_normal(len(pcm)) * np.std(pcm) / 8  # 18 dB
    return np.clip(pcm + noise, -32768, 32767).astype(np.int16)


def slower(pcm: Pcm) -> Pcm:
    at = np.arange(0, len(pcm) - 1, 1 / 1.01)
    return np.interp(at, np.arange(len(pcm)), pcm).astype(np.int16)


@pytest.mark.parametrize("line", [np.copy, narrow, lambda pcm: pcm // 10, noisy, slower])
@pytest.mark.parametrize("begin_ms", [0, 333, 907])
def test_a_prompt_is_recognised_after_any_telephone_channel(
    prompts: Prompts, line: Callable[[Pcm], Pcm], begin_ms: int
) -> None:
    for name, text in (("busy", BUSY), ("hours", HOURS)):
        result = heard(prompts, line(speech(text))[begin_ms * 16 :])
        assert result is not None
        at_ms, found = result
        assert found.name == name
        assert at_ms <= 1_200
        assert found.played_ms == pytest.approx(begin_ms + at_ms, abs=40)
        assert found.played_ms + found.left_ms == pytest.approx(ms(speech(text)), abs=1)


def test_recognition_takes_600_ms(prompts: Prompts) -> None:
    result = heard(prompts, narrow(speech(BUSY)))
    assert result is not None
    assert result[0] <= 620


@pytest.mark.parametrize("variant", ["m3", "f4", "Annie"])
@pytest.mark.parametrize("text", [BUSY, HOURS, "喂，你好，我想查一下我的订单到哪里了"])
def test_the_same_words_by_another_voice_are_no_prompt(prompts: Prompts, variant: str, text: str) -> None:
    for speed in (130, 150, 175):
        assert heard(prompts, speech(text, variant=variant, speed=speed)) is None


@pytest.mark.parametrize("sound", ["tone", "noise", "silence"])
def test_other_sound_is_no_prompt(prompts: Prompts, sound: str) -> None:
    time_s = np.arange(2 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    signals = {
        "tone": 8_000 * np.sin(2 * np.pi * 450 * time_s),
        "noise": 2_000 * np.random.default_rng(1).standard_normal(len(time_s)),
        "silence": np.zeros(len(time_s)),
    }
    assert heard(prompts, signals[sound].astype(np.int16)) is None


@settings(deadline=None, max_examples=20)
@given(block=st.integers(1, 4_000), begin=st.integers(0, 20_000))
def test_the_result_does_not_depend_on_how_the_audio_is_cut(prompts: Prompts, block: int, begin: int) -> None:
    pcm = speech(HOURS)[begin : begin + 16_000]
    whole, cut = heard(prompts, pcm, len(pcm)), heard(prompts, pcm, block)
    assert (whole is None) == (cut is None)
    if whole and cut:
        assert (whole[1].name, whole[1].bit_errors) == (cut[1].name, cut[1].bit_errors)
        assert whole[0] - whole[1].played_ms == pytest.approx(cut[0] - cut[1].played_ms, abs=2)


def test_a_listener_reports_once_and_stops_after_a_live_voice(prompts: Prompts) -> None:
    """Half a second of silence, the prompt, a turn of a person, and the prompt again."""
    busy, person = speech(BUSY), speech("喂，你好，我想查一下我的订单到哪里了", variant="m3")
    line = np.concatenate([np.zeros(8_000, np.int16), busy, np.zeros(8_000, np.int16), person, busy])
    turns = [(500, 500 + ms(busy)), (1_000 + ms(busy), ms(line))]
    listener = PromptListener(Channel.CUSTOMER, prompts)
    told = []
    for at_ms in range(SLICE_MS, ms(line), SLICE_MS):
        turn_ms = next((start for start, end in turns if start + 120 <= at_ms < end + 300), None)
        told.append(listener.feed(at_ms, turn_ms, lambda start, end: (line[start * 16 : end * 16], start)))
    (event,) = [event for event in told if event]
    assert (event.name, event.by, event.channel) == ("busy", "fingerprint", Channel.CUSTOMER)
    assert event.at_ms <= 500 + 620
    assert event.start_ms == pytest.approx(500, abs=40)
    assert event.end_ms == pytest.approx(500 + ms(busy), abs=40)


def test_prompts_are_read_from_a_folder_at_any_rate(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "busy.wav", np.stack([speech(BUSY)[::2]] * 2, axis=1), 8_000)
    (tmp_path / "README.txt").write_text("no sound")
    prompts = shared_prompts(PromptSettings(folder=str(tmp_path)))
    assert prompts.names == ("busy",)
    result = heard(prompts, speech(BUSY))
    assert result is not None


def test_no_folder_no_prompts() -> None:
    assert len(shared_prompts(PromptSettings())) == 0


def test_a_folder_without_audio_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="cannot be read"):
        shared_prompts(PromptSettings(folder=str(tmp_path / "missing")))
    with pytest.raises(AudioError, match="holds no recording"):
        shared_prompts(PromptSettings(folder=str(tmp_path)))
    (tmp_path / "broken.wav").write_bytes(b"no sound at all")
    with pytest.raises(AudioError, match=r"broken\.wav"):
        shared_prompts(PromptSettings(folder=str(tmp_path)))
