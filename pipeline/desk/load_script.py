"""What made-up desks say: calls written out beforehand, so that saying them costs the machine little."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from pathlib import Path

import numpy as np
import soundfile
import soxr

from pipeline.codec import event_to_json
from pipeline.desk.made_up import made_up_call
from pipeline.desk_protocol.sound import encoded
from pipeline.digest import Digest, to_json
from pipeline.digesting import fold
from pipeline.errors import SettingsError
from pipeline.events.call import CallFacts
from pipeline.events.turns import TurnEnded
from pipeline.ports import SAMPLE_RATE_HZ, Pcm

CALL, AGENT, BEGAN = "call-of-load", "agent-of-load", "began-of-load"  # stand in for those of each desk
SOUND = (".wav", ".flac", ".opus")
DIGEST_MS = 250
GUESS_MS = 800
PIECE_MS = (1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000)


@dataclass(frozen=True, slots=True)
class Script:
    """Each with its time. `turns`: when one was heard, its channel and length; `open_turns`: as long as it was then."""

    records: Sequence[tuple[int, str]]
    digests: Sequence[tuple[int, str]]
    turns: Sequence[tuple[int, str, int]]
    open_turns: Sequence[tuple[int, str, int]]


def script(seconds: float, seed: int, team: str) -> Script:
    facts = CallFacts(agent_id=AGENT, agent_name=AGENT, team=team)
    told = chain.from_iterable(made_up_call(CALL, seconds / 3_600, seed, facts, BEGAN))
    events = [event for event in told if event.at_ms <= seconds * 1_000]
    digests, digest, said, next_ms = list[tuple[int, str]](), Digest(), None, 0
    for event in events:
        while event.at_ms > next_ms:
            if digest.is_news(said):
                digests.append((next_ms, to_json(digest)))
                said = digest
            next_ms += DIGEST_MS
        digest = fold(digest, event)
    ended = [event for event in events if isinstance(event, TurnEnded)]
    turns = [(e.at_ms, e.channel.value, e.end_ms - e.start_ms) for e in ended]
    while_open = [
        (e.start_ms + ms, e.channel.value, ms) for e in ended for ms in range(GUESS_MS, e.end_ms - e.start_ms, GUESS_MS)
    ]
    known_ms = accumulate((event.at_ms for event in events), max)  # said in order, as a call says them
    return Script(list(zip(known_ms, map(event_to_json, events), strict=True)), digests, turns, sorted(while_open))


class Voices:
    """Pieces of recordings, as FLAC: of each length those that the recordings give."""

    def __init__(self, folder: Path, most: int = 20) -> None:
        """Raises SettingsError where there is no sound of a few seconds."""
        found = [path for path in sorted(folder.rglob("*")) if path.suffix in SOUND]
        pcm = np.concatenate([_NONE, *map(_pcm, found)])
        self._pieces: dict[int, list[bytes]] = {}
        for length in PIECE_MS:
            size = length * SAMPLE_RATE_HZ // 1000
            starts = range(0, len(pcm) - size, size)[:most]
            self._pieces[length] = [encoded(pcm[start : start + size]) for start in starts]
        if not all(self._pieces.values()):
            raise SettingsError(f"{folder} has no recording ({', '.join(SOUND)}) of {PIECE_MS[-1] // 1000} s or more")

    def piece(self, length_ms: int, number: int) -> bytes:
        pieces = self._pieces[min(PIECE_MS, key=lambda one: abs(one - length_ms))]
        return pieces[number % len(pieces)]


_NONE = np.zeros(0, np.int16)


def _pcm(path: Path) -> Pcm:
    sound, rate = soundfile.read(path, dtype="int16", always_2d=True)
    mono: Pcm = soxr.resample(sound[:, 0], rate, SAMPLE_RATE_HZ)
    return mono
