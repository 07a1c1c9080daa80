"""Audio fingerprints of known announcements: a voice detector cannot tell them from a customer.

Sub-fingerprints after J. Haitsma and T. Kalker, "A Highly Robust Audio Fingerprinting System" (ISMIR 2002): one bit
for each pair of neighbouring bands, the sign of the change over time of their difference in level. Levels are
logarithmic here, so that the frequency response of the telephone cancels; frames are shorter than theirs (128 ms, not
370), because the silent-call procedure cannot wait three seconds for a decision.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from pipeline.audio.measures.mel import mel_bands
from pipeline.errors import AudioError
from pipeline.events.channels import Channel
from pipeline.events.prompts import PromptPlayed
from pipeline.ports import SAMPLE_RATE_HZ, Pcm
from pipeline.quantities import OneLine, Share, ShortMs, in_order, within

_PER_MS = SAMPLE_RATE_HZ // 1000
_FRAME = 2048
_BANDS = 20
_BITS = _BANDS - 1
_LOW_HZ, _HIGH_HZ = 300.0, 3_300.0
_HOP_MS = 20  # of the call's audio; prompts are kept at half of it, so that the two grids differ by 5 ms at most
_FINE_MS = 10
_LAG_MS = 40  # distance of the two frames whose change is taken
_BEFORE_MS = 100  # audio before the start of a turn that is searched as well
_QUIET_DB = 45.0  # frames of a prompt this far below its loudest are not compared: their bits are noise

Bits = NDArray[np.uint32]
"""One sub-fingerprint of 19 bits for each frame."""


@dataclass(frozen=True, slots=True)
class PromptSettings:
    """Announcements of the site's telephone system, recognised by their sound, do not count as the customer."""

    folder: OneLine = ""  # folder of audio files, one for each announcement; empty: none
    block_ms: Annotated[int, within(100, 5_000)] = 440  # audio compared at once
    bit_errors: Share = 0.2  # share of bits that may differ; about 0.5 for unrelated sound
    long_block_ms: Annotated[int, within(100, 5_000)] = 1_000  # with noise a longer block is compared,
    long_bit_errors: Share = 0.28  # with a higher limit of equal significance
    search_ms: ShortMs = 2_000  # from the start of a turn, audio that is searched
    reach_back_ms: ShortMs = 1_500  # an earlier turn this close, too short to be recognised, belongs to it

    def __post_init__(self) -> None:
        in_order(self, "block_ms", "long_block_ms")
        in_order(self, "bit_errors", "long_bit_errors")


@dataclass(frozen=True, slots=True)
class Found:
    """A prompt has been playing for `played_ms` and ends in `left_ms`; `bit_errors`: share of the bits."""

    name: str
    played_ms: int
    left_ms: int
    bit_errors: float


class Prompts:
    """The fingerprints of all announcements; immutable, shared by all calls."""

    def __init__(self, recordings: Mapping[str, Pcm], settings: PromptSettings | None = None) -> None:
        """`recordings`: int16 of shape (n,) at 16 kHz, by name."""
        self.settings = settings or PromptSettings()
        self.names = tuple(recordings)
        # Length in frames and share of bit errors allowed.
        self.blocks = (
            (self.settings.block_ms // _HOP_MS, self.settings.bit_errors),
            (self.settings.long_block_ms // _HOP_MS, self.settings.long_bit_errors),
        )
        gap = 2 * max(length for length, _ in self.blocks)  # between two prompts, so that no block overlaps both
        bits: list[Bits] = []
        sounding: list[NDArray[np.bool_]] = []
        self._spans: list[tuple[int, int]] = []  # first frame and length in ms of each prompt
        at = gap
        for pcm in recordings.values():
            found, level_db = _sub_fingerprints(pcm, _FINE_MS)
            self._spans.append((at, len(pcm) // _PER_MS))
            bits += [np.zeros(gap, np.uint32), found]
            sounding += [np.zeros(gap, np.bool_), level_db > level_db.max(initial=-200.0) - _QUIET_DB]
            at += len(found) + gap
        self._bits = np.concatenate([*bits, np.zeros(0, np.uint32)])
        self._sounding = np.concatenate([*sounding, np.zeros(0, np.bool_)])

    def __len__(self) -> int:
        return len(self.names)

    def errors(self, bits: np.uint32) -> NDArray[np.int32]:
        """Number of bits in which a sub-fingerprint differs from each known frame; about half for a silent frame."""
        differing = np.bitwise_count(self._bits ^ bits).astype(np.int32)
        return np.where(self._sounding, differing, _BITS // 2 + 1)

    def at(self, frame: int, bit_errors: float) -> Found:
        """The prompt, and the position in it, when `frame` is the last one matched."""
        which = max(i for i, (first, _) in enumerate(self._spans) if first <= frame)
        first, length_ms = self._spans[which]
        played_ms = (frame - first) * _FINE_MS + _LAG_MS + _FRAME // _PER_MS
        return Found(self.names[which], played_ms, max(0, length_ms - played_ms), bit_errors)


@cache
def shared_prompts(settings: PromptSettings) -> Prompts:
    """The prompts of `settings.folder`, read once per process. Raises AudioError naming the folder or file."""
    if not settings.folder:
        return Prompts({}, settings)
    from pipeline.audio.sources.files.recording import AUDIO, Recording  # imported only if a folder is set

    folder = Path(settings.folder)
    try:
        files = sorted(folder.iterdir())
    except OSError as error:
        reason = f"prompts.folder cannot be read ({error.strerror})"
        raise AudioError(f"{folder}: {reason}; wanted one with a recording of each announcement") from None
    recordings: dict[str, Pcm] = {}
    for path in files:
        if path.suffix.lower() not in AUDIO or path.name.startswith(".") or not path.is_file():
            continue
        samples = np.concatenate(list(Recording(path).blocks()))
        recordings[path.stem] = np.rint(samples.mean(axis=1)).astype(np.int16)
    if not recordings:
        raise AudioError(f"{folder}: prompts.folder holds no recording")
    return Prompts(recordings, settings)


class PromptMatch:
    """Compares a stretch of audio with all prompts at all offsets, as it arrives."""

    def __init__(self, prompts: Prompts) -> None:
        self._prompts = prompts
        self._pcm: Pcm = np.zeros(0, np.int16)  # samples not yet in a sub-fingerprint
        self._past: deque[NDArray[np.int32]] = deque(maxlen=max(length for length, _ in prompts.blocks))
        # Bit errors of the last block, for each block length, by the known frame at its end.
        self._sums = [np.zeros(0, np.int32) for _ in prompts.blocks]

    def feed(self, pcm: Pcm) -> Found | None:
        """Takes int16 of shape (n,); the prompt that it belongs to, if any, with `played_ms` at the end of `pcm`."""
        self._pcm = np.concatenate([self._pcm, pcm])
        bits, _ = _sub_fingerprints(self._pcm, _HOP_MS)
        self._pcm = self._pcm[len(bits) * _HOP_MS * _PER_MS :]
        rest_ms = (len(self._pcm) // _PER_MS) - (_LAG_MS + _FRAME // _PER_MS - _HOP_MS)
        for number, one in enumerate(bits):
            if (found := self._compare(one)) is not None:
                ahead_ms = (len(bits) - 1 - number) * _HOP_MS + rest_ms
                return Found(found.name, found.played_ms + ahead_ms, max(0, found.left_ms - ahead_ms), found.bit_errors)
        return None

    def _compare(self, bits: np.uint32) -> Found | None:
        errors = self._prompts.errors(bits)
        step, heard = _HOP_MS // _FINE_MS, len(self._past)
        found: Found | None = None
        for number, (block, allowed) in enumerate(self._prompts.blocks):
            total = errors
            if heard:
                total = errors + _later(self._sums[number], step, _BITS * min(heard, block))
            if heard >= block:
                total = total - _later(self._past[-block], step * block, _BITS)
            self._sums[number] = total
            if heard + 1 >= block and found is None:
                best = int(total.argmin())
                share = float(total[best]) / (block * _BITS)
                found = self._prompts.at(best, share) if share <= allowed else None
        self._past.append(errors)
        return found


class PromptListener:
    """Looks for prompts at the start of one channel's turns, until `search_ms` of a turn match none."""

    def __init__(self, channel: Channel, prompts: Prompts) -> None:
        self._channel = channel
        self._prompts = prompts
        self._match: PromptMatch | None = None
        self._from_ms = 0  # start of the stretch that is searched
        self._next_ms = 0
        self._until_ms = 0  # end of the prompt that plays
        self._is_done = not len(prompts)

    def feed(self, at_ms: int, turn_ms: int | None, cut: Callable[[int, int], tuple[Pcm, int]]) -> PromptPlayed | None:
        """Once per slice. `turn_ms`: start of the open turn, None between turns. `cut`: `Tape.cut` of the channel."""
        if self._is_done or turn_ms is None or at_ms <= self._until_ms:
            self._match = None
            return None
        settings = self._prompts.settings
        if self._match is None:
            self._from_ms = self._next_ms = max(0, turn_ms - _BEFORE_MS, self._until_ms)
            self._match = PromptMatch(self._prompts)
        pcm, _ = cut(self._next_ms, at_ms)
        self._next_ms = at_ms
        found = self._match.feed(pcm)
        if found is not None:
            self._until_ms = at_ms + found.left_ms
            start_ms = min(turn_ms, max(0, at_ms - found.played_ms, turn_ms - settings.reach_back_ms))
            return PromptPlayed(at_ms, self._channel, start_ms, self._until_ms, found.name, "fingerprint")
        # The turn is a live voice: from here on no announcement is expected.
        self._is_done = at_ms - self._from_ms >= settings.search_ms
        return None


def _later(values: NDArray[np.int32], frames: int, outside: int) -> NDArray[np.int32]:
    """Shifted by `frames` to later frames; the front, where no prompt is, is filled with `outside`."""
    shifted = np.full_like(values, outside)
    shifted[frames:] = values[:-frames]
    return shifted


_BANK = mel_bands(_LOW_HZ, _HIGH_HZ, _BANDS, _FRAME)
_WINDOW = np.hanning(_FRAME).astype(np.float32)
_WEIGHTS = (1 << np.arange(_BITS)).astype(np.uint32)


def _sub_fingerprints(pcm: Pcm, hop_ms: int) -> tuple[Bits, NDArray[np.float32]]:
    """Sub-fingerprint of each pair of frames `_LAG_MS` apart, shape (n,), and the level of the later frame in dB."""
    hop, lag = hop_ms * _PER_MS, _LAG_MS // hop_ms
    if len(pcm) < _FRAME + lag * hop:
        return np.zeros(0, np.uint32), np.zeros(0, np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(pcm, _FRAME)[::hop]
    spectrum = np.abs(np.fft.rfft(frames * _WINDOW)).astype(np.float32) ** 2
    bands = spectrum @ _BANK
    level = np.log(bands + 1.0)
    slope = np.diff(level, axis=1)
    rising = slope[lag:] > slope[:-lag]
    return rising @ _WEIGHTS, 10 * np.log10(bands[lag:].sum(axis=1) + 1.0)
