"""Decodes audio: libsndfile for Ogg with Opus or Vorbis, FFmpeg (PyAV) for everything else.

What is decoded counts, not what the header says. For safety FFmpeg gets only the bytes of the one file, no name, and
only audio containers without external references (a playlist could make it read other files, or the network).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import soundfile
from av.error import FFmpegError
from numpy.typing import NDArray

from pipeline.audio.sources.files.frames import frame_bytes, is_xing
from pipeline.audio.sources.files.part import Part, Window
from pipeline.errors import AudioError

_CONTAINERS = (
    "wav,w64,aiff,au,caf,flac,mp3,aac,amr,amrnb,amrwb,mov,matroska,asf,ogg,avi,mpegts,ac3,eac3,voc,nistsphere,ircam,wv"
)
_HEADER_TELLS = ("flac", "mov", "matroska", "asf", "wv")  # formats whose header has the duration; else FFmpeg guesses
_BLOCK = 16_384

Samples = NDArray[np.float32]


@dataclass(slots=True)
class Decoded:
    """Results of decoding one part; complete when all its blocks were read."""

    rate_hz: int = 0
    channels: int = 0
    samples: int = 0  # per channel
    frames: int = 0  # codec frames
    bad_frames: int = 0
    told_s: float | None = None  # duration by the header
    is_cut: bool = False  # its last frame is incomplete
    joins: int = 0  # further headers inside an MP3: concatenated files
    no_numbers: int = 0  # samples that are NaN or infinite, over all channels

    @property
    def seconds(self) -> float:
        return self.samples / self.rate_hz if self.rate_hz else 0.0


def decode(path: Path, part: Part, decoded: Decoded) -> Iterator[Samples]:
    """Blocks of float32, shape (n, channels), at `decoded.rate_hz`, about -1..1. Raises AudioError on failure."""
    blocks = _by_sndfile(path, part, decoded) if part.is_sndfile else _by_ffmpeg(path, part, decoded)
    for block in blocks:
        decoded.samples += len(block)
        if not np.isfinite(block).all():
            decoded.no_numbers += int(np.count_nonzero(~np.isfinite(block)))
        yield block


def told_ms(path: Path, part: Part) -> int:
    """Duration by the header, for a progress bar; 0 where it has none."""
    try:
        with Window(path, part) as window:
            if part.is_sndfile:
                with soundfile.SoundFile(window) as file:
                    return int(file.frames * 1000 // file.samplerate)
            with _opened(window) as container:
                return max(0, container.duration or 0) // 1000
    except (soundfile.SoundFileError, FFmpegError, OSError, ValueError, TypeError):
        return 0


def _by_sndfile(path: Path, part: Part, decoded: Decoded) -> Iterator[Samples]:
    try:
        with Window(path, part) as window, soundfile.SoundFile(window) as file:
            decoded.rate_hz, decoded.channels = file.samplerate, file.channels
            while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
                yield block
            if window.failure is not None:
                raise window.failure
    except (soundfile.SoundFileError, OSError, ValueError, TypeError) as error:
        raise _unreadable(path, decoded, getattr(error, "error_string", None) or str(error)) from error


def _by_ffmpeg(path: Path, part: Part, decoded: Decoded) -> Iterator[Samples]:
    try:
        with Window(path, part) as window, _opened(window) as container:
            stream = container.streams.best("audio")
            if stream is None:
                raise AudioError(f"{path}: no audio in the file")
            assert isinstance(stream, av.AudioStream)
            if stream.codec_context is None:
                raise AudioError(f"{path}: its coding is not known")
            stream.codec_context.thread_count = 1
            name = container.format.name.split(",")[0]
            if name in _HEADER_TELLS and container.duration is not None:
                decoded.told_s = container.duration / 1e6
            yield from _packets(container, stream, name, decoded)
            if window.failure is not None:
                raise window.failure
    except (FFmpegError, OSError, ValueError, EOFError) as error:
        raise _unreadable(path, decoded, getattr(error, "strerror", None) or str(error)) from error


def _opened(window: Window) -> av.container.InputContainer:
    # Tags may be in another encoding than UTF-8: GBK in old MP3s.
    return av.open(window, "r", metadata_errors="ignore", options={"format_whitelist": _CONTAINERS})


def _packets(
    container: av.container.InputContainer, stream: av.AudioStream, name: str, decoded: Decoded
) -> Iterator[Samples]:
    for packet in container.demux(stream):
        if packet.size:
            head = bytes(memoryview(packet)[:64]) if name in ("mp3", "aac") else b""
            if name == "mp3" and decoded.frames and _is_header(head):
                decoded.joins += 1
                continue  # the header frame of a further MP3 would decode to silence
            decoded.frames += 1
            decoded.is_cut = (name in ("flac", "amr") and packet.is_corrupt) or (frame_bytes(head) or 0) > packet.size
        try:
            frames = packet.decode()
        except FFmpegError:
            if packet.size:
                decoded.bad_frames += 1
                decoded.is_cut |= name in ("flac", "amr")
            continue
        for frame in frames:
            yield _samples(frame, decoded)


def _is_header(head: bytes) -> bool:
    return head[:3] == b"ID3" or any(is_xing(head[i : i + 4]) for i in (13, 21, 23, 36))


def _samples(frame: av.AudioFrame, decoded: Decoded) -> Samples:
    channels = frame.layout.nb_channels
    if not decoded.rate_hz:
        decoded.rate_hz, decoded.channels = frame.sample_rate, channels
    elif (frame.sample_rate, channels) != (decoded.rate_hz, decoded.channels):
        raise ValueError(
            f"{decoded.channels} channels of {decoded.rate_hz} Hz become {channels} of {frame.sample_rate} Hz"
        )
    content = frame.to_ndarray()
    content = content.T if frame.format.is_planar else content.reshape(-1, channels)
    if content.dtype == np.uint8:
        return (content.astype(np.float32) - 128.0) / np.float32(128.0)
    if content.dtype.kind == "i":
        return (content / 2.0 ** (8 * content.itemsize - 1)).astype(np.float32)
    with np.errstate(over="ignore", invalid="ignore"):  # a 64-bit float may overflow to infinity; `decode` counts those
        return content.astype(np.float32)


def _unreadable(path: Path, decoded: Decoded, reason: str) -> AudioError:
    if decoded.samples == 0:
        return AudioError(f"{path}: not readable as audio: {reason.rstrip('.')}")
    return AudioError(f"{path}: decoding failed after {decoded.seconds:.1f} s: {reason.rstrip('.')}")
