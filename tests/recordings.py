"""Writes audio files in every supported container."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile

RATE_HZ = 16_000

Samples = Any  # float32 of shape (n, channels), -1..1

# name: codec of FFmpeg, rate, options of the container
ENCODED: dict[str, tuple[str, int, dict[str, str]]] = {
    "a.mp3": ("libmp3lame", 16_000, {}),
    "noxing.mp3": ("libmp3lame", 16_000, {"write_xing": "0"}),
    "a.aac": ("aac", 16_000, {}),
    "a.m4a": ("aac", 16_000, {}),
    "fast.m4a": ("aac", 16_000, {"movflags": "faststart"}),
    "frag.mp4": ("aac", 16_000, {"movflags": "frag_keyframe+empty_moov", "frag_duration": "500000"}),
    "a.3gp": ("aac", 16_000, {}),
    "a.amr": ("libopencore_amrnb", 8_000, {}),
    "a.wma": ("wmav2", 44_100, {}),
    "a.webm": ("libopus", 48_000, {}),
    "live.webm": ("libopus", 48_000, {"live": "1"}),
    "a.mka": ("aac", 16_000, {}),
    "flac.ogg": ("flac", 16_000, {}),
    "alac.caf": ("alac", 16_000, {}),
}
WRITTEN: dict[str, tuple[str, str]] = {  # name: format and coding of libsndfile
    "a.wav": ("WAV", "PCM_16"), "float.wav": ("WAV", "FLOAT"), "ulaw.wav": ("WAV", "ULAW"),
    "a.flac": ("FLAC", "PCM_16"), "a.ogg": ("OGG", "VORBIS"), "a.opus": ("OGG", "OPUS"),
    "a.aiff": ("AIFF", "PCM_16"), "a.au": ("AU", "PCM_16"),
    "a.caf": ("CAF", "PCM_16"), "a.rf64": ("RF64", "PCM_16"), "a.w64": ("W64", "PCM_16"),
}  # fmt: skip
ALL = (*WRITTEN, *ENCODED)


def write(path: Path, samples: Samples, *, kind: str = "", **codec: str) -> Path:
    """`kind`: a name of ALL, if the name of the path is not one; `codec`: options of FFmpeg's encoder."""
    name = kind or path.name
    samples = samples.reshape(len(samples), -1).astype(np.float32)
    if name in WRITTEN:
        container, coding = WRITTEN[name]
        soundfile.write(path, samples, RATE_HZ, format=container, subtype=coding)
        return path
    encoder, rate_hz, options = ENCODED[name]
    with av.open(str(path), "w", options=options) as out:
        stream = out.add_stream(encoder, rate=rate_hz, options=codec)
        channels = 1 if name.endswith("amr") else samples.shape[1]
        layout = "mono" if channels == 1 else "stereo"
        stream.codec_context.layout = layout
        stream.codec_context.bit_rate = 12_200 if name.endswith("amr") else 64_000
        sample_format = stream.codec_context.codec.audio_formats[0].name
        resampler = av.AudioResampler(format=sample_format, layout=layout, rate=rate_hz)
        whole = (np.clip(samples[:, :channels], -1, 1) * 32767).astype(np.int16)
        for begin in range(0, len(whole), 4_096):
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(whole[begin : begin + 4_096]).reshape(1, -1), format="s16", layout=layout
            )
            frame.sample_rate, frame.pts = RATE_HZ, begin
            for resampled in resampler.resample(frame):
                out.mux(stream.encode(resampled))
        for resampled in resampler.resample(None):
            out.mux(stream.encode(resampled))
        out.mux(stream.encode(None))
    return path


def talk(seconds: float, channels: int = 2, seed: int = 0) -> Samples:
    """Pulsating buzz with noise, different on each side, for tests that need sound but no voice."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    sides = []
    for side in range(channels):
        buzz = np.sign(np.sin(2 * np.pi * (110 + 70 * side) * t)) * (np.sin(2 * np.pi * (2 + side) * t) > 0)
        sides.append(0.1 * buzz + 0.01 * rng.standard_normal(len(t)))
    return np.stack(sides, axis=1).astype(np.float32)
