"""What the words of a call take of the network between a desk and its centre.

python -m benchmarks.desk_words CALL...    a stereo file, or AGENT+CUSTOMER, two mono files of one call

Each call runs as a live one does, on audio time: every utterance is put into its frame, as the link would send it, and
answered at once, so that captions are asked for as often as can be: with no limit, and with that of desks.
`speaking`: over the time in which somebody speaks; the worst second is that of what is asked for within it.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice, product
from pathlib import Path

from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.audio.sources.file import FileSource, PairSource
from pipeline.audio.sources.wrapped import Wrapped
from pipeline.call import listen
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.desk.transcriber import CAPTIONS_KBIT_S, pause_s
from pipeline.desk_protocol.frames import written
from pipeline.desk_protocol.messages import Heard, Message
from pipeline.desk_protocol.sound import encoded
from pipeline.events.call import CallFacts
from pipeline.events.turns import TurnEnded
from pipeline.folders import bundled
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, Pending, Slice, Source, Utterance
from pipeline.settings import CallSettings

CALL_ID = "0193f0c0-0000-7000-8000-000000000000"  # as long as they are
LONGEST_MS = 60_000


class Minute(Wrapped):
    """The first minute, at which nothing may wait."""

    @property
    def can_wait(self) -> bool:
        return False

    def __iter__(self) -> Iterator[Slice]:
        return islice(self._source, LONGEST_MS // SLICE_MS)


class Weighing(NoTranscriber):
    """Weighs what is asked; `now_ms` is set from outside."""

    engine = "weighing"

    def __init__(self, is_limited: bool) -> None:
        super().__init__()
        self._is_limited = is_limited
        self.now_ms = 0
        self.finals, self.guesses = Counter[int](), Counter[int]()  # bytes by second
        self.count = Counter[bool]()
        self.samples = self.flac_bytes = 0
        self._guess_from_ms = 0.0

    @property
    def has_room(self) -> bool:  # type: ignore[override]
        return self.now_ms >= self._guess_from_ms

    def ask(self, utterance: Utterance) -> Pending:
        body = encoded(utterance.pcm)
        said = Heard(f"u{self.count.total()}", CALL_ID, utterance.channel, utterance.is_final, utterance.language)
        (self.finals if utterance.is_final else self.guesses)[self.now_ms // 1000] += len(written(Message(said, body)))
        self.count[utterance.is_final] += 1
        if self._is_limited and not utterance.is_final:
            self._guess_from_ms = self.now_ms + 1000 * pause_s(len(body))
        self.samples, self.flac_bytes = self.samples + len(utterance.pcm), self.flac_bytes + len(body)
        return super().ask(utterance)


def main(calls: Sequence[str]) -> int:
    rulebook = load_rulebook(bundled("rules", "handbook.yaml"))
    print("call | spoken, s | FLAC kbit/s | finals: all, speaking | with captions: all, speaking, worst second")
    for call, is_limited in product(calls, (False, True)):
        source, weighing = Minute(_source(call)), Weighing(is_limited)
        turns, now_ms = list[TurnEnded](), 0
        for events in listen(source, weighing, rulebook, CallSettings(), call_id=CALL_ID, started_at="2026-11-28"):
            turns += [event for event in events if isinstance(event, TurnEnded)]
            weighing.now_ms = now_ms = now_ms + SLICE_MS
        spoken_ms = len({ms for t in turns for ms in range(t.start_ms, t.end_ms, SLICE_MS)}) * SLICE_MS
        spoken_ms = min(spoken_ms, now_ms)
        finals, both = weighing.finals.total(), (weighing.finals + weighing.guesses).total()
        worst = max((weighing.finals + weighing.guesses).values())
        flac = weighing.flac_bytes * 8 * SAMPLE_RATE_HZ / weighing.samples / 1000
        print(
            f"{Path(call.split('+')[0]).name} | {spoken_ms / 1000:.0f} of {now_ms / 1000:.0f} | {flac:.0f} | "
            f"{finals * 8 / now_ms:.0f}, {finals * 8 / spoken_ms:.0f} | "
            f"{both * 8 / now_ms:.0f}, {both * 8 / spoken_ms:.0f}, {worst * 8 / 1000:.0f} | "
            f"{weighing.count[True]} finals, {weighing.count[False]} captions"
            f"{f' at {CAPTIONS_KBIT_S} kbit/s at most' if is_limited else ''}"
        )
    return 0


def _source(call: str) -> Source:
    facts = CallFacts()
    if "+" in call:
        agent, customer = call.split("+")
        return PairSource(Path(agent), Path(customer), facts=facts)
    return FileSource(Path(call), facts=facts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
