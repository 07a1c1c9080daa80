"""The command line. Only what a command needs is imported, when it runs: `callcoach --help` is instant."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.cli import baselines, models, rules
from pipeline.cli.choices import AUTO, read_choices, rulebook_path, say
from pipeline.errors import CallcoachError, SettingsError

app = typer.Typer(
    help="A live coach for telephone agents: silence, pace, pitch and words of both sides, on your own machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(models.app, name="models", help="Speech models: list, get, check.")
app.add_typer(rules.app, name="rules", help="Rulebooks: list, check, test.")
app.add_typer(baselines.app, name="baselines")

_MODEL_HELP = "Speech model: a name, a folder, demo, none, or auto (the best one found on this machine)."
Port = Annotated[int | None, typer.Option(min=0, max=65_535, help="Port to serve on (default 8000).")]
Config = Annotated[Path | None, typer.Option(help="Settings file instead of ./callcoach.toml.")]


def main() -> None:
    """Whatever a user did wrong is one line on stderr and exit code 1, never a traceback."""
    with suppress(AttributeError, ValueError):  # a replaced stream (tests, an IDE) may not know how
        for stream in (sys.stdout, sys.stderr):  # hints are Chinese whatever the terminal's locale says
            stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    try:
        app()
    except CallcoachError as error:
        say(f"callcoach: {error}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"callcoach {version('callcoach')}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True)] = False,
) -> None:
    pass


@app.command()
def demo(
    port: Port = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
    file: Annotated[Path | None, typer.Option(help="Play this recording instead of the bundled call.")] = None,
    model: Annotated[str, typer.Option(help=_MODEL_HELP)] = "demo",
    config: Config = None,
) -> None:
    """Play the bundled call through the whole live pipeline, in real time, with the dashboard."""

    from pipeline.cli import serving

    choices = read_choices(config)
    settings = choices.server if port is None else replace(choices.server, port=port)
    serving.demo(choices, settings, file, model, browser)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to serve on (default 127.0.0.1).")] = None,
    port: Port = None,
    config: Config = None,
) -> None:
    """Serve the dashboard and the calls kept on this machine."""

    from pipeline.cli import serving

    choices = read_choices(config)
    settings = choices.server
    settings = replace(settings, host=host or settings.host, port=settings.port if port is None else port)
    serving.serve(settings, choices.coach)


@app.command()
def live(
    agent_id: Annotated[str | None, typer.Option(help="Whose headset this is; a fact of every call.")] = None,
    mic: Annotated[
        str | None, typer.Option(metavar="DEV", help="The agent's microphone (default: the system's).")
    ] = None,
    far: Annotated[
        str | None, typer.Option(metavar="DEV", help="The customer's side: a loopback, none, or auto (default).")
    ] = None,
    auto: Annotated[
        bool, typer.Option("--auto", help="Calls begin with the first voice, end after 60 s without.")
    ] = False,
    facts: Annotated[Path | None, typer.Option(metavar="FILE.yaml", help="What every call begins with.")] = None,
    model: Annotated[str | None, typer.Option(metavar="NAME|DIR|demo|none", help=_MODEL_HELP)] = None,
    port: Port = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
    config: Config = None,
) -> None:
    """Coach this machine's headset: microphone and far end, calls by button, telephone system or first voice."""

    from pipeline.cli import live
    from pipeline.cli.facts import load_facts
    from pipeline.events import CallFacts

    choices = read_choices(config)
    capture = replace(choices.capture, mic=mic or choices.capture.mic, far=far or choices.capture.far)
    server = choices.server if port is None else replace(choices.server, port=port)
    known = load_facts(facts)[0] if facts is not None else CallFacts()
    known = replace(known, agent_id=agent_id) if agent_id is not None else known
    options = live.LiveOptions(known, model or choices.asr.model or AUTO, auto, browser)
    live.live(replace(choices, capture=capture, server=server), options)


@app.command()
def devices(
    meter: Annotated[bool, typer.Option("--meter", help="Show the levels live.")] = False,
    seconds: Annotated[float, typer.Option(min=0, help="How long the meter runs (0: until Ctrl-C).")] = 0,
) -> None:
    """List what can be listened to, what each device is good for, and try it."""
    from pipeline.cli import devices

    devices.devices(seconds if meter else None)


@app.command()
def score(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH...", help="Recordings, or folders of them.")
    ] = None,
    json_to: Annotated[
        str | None, typer.Option("--json", metavar="FILE|-", help="Write one JSON object per file, one a line.")
    ] = None,
    events: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write DIR/<stem>.jsonl, one record a line.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Draw each call: DIR/<stem>.png and DIR/<stem>.svg.")
    ] = None,
    model: Annotated[str | None, typer.Option(metavar="NAME|DIR|demo|none", help=_MODEL_HELP)] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Recordings scored at the same time.")] = 1,
    facts: Annotated[Path | None, typer.Option(metavar="FILE.yaml", help="What is known about the call.")] = None,
    rulebook: Annotated[Path | None, typer.Option(help="A rulebook file instead of rules/handbook.yaml.")] = None,
    agent_channel: Annotated[
        str, typer.Option(metavar="left|right", help="The agent's side of a stereo file.")
    ] = "left",
    agent_wav: Annotated[
        Path | None, typer.Option(help="The agent's side, mono; together with --customer-wav.")
    ] = None,
    customer_wav: Annotated[Path | None, typer.Option(help="The customer's side, mono.")] = None,
    config: Config = None,
) -> None:
    """Score recordings: stereo (agent left), mono, or one call as two mono files."""
    from pipeline.cli import scoring
    from pipeline.cli.facts import load_facts
    from pipeline.events import CallFacts

    choices = read_choices(config)
    recordings = _recordings(paths or [], agent_wav, customer_wav, agent_channel, events, plot)
    known, started_at = load_facts(facts) if facts is not None else (CallFacts(), None)
    options = scoring.ScoreOptions(
        rulebook=rulebook_path(rulebook or choices.coach.rulebook),
        asr=replace(choices.asr, model=model or choices.asr.model or AUTO),
        recogniser=choices.recogniser,
        settings=choices.call,
        facts=known,
        started_at=started_at,
    )
    if not _write_scores(recordings, options, jobs, json_to):
        raise typer.Exit(1)


def _recordings(
    paths: list[Path],
    agent: Path | None,
    customer: Path | None,
    agent_channel: str,
    events: Path | None,
    plot: Path | None,
) -> list[Any]:
    from pipeline.cli.scoring import Recording, events_files, plot_stems, recordings_in

    if agent_channel not in ("left", "right"):
        raise SettingsError(f"--agent-channel is {agent_channel!r}; it must be left or right")
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
        Recording(path, customer, agent_channel, file, stem)  # type: ignore[arg-type]
        for path, file, stem in zip(found, files, stems, strict=True)
    ]


def _write_scores(recordings: list[Any], options: Any, jobs: int, json_to: str | None) -> bool:
    """True when every recording could be scored."""
    from rich.console import Console

    from pipeline.cli.progress import score_with_progress
    from pipeline.cli.show import show_report

    out, console = _open_json(json_to), Console()
    good = True
    said_no_words = False
    for result in score_with_progress(recordings, options, jobs):
        if out is not None:
            print(json.dumps(result, ensure_ascii=False), file=out, flush=True)
        if "error" in result:
            good = False
            say(f"{result['file']}: {result['error']}")
            continue
        if result["engine"] == "none" and not said_no_words:
            said_no_words = True
            say(_no_words(options.asr.model))
        if json_to != "-":
            show_report(console, result)
    if out is not None and out is not sys.stdout:
        out.close()
    return good


def _no_words(model: str) -> str:
    if model == "none":
        return "no words were recognised (--model none): everything else is measured"
    return (
        "no speech model on this machine: scored without words; "
        "`callcoach models list` shows what can be had, `callcoach models get small` fetches one"
    )


def _open_json(json_to: str | None) -> Any:
    if json_to is None:
        return None
    if json_to == "-":
        return sys.stdout
    try:
        return Path(json_to).open("w", encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"--json {json_to}: cannot be written: {error.strerror}") from error
