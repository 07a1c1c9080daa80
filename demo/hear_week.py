"""Let a model hear the demo's week, and write what it heard to pipeline/resources/demo/week/words.jsonl.

    python demo/hear_week.py --model base

Run after make_week.py, in callcoach's own environment. `callcoach demo` answers from this list, and says so.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

from pipeline.asr.engine.recorded import Writing
from pipeline.asr.engine.scheduler import SchedulerSettings
from pipeline.asr.engine.transcribers import load_transcriber
from pipeline.audio.sources.file import FileSource
from pipeline.call import listen
from pipeline.cli.week import WORDS, calls_of_week
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.folders import bundled
from pipeline.settings import CallSettings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="base", help="a name or folder")
    parser.add_argument("--only", help="id of the one call to hear: its lines are printed, and nothing is written")
    args = parser.parse_args()
    rulebook = load_rulebook(bundled("rules", "handbook.yaml"))
    settings = SchedulerSettings()
    alone = replace(settings, queue=replace(settings.queue, batch=1))
    model = load_transcriber(args.model, alone)
    found: list[str] = []
    for call in calls_of_week():
        if args.only not in (None, call.id):
            continue
        writing, source = Writing(model), FileSource(call.path, facts=call.facts)
        for _ in listen(
            source, writing, rulebook, CallSettings(), call_id=call.id, started_at="2026-01-05T09:00:00+08:00"
        ):
            pass
        lines = list(writing.lines())
        words = ["".join(w["text"] for w in json.loads(line)["heard"]["words"]) for line in lines]
        print(call.id, *words, sep="\n  ", flush=True)
        found += lines
    if args.only is None:
        Path(WORDS).write_text("".join(line + "\n" for line in found), encoding="utf-8")


if __name__ == "__main__":
    main()
