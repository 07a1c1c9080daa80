"""What masking a call costs its viewers: `python -m benchmarks.masked_view` prints processor time, in us a record.

Believable calls (benchmarks/store), a number told in three of their lines; beside it what writing a record as JSON
costs, which each viewer pays anyway.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from benchmarks.store.believable import calls
from pipeline.codec import to_json
from pipeline.events.channels import Channel
from pipeline.events.record import Record
from pipeline.events.turns import TurnStarted
from pipeline.events.words import Word, WordsGuessed, WordsHeard
from pipeline.masking.view import MaskedView, masked_records

CALLS = 30
ROUNDS = 3
TOLD = ("我的手机是幺三八", "零零幺三", "八零零零，您记一下")
APART_MS = 4_000


def lines_of(said: Sequence[str]) -> list[Record]:
    """As records, a word for each two characters."""
    records = []
    for number, text in enumerate(said):
        start_ms, channel = APART_MS * number, (Channel.AGENT, Channel.CUSTOMER)[number % 2]
        pairs = [text[at : at + 2] for at in range(0, len(text), 2)]
        words = tuple(Word(pair, start_ms + 300 * n, start_ms + 300 * n + 300, 0.9) for n, pair in enumerate(pairs))
        end_ms = start_ms + 300 * len(pairs)
        heard = WordsHeard(end_ms + 400, channel, start_ms, end_ms, text, words, 400, f"{text}。")
        records.append(Record("a", number + 1, heard))
    return records


def us_a_record(count: int, work: Callable[[], object]) -> float:
    """The best of ROUNDS."""
    costs = []
    for _ in range(ROUNDS):
        begun_s = time.process_time()
        work()
        costs.append((time.process_time() - begun_s) / count * 1e6)
    return min(costs)


def as_they_come(records: Sequence[Record]) -> list[Record]:
    view, seen = MaskedView(), []
    for record in records:
        view.hear(record.event)
        seen.append(view.masked(record))
    return seen


def main() -> None:
    told = [lines_of((*call.lines[:9], *TOLD, *call.lines[9:])) for call in calls(CALLS)]
    count = sum(map(len, told))
    long = max(told, key=len)
    view = MaskedView(long)
    others = [Record("a", number, TurnStarted(number, Channel.AGENT, number)) for number in range(10_000)]
    captions = [Record("a", None, WordsGuessed(0, Channel.AGENT, APART_MS * len(long), TOLD[0], 0))] * 200
    characters = sum(len(record.event.text) for one in told for record in one if isinstance(record.event, WordsHeard))
    print(f"{CALLS} calls, {count} lines of {characters / count:.0f} characters; us a record")
    for name, cost in (
        ("lines of a kept call", us_a_record(count, lambda: [masked_records(one) for one in told])),
        ("lines as they come, once for all viewers", us_a_record(count, lambda: [as_they_come(one) for one in told])),
        ("captions, once for all viewers", us_a_record(len(captions), lambda: [view.masked(one) for one in captions])),
        ("records without words", us_a_record(len(others), lambda: [view.masked(one) for one in others])),
        (
            "beside: a line as JSON, for each viewer",
            us_a_record(count, lambda: [to_json(r) for one in told for r in one]),
        ),
    ):
        print(f"{cost:8.1f}  {name}")


if __name__ == "__main__":
    main()
