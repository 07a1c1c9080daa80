"""One audio file, validated by decoding it once to its end.

What the container says (part.py) is compared with what was decoded (decoding.py). A file that was cut off is refused;
harmless irregularities become notices. docs/files.md has the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from pipeline.audio.resample import Resampler
from pipeline.audio.sources.files.container import parts_of
from pipeline.audio.sources.files.decoding import Decoded, Samples, decode, told_ms
from pipeline.audio.sources.files.part import Part
from pipeline.errors import AudioError
from pipeline.events.call import NoticeCode, SourceNotice
from pipeline.ports import SLICE_MS, Pcm

AUDIO = {
    ".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".mp2", ".aif", ".aiff", ".aifc", ".au", ".snd", ".caf", ".w64",
    ".rf64", ".m4a", ".m4b", ".mp4", ".aac", ".3gp", ".3g2", ".amr", ".awb", ".wma", ".asf", ".webm", ".weba", ".mka",
    ".mkv", ".mov", ".avi", ".spx", ".ac3", ".voc", ".wv",
}  # fmt: skip

BLOCK_FRAMES = 8_192
_RATES_HZ = range(4_000, 384_001)
_MISSING_MS = 250  # this much may be missing at the end: the last buffer of a recorder
_MISSING_SHARE = 0.05  # but at most this share of the file
_OFF_S, _OFF_SHARE = 0.2, 0.001  # a wrong duration in the header is noticed from this difference on
_DAY_S = 86_400  # longer than any call: a header with a longer duration is wrong, the file is not cut off


class Recording:
    """One audio file, decoded once and checked when made. Raises AudioError when it is unreadable or cut off.

    `look` is called with every block of that first pass, as `blocks` yields them.
    """

    def __init__(
        self, path: Path, block_frames: int = BLOCK_FRAMES, look: Callable[[Pcm], None] = lambda block: None
    ) -> None:
        self.path = path
        self._block_frames = block_frames
        self._parts = _opened(path)
        self.rate_hz = self.channels = self.samples = 0
        self._seconds = 0.0
        self._notices: list[SourceNotice] = []
        decoded = [Decoded() for _ in self._parts]
        try:
            for block in self._read(decoded):
                look(block)
        except AudioError as error:
            cut = next((part.cut for part in self._parts if part.cut), "")
            raise AudioError(f"{path}: truncated: {cut}") if cut else error from error
        self._check(decoded)

    @property
    def duration_ms(self) -> int:
        return int(self._seconds * 1000 + 1e-6)

    @property
    def notices(self) -> tuple[SourceNotice, ...]:
        return tuple(self._notices)

    def blocks(self) -> Iterator[Pcm]:
        """Decodes the file again: int16 of shape (n, channels) at 16 kHz."""
        return self._read([Decoded() for _ in self._parts])

    def _read(self, decoded: list[Decoded]) -> Iterator[Pcm]:
        """All parts one after another; a part of another sample rate gets a resampler of its own."""
        resampler, rate_hz, channels = None, 0, 0
        for part, now in zip(self._parts, decoded, strict=True):
            for block in _regrouped(decode(self.path, part, now), self._block_frames):
                if resampler is None or now.rate_hz != rate_hz or now.channels != channels:
                    if resampler is not None:
                        yield resampler.feed(np.zeros((0, channels), np.float32), True)
                    self._check_form(now, channels)
                    rate_hz, channels = now.rate_hz, now.channels
                    resampler = Resampler(rate_hz, channels)
                yield resampler.feed(block)
        if resampler is not None:
            yield resampler.feed(np.zeros((0, channels), np.float32), True)

    def _check_form(self, decoded: Decoded, channels: int) -> None:
        if decoded.rate_hz not in _RATES_HZ:
            raise AudioError(f"{self.path}: {decoded.rate_hz} Hz; wanted 4,000 to 384,000 Hz")
        if decoded.channels > 2:
            raise AudioError(f"{self.path}: {decoded.channels} channels; wanted 1 or 2")
        if channels and decoded.channels != channels:
            raise AudioError(f"{self.path}: joined of recordings with {channels} and {decoded.channels} channels")

    def _check(self, decoded: list[Decoded]) -> None:
        self.rate_hz, self.channels = decoded[0].rate_hz, decoded[0].channels
        self.samples = sum(one.samples for one in decoded)
        for part, one in zip(self._parts, decoded, strict=True):
            self._check_end(part, one)
        if self.samples == 0:
            raise AudioError(f"{self.path}: no audio in the file (0 samples)")
        no_numbers = sum(one.no_numbers for one in decoded)
        if no_numbers == sum(one.samples * one.channels for one in decoded):
            raise AudioError(f"{self.path}: no sample is a number (NaN or infinite throughout)")
        self._seconds = sum(one.seconds for one in decoded)
        if self.duration_ms < SLICE_MS:
            raise AudioError(f"{self.path}: only {self.samples} samples; wanted at least {SLICE_MS} ms of audio")
        joined = len(self._parts) + sum(one.joins for one in decoded)
        if joined > 1:
            self._note("joined", f"{joined} recordings one after another: all are read")
        if bad := sum(max(0, one.bad_frames - one.is_cut) for one in decoded):  # without an incomplete last frame
            frames = sum(one.frames for one in decoded)
            self._note("damaged", f"{bad:,} of {frames:,} pieces could not be decoded and are left out")
        if no_numbers:
            self._note("no_numbers", f"{no_numbers:,} samples are no numbers and count as silence or full scale")

    def _check_end(self, part: Part, decoded: Decoded) -> None:
        """Refuses a file that was cut off. What the container says comes before what its last frame looks like."""
        lost_s, why = _lost(part, decoded)
        if why and (lost_s is None or lost_s > _DAY_S):
            if lost_s is None:
                raise AudioError(f"{self.path}: truncated: {why}")
            self._note("length", f"{why}: no call is so long, read to the end")
        elif why and lost_s is not None:
            if lost_s * 1000 > _MISSING_MS or lost_s > _MISSING_SHARE * (decoded.seconds + lost_s):
                raise AudioError(f"{self.path}: truncated: {why}")
            self._note("short", f"the last {max(1, round(lost_s * 1000))} ms are missing: {why}")
        elif part.odd:
            self._note("length", f"{part.odd}: read to the end")
        elif part.unended:
            self._note("short", f"{part.unended}: what came after {decoded.seconds:.1f} s, if anything, is missing")
        elif (told_s := _told_s(part, decoded)) is not None and not decoded.joins:
            off_s = abs(told_s - decoded.seconds)
            if off_s > max(_OFF_S, _OFF_SHARE * told_s):
                self._note("length", f"the header says {told_s:,.1f} s, {decoded.seconds:,.1f} s are there")

    def _note(self, code: NoticeCode, detail: str) -> None:
        if all(notice.code != code for notice in self._notices):
            self._notices.append(SourceNotice(code, detail))


def likely_ms(path: Path) -> int:
    """Duration of a file by its header, for a progress bar; 0 when unknown."""
    try:
        return sum(told_ms(path, part) for part in _opened(path))
    except AudioError:
        return 0  # reported when the file is read


def _opened(path: Path) -> list[Part]:
    try:
        if not path.is_file():
            raise AudioError(f"{path}: no such file")
        size = path.stat().st_size
        if size == 0:
            raise AudioError(f"{path}: the file is empty")
        if size < 12:
            raise AudioError(f"{path}: only {size} bytes; too short for an audio file")
        return parts_of(path)
    except OSError as error:
        raise AudioError(f"{path}: cannot be read: {error.strerror}") from error


def _regrouped(blocks: Iterator[Samples], frames: int) -> Iterator[Samples]:
    """Regroups blocks to `frames` samples each; the last one may be shorter."""
    waiting: list[Samples] = []
    count = 0
    for block in blocks:
        waiting.append(block)
        count += len(block)
        if count >= frames:
            joined = np.concatenate(waiting) if len(waiting) > 1 else block
            whole = count // frames * frames
            yield from (joined[at : at + frames] for at in range(0, whole, frames))
            waiting, count = [joined[whole:]], count - whole
    if count:
        yield np.concatenate(waiting)


def _lost(part: Part, decoded: Decoded) -> tuple[float | None, str]:
    """Seconds that were cut off (None: unknown) and the reason to think so; "" where nothing was cut off."""
    if part.cut:
        if part.promised is None:
            return None, part.cut
        return decoded.seconds * (part.promised - part.there) / max(1, part.there), part.cut
    if part.container == "MP3" and (found := _mp3_lost(part, decoded)) is not None:
        return found
    if not decoded.is_cut:
        return 0.0, ""
    told_s = _told_s(part, decoded)
    if told_s is None:
        return None, "its last frame is incomplete"
    lost_s = told_s - decoded.seconds
    if lost_s <= 0:
        return 0.0, ""  # the audio is complete: the incomplete frame is a tag or garbage
    there = f"the header promises {told_s:,.1f} s, {decoded.seconds:,.1f} s are there"
    return lost_s, f"its last frame is incomplete, and {there}"


def _mp3_lost(part: Part, decoded: Decoded) -> tuple[float, str] | None:
    """The header has numbers of frames and bytes. Both too large by the same share: cut off; else a wrong header."""
    if part.frames is None or part.promised is None or not decoded.frames:
        return None
    by_frames, by_bytes = part.frames / decoded.frames, part.promised / max(1, part.there)
    if by_bytes <= 1.02 or not 0.8 < by_frames / by_bytes < 1.25:
        return None
    lost_s = decoded.seconds * (by_frames - 1)
    return lost_s, f"the header promises {part.promised:,} bytes of audio, {part.there:,} are there"


def _told_s(part: Part, decoded: Decoded) -> float | None:
    if part.container == "MP3":
        if part.frames is None or not decoded.frames:
            return None
        return decoded.seconds * part.frames / decoded.frames
    return decoded.told_s
