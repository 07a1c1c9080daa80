"""`callcoach score`: its flags, what they may not do together, and where results go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.choices import Choices, read_choices, rulebook_path, say
from pipeline.cli.flags import Config, Data, Model
from pipeline.errors import SettingsError
from pipeline.quantities import checked, within

if TYPE_CHECKING:
    from pipeline.cli.recordings import Known, Recording
    from pipeline.cli.scoring import ScoreOptions

Paths = Annotated[list[Path] | None, typer.Argument(metavar="PATH...", help="Recordings, or folders of them.")]
Json = Annotated[str | None, typer.Option("--json", metavar="FILE|-", help="Write a JSON object per file, one a line.")]
Csv = Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write a table of all files, one a line.")]
Events = Annotated[Path | None, typer.Option(metavar="DIR", help="Write DIR/<stem>.jsonl, one record a line.")]
Plot = Annotated[Path | None, typer.Option(metavar="DIR", help="Draw each call: DIR/<stem>.png and DIR/<stem>.svg.")]
Second = Annotated[bool, typer.Option("--second-opinion", help="librosa's pitch beside ours.")]
Jobs = Annotated[int, typer.Option(help="Recordings scored at the same time, 61 at most.")]
Facts = Annotated[
    Path | None,
    typer.Option(metavar="FILE.yaml|csv", help="What is known about the calls: of all, or a table of one file a line."),
]
Names = Annotated[
    str | None,
    typer.Option(metavar="PATTERN", help="What file names tell: {agent} {team} {peer} {direction} {date} {time} *."),
]
Rulebook = Annotated[Path | None, typer.Option(help="A rulebook file instead of our own.")]
Side = Annotated[str, typer.Option(metavar="left|right", help="The agent's side of a stereo file.")]
Outbound = Annotated[
    str | None, typer.Option(metavar="left|right", help="The same of outbound calls, where it is another.")
]
AgentWav = Annotated[Path | None, typer.Option(help="The agent's side, mono; together with --customer-wav.")]
CustomerWav = Annotated[Path | None, typer.Option(help="The customer's side, mono.")]
Store = Annotated[
    bool,
    typer.Option("--store", help="Keep them as calls: records, score, recording. Started again it goes on."),
]
Again = Annotated[
    bool,
    typer.Option("--again", help="With --store: those that were deleted, and those told otherwise now, anew."),
]

app = typer.Typer()


@app.command()
def score(
    paths: Paths = None,
    json_to: Json = None,
    csv_to: Csv = None,
    events: Events = None,
    plot: Plot = None,
    second_opinion: Second = False,
    model: Model = None,
    jobs: Jobs = 1,
    store: Store = False,
    again: Again = False,
    facts: Facts = None,
    names: Names = None,
    rulebook: Rulebook = None,
    agent_channel: Side = "left",
    agent_channel_outbound: Outbound = None,
    agent_wav: AgentWav = None,
    customer_wav: CustomerWav = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Score recordings: stereo (agent left), mono, or one call as two mono files."""
    from pipeline.cli.extras import check_analysis
    from pipeline.cli.scoring import ScoreOptions

    choices = read_choices(config, {"asr.model": model, "coach.rulebook": rulebook})
    checked("--jobs", jobs, within(1, 61))
    if second_opinion:
        check_analysis("--second-opinion")
    if store and (given := [flag for flag, value in (("--csv", csv_to), ("--events", events), ("--plot", plot),
                            ("--second-opinion", second_opinion)) if value]):  # fmt: skip
        raise SettingsError(f"{given[0]} does not go with --store: what is kept can be looked at and exported")
    if again and not store:
        raise SettingsError("--again goes with --store: nothing else is kept")
    recordings = _recordings(paths or [], agent_wav, customer_wav, agent_channel, events, plot)
    _spare_inputs(recordings, json_to, csv_to, [path for path in (facts, rulebook, config) if path is not None])
    recordings = _known(facts, names, agent_channel_outbound, choices).about(recordings)
    options = ScoreOptions(
        rulebook_path(choices.coach.rulebook), choices.asr, choices.recogniser, choices.call, second_opinion
    )
    if store:
        from pipeline.cli.storing import store_all

        is_good = store_all(recordings, options, choices, jobs, json_to, again=again)
    else:
        is_good = _write_scores(recordings, options, jobs, json_to, csv_to)
    if not is_good:
        raise typer.Exit(1)


def _known(facts: Path | None, names: str | None, outbound: str | None, choices: Choices) -> Known:
    from pipeline.cli.facts import load_facts
    from pipeline.cli.facts_table import FactsTable
    from pipeline.cli.recordings import Known, side
    from pipeline.file_names import NamePattern

    is_table = facts is not None and facts.suffix.lower() == ".csv"
    known, started_at = load_facts(None if is_table else facts, choices.facts.as_facts())
    return Known(
        known, started_at,
        NamePattern(names) if names is not None else None,
        FactsTable(facts, known) if facts is not None and is_table else None,
        side("--agent-channel-outbound", outbound) if outbound is not None else None,
    )  # fmt: skip


def _recordings(
    paths: list[Path],
    agent: Path | None,
    customer: Path | None,
    agent_channel: str,
    events: Path | None,
    plot: Path | None,
) -> list[Recording]:
    from pipeline.cli.recordings import Recording, events_files, plot_stems, recordings_in, side

    channel = side("--agent-channel", agent_channel)
    if (agent is None) != (customer is None):
        raise SettingsError("--agent-wav and --customer-wav belong together: one call as two mono files")
    if agent is not None and paths:
        raise SettingsError("give either PATH... or --agent-wav with --customer-wav")
    if agent is None and not paths:
        raise SettingsError("nothing to score: give recordings or folders (callcoach score --help)")
    found = [agent] if agent is not None else recordings_in(paths)
    files = events_files(events, found) if events is not None else [None] * len(found)
    stems = plot_stems(plot, found) if plot is not None else [None] * len(found)
    return [
        Recording(path, customer, channel, file, stem) for path, file, stem in zip(found, files, stems, strict=True)
    ]


def _spare_inputs(recordings: list[Recording], json_to: str | None, csv_to: Path | None, others: list[Path]) -> None:
    from pipeline.cli.output import check_targets
    from pipeline.reports.overview import check_csv

    made: list[Path] = []
    inputs = list(others)
    for recording in recordings:
        inputs += recording.paths
        made += [recording.events_file] if recording.events_file is not None else []
        stem = recording.plot_stem
        made += [Path(f"{stem}.png"), Path(f"{stem}.svg")] if stem is not None else []
    check_targets(json_to, [*made, csv_to] if csv_to is not None else made, inputs)
    if csv_to is not None:
        check_csv(csv_to)


def _write_scores(
    recordings: list[Recording], options: ScoreOptions, jobs: int, json_to: str | None, csv_to: Path | None
) -> bool:
    """True when every recording could be scored."""
    from rich.console import Console

    from pipeline.cli.results import ScoredOnes
    from pipeline.cli.show import show_overview, show_report
    from pipeline.reports.overview import brief, write_csv

    console = Console()
    seen: list[dict[str, Any]] = []
    results = ScoredOnes(recordings, options, jobs, json_to)
    for result in results:
        if "error" not in result:
            if result["engine"] == "none" and not any(one.get("engine") == "none" for one in seen):
                say(_no_words(options.asr.model))
            if json_to != "-":
                show_report(console, result)
        seen.append(brief(result))
    if len(seen) > 1 and json_to != "-":
        show_overview(console, seen)
    if csv_to is not None:
        write_csv(csv_to, seen)
    return results.are_good


def _no_words(model: str) -> str:
    if model == "none":
        return "no words were recognised (--model none): everything else is measured"
    return (
        "no speech model on this machine: scored without words; "
        "`callcoach models list` shows what can be had, `callcoach models get base` fetches one"
    )
