"""Compare what the pipeline finds in the demo's week with what the scripts say, call by call.

    python demo/check_week.py

Exit 1 where a fault of a script is found by neither score nor hint, or another one is found by either.
docs/measured.md has the table.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml

from pipeline.asr.engine.recorded import RecordedTranscriber
from pipeline.audio.sources.file import FileSource
from pipeline.call import listen
from pipeline.cli.week import WORDS, WeekCall, calls_of_week
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.events.hints import HintRaised
from pipeline.events.record import Event
from pipeline.events.score import CallScored
from pipeline.events.turns import TurnEnded
from pipeline.folders import bundled
from pipeline.settings import CallSettings

HERE = Path(__file__).resolve().parent
NEAR_MS = 300


def heard(call: WeekCall) -> list[Event]:
    rulebook = load_rulebook(bundled("rules", "handbook.yaml"))
    source, words = FileSource(call.path, facts=call.facts), RecordedTranscriber(WORDS, "whisper-base", None)
    slices = listen(source, words, rulebook, CallSettings(), call_id=call.id, started_at="2026-01-05T09:00:00+08:00")
    return [event for events in slices for event in events]


def lines_found(lines: list[dict[str, Any]], events: list[Event]) -> int:
    """Lines within turns of their side, both ends within NEAR_MS or in the midst of a turn."""
    turns = [event for event in events if isinstance(event, TurnEnded)]
    return sum(
        any(
            turn.channel == line["channel"]
            and turn.start_ms - NEAR_MS <= line["start_ms"]
            and line["end_ms"] <= turn.end_ms + NEAR_MS
            for turn in joined(turns, line["channel"])
        )
        for line in lines
    )


def joined(turns: list[TurnEnded], channel: str) -> list[TurnEnded]:
    """Turns of a side; those less than a second apart as one, too: a comma may be a border."""
    found: list[TurnEnded] = []
    for turn in (one for one in turns if one.channel == channel):
        if found and turn.start_ms - found[-1].end_ms < 1000:
            turn = TurnEnded(turn.at_ms, turn.channel, found[-1].start_ms, turn.end_ms)
            found.pop()
        found.append(turn)
    return found


def main() -> int:
    scripts = {one["id"]: one for one in yaml.safe_load((HERE / "week.yaml").read_text(encoding="utf-8"))["calls"]}
    truth = json.loads((HERE / "week_truth.json").read_text(encoding="utf-8"))
    is_good = True
    for call in calls_of_week():
        events, lines, wanted = heard(call), truth[call.id]["lines"], scripts[call.id]["expect"]
        hints = [event.rule for event in events if isinstance(event, HintRaised)]
        scores = [event for event in events if isinstance(event, CallScored)]
        found = {item.rule for item in scores[-1].items if item.verdict == "missed"} | set(hints)
        missed, false = sorted(set(wanted) - found), sorted(found - set(wanted))
        is_good &= not missed and not false
        score = scores[-1].total if scores[-1].total is not None else scores[-1].unscored_reason
        print(f"{call.id}: lines {lines_found(lines, events)}/{len(lines)}, score {score}, hints {hints}")
        print(f"  missed {missed}, false {false}", flush=True)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
