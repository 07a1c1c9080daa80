"""Mandarin speech from natural voices (Kokoro-82M), with the time of every character.

The model is Apache-2.0 (`hexgrad/Kokoro-82M`, int8 ONNX export of kokoro-onnx, MIT); what it speaks may be given away.
It predicts how long each phoneme lasts before it speaks, in frames of 25 ms: those are the truth for every time here.
Needs the ``train`` extra and a folder with ``kokoro.onnx``, ``vocab.json`` and ``voices/*.bin``.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from synth import SAMPLE_RATE_HZ, CharTime, Speech

# zf_* are women, zm_* men. zf_xiaoni is left out: Whisper base hears 44 % of her characters wrong, 5 to 10 % of the
# others'.
TRAIN_VOICES = ("zf_xiaobei", "zf_xiaoxiao", "zf_xiaoyi", "zm_yunjian", "zm_yunxi", "zm_yunyang")
HELD_OUT_VOICES = ("zm_yunxia",)

_RATE_HZ = 24_000
_FRAME_SAMPLES = 600
_MOST_TOKENS = 508
# Tensors inside the graph: the frames each token lasts, and the pitch curve in hertz, about 0 where there is no voice.
_DURATIONS, _PITCH = "/encoder/Clip_output_0", "/encoder/F0_proj/Conv_output_0"
_VOICED_HZ = 50.0
# Slow speech begins with a sound that is no part of the text ("一这个"), where the model would have silence.
_ONSET_S, _FADE_S = 0.05, 0.02
_MARKS = {"，": ", ", "、": ", ", "。": ". ", "？": "? ", "！": "! ", "：": ": ", "；": "; "}


@dataclass(frozen=True)
class Speaker:
    """The model and its voices, read from ``folder`` when first used; one thread."""

    folder: Path

    def speak(self, text: str, *, voice: str, speed: float = 1.0, pitch_range: float = 1.0) -> Speech:
        """Speak ``text`` (simplified Hanzi and punctuation).

        ``speed``: 0.6 to 1.7; 1 is about 300 characters a minute. ``pitch_range``: 1 as the model would, 0 monotone.
        Raises ValueError where no character of the text can be spoken, or too many are asked for.
        """
        spoken = [(t, at) for p, at in _phonemes(text) for t in (self._vocabulary.get(p),) if t is not None]
        if not any(at is not None for _, at in spoken) or len(spoken) > _MOST_TOKENS:
            raise ValueError(f"{len(spoken)} phonemes to speak, from 1 to {_MOST_TOKENS} can be: {text!r}")
        tokens = np.array([[0, *(t for t, _ in spoken), 0]], np.int64)
        style = self._style(voice, len(spoken))
        given = {"tokens": tokens, "style": style, "speed": np.array([speed], np.float32)}
        given["pitch_range"] = np.array([pitch_range], np.float32)
        pcm, frames = self._session.run(["audio", _DURATIONS], given)
        ends_s = np.cumsum(frames.ravel()) * _FRAME_SAMPLES / _RATE_HZ
        heard, chars = to_16k(np.asarray(pcm, np.float32).ravel()), _char_times(text, [at for _, at in spoken], ends_s)
        _silence_before(heard, chars[0].start_s - _ONSET_S)
        return Speech(heard, tuple(_at_pauses(chars, heard)))

    @cached_property
    def _session(self):  # type: ignore[no-untyped-def]  # onnxruntime has no types
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read when it is imported
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        model = _with_pitch_range(self.folder / "kokoro.onnx")
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    @cached_property
    def _vocabulary(self) -> dict[str, int]:
        return json.loads((self.folder / "vocab.json").read_text(encoding="utf-8"))["vocab"]

    def _style(self, voice: str, tokens: int) -> np.ndarray:
        """A voice is a table: one style for each number of tokens."""
        styles = np.fromfile(self.folder / "voices" / f"{voice}.bin", np.float32).reshape(-1, 1, 256)
        return styles[min(tokens, len(styles) - 1)]


def _with_pitch_range(path: Path) -> bytes:
    """The model with the durations as an output, and an input that scales the pitch curve about its mean."""
    import onnx
    from onnx import TensorProto, helper

    model = onnx.load(path)
    graph = model.graph
    reader = next(node for node in graph.node if _PITCH in node.input)
    reader.input[list(reader.input).index(_PITCH)] = "pitch_drawn"
    one = {"least": _VOICED_HZ, "one": 1.0}
    graph.initializer.extend(helper.make_tensor(name, TensorProto.FLOAT, [1], [value]) for name, value in one.items())
    steps = (
        ("Greater", (_PITCH, "least"), "is_voiced"),
        ("Where", ("is_voiced", "one", "nothing"), "voiced"),
        ("Sub", ("one", "one"), "nothing"),
        ("Mul", (_PITCH, "voiced"), "voiced_pitch"),
        ("ReduceSum", ("voiced_pitch",), "sum_hz"),
        ("ReduceSum", ("voiced",), "frames"),
        ("Max", ("frames", "one"), "divisor"),
        ("Div", ("sum_hz", "divisor"), "mean_hz"),
        ("Sub", (_PITCH, "mean_hz"), "about_mean"),
        ("Sub", ("pitch_range", "one"), "more"),
        ("Mul", ("about_mean", "more"), "moved"),
        ("Mul", ("moved", "voiced"), "moved_where_voiced"),
        ("Add", (_PITCH, "moved_where_voiced"), "pitch_drawn"),
    )
    graph.node.extend(helper.make_node(kind, given, [made]) for kind, given, made in steps)
    graph.input.append(helper.make_tensor_value_info("pitch_range", TensorProto.FLOAT, [1]))
    graph.output.append(helper.make_tensor_value_info(_DURATIONS, TensorProto.FLOAT, None))
    return model.SerializeToString()


def _phonemes(text: str) -> list[tuple[str, int | None]]:
    """Each phoneme of the text and the place of its character, None for what lies between: misaki's legacy reading."""
    import jieba
    from misaki.zh import ZHG2P
    from pypinyin import Style, lazy_pinyin

    found: list[tuple[str, int | None]] = []
    at = 0
    for word in jieba.cut(text):
        if word in _MARKS:
            found += [(p, None) for p in _MARKS[word]]
        else:
            if found and found[-1][1] is not None:
                found.append((" ", None))
            sounds = lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True)
            for index, sound in enumerate(sounds, at):
                found += [(p, index) for p in ZHG2P.py2ipa(sound).replace("\u032f", "")]
        at += len(word)
    while found and found[-1][0] == " ":
        found.pop()
    return found


def _char_times(text: str, places: list[int | None], ends_s: np.ndarray) -> list[CharTime]:
    """From the end of each token, the first of which is the silence before the speech."""
    times: dict[int, CharTime] = {}
    for token, place in enumerate(places, 1):
        if place is not None:
            start_s = times[place].start_s if place in times else float(ends_s[token - 1])
            times[place] = CharTime(place, text[place], start_s, float(ends_s[token]))
    return list(times.values())


def _silence_before(pcm: np.ndarray, start_s: float) -> None:
    """In place, with a short fade."""
    start, fade = max(0, int(start_s * SAMPLE_RATE_HZ)), int(_FADE_S * SAMPLE_RATE_HZ)
    pcm[: max(0, start - fade)] = 0
    rising = pcm[max(0, start - fade) : start]
    rising *= np.linspace(0, 1, fade, dtype=np.float32)[fade - len(rising) :]


def _at_pauses(chars: list[CharTime], pcm: np.ndarray) -> list[CharTime]:
    """The model counts a pause as the character's before it, and a soft onset as the pause's: the sound decides."""
    hop = SAMPLE_RATE_HZ // 100
    level = np.abs(pcm[: len(pcm) // hop * hop]).reshape(-1, hop).max(axis=1)
    loud = level > 0.01 * level.max()
    starts, ends = [c.start_s for c in chars], [c.end_s for c in chars]
    for at in range(len(chars) + 1):
        before, after = chars[at - 1] if at else None, chars[at] if at < len(chars) else None
        if before and after and after.index == before.index + 1:
            continue
        begin = round(100 * before.start_s) if before else 0
        end = round(100 * after.end_s) if after else len(loud)
        quiet_from, quiet_to = _longest_quiet(loud[begin:end])
        if before and quiet_to:
            ends[at - 1] = (begin + quiet_from) / 100
        if after and quiet_to:
            starts[at] = (begin + quiet_to) / 100
    return [CharTime(c.index, c.char, start, end) for c, start, end in zip(chars, starts, ends, strict=True)]


def _longest_quiet(loud: np.ndarray) -> tuple[int, int]:
    """Where the longest row of False begins and ends; 0, 0 if there is none."""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], loud, [True]]).astype(np.int8)))
    rows = edges.reshape(-1, 2)
    return tuple(rows[np.argmax(rows[:, 1] - rows[:, 0])].tolist()) if len(rows) else (0, 0)


def to_16k(pcm: np.ndarray) -> np.ndarray:
    """24 kHz to 16 kHz by FFT, with a soft edge from 7.4 to 8 kHz; linear phase, so times stay true."""
    size = -(-len(pcm) // 4800) * 4800
    spectrum = np.fft.rfft(pcm, n=size)[: size // 3 + 1]
    edge = len(spectrum) * 74 // 80
    spectrum[edge:] *= 0.5 * (1 + np.cos(np.linspace(0, np.pi, len(spectrum) - edge)))
    return (np.fft.irfft(spectrum, n=size * 2 // 3)[: len(pcm) * 2 // 3] * (2 / 3)).astype(np.float32)
