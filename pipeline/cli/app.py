"""The command line. Only what a command needs is imported, when it runs: `callcoach --help` is instant."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli import (
    audit,
    baselines,
    calls,
    desk,
    exchange,
    load,
    models,
    rules,
    score,
    store,
    teams,
    tokens,
    users,
)
from pipeline.cli.choices import read_choices, rulebook_path, say
from pipeline.cli.flags import Config, Data, Model, Port, say_where_old_calls_lie
from pipeline.errors import CallcoachError, SettingsError
from pipeline.quantities import checked, within

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
calls.app.add_typer(exchange.app)
app.add_typer(calls.app, name="calls", help="Kept calls: list, export, import, hold, release, redact, delete, sweep.")
app.add_typer(users.app, name="users", help="Who may sign in: add, list, remove, import, and links that let in.")
app.add_typer(teams.app, name="teams", help="Teams: add, list, and what each has set: show, set.")
app.add_typer(audit.app, name="audit", help="Who did, opened or was refused what: list, verify.")
app.add_typer(store.app, name="store", help="The database: prepare, move, check; backup and restore.")
app.add_typer(desk.app, name="desk", help="This machine as a desk of a centre: enrol, check, leave.")
app.add_typer(load.app)
app.add_typer(tokens.app, name="tokens", help="Tokens of telephone systems and programs: add, list, revoke.")


def main() -> None:
    """Whatever a user did wrong is one line on stderr and exit code 1, never a traceback."""
    with suppress(AttributeError, ValueError):  # a replaced stream (tests, an IDE) may not know how
        for stream in (sys.stdout, sys.stderr):  # hints are Chinese whatever the terminal's locale says
            stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    from pipeline.cli.output import Standard

    printed = sys.stdout
    sys.stdout = standard = Standard(printed)
    try:
        app()
    except CallcoachError as error:
        say(f"callcoach: {error}")
        sys.exit(1)
    except OSError as error:  # a name longer than a file's may be, a folder that may not be entered
        if error.filename is None or error.strerror is None:
            raise
        say(f"callcoach: {error.filename}: {error.strerror}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except SystemExit as ended:
        standard.flush()
        raise SystemExit(1) if standard.failed and not ended.code else ended from None
    finally:
        sys.stdout = printed


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
    model: Model = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Fetch nothing: the bundled demo model hears the call.")
    ] = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Play the bundled call through the whole live pipeline, in real time, with the dashboard.

    It is heard by --model, else by Whisper base, which is fetched once (148 MB); where it can't be had, and with
    --offline, by the bundled demo model.
    """

    from pipeline.cli.demo import demo

    choices = read_choices(config, {"server.port": port, "asr.model": model})
    say_where_old_calls_lie()
    demo(choices, file, model or ("demo" if offline else None), browser)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to serve on (default 127.0.0.1).")] = None,
    port: Port = None,
    model: Model = None,
    tls_cert: Annotated[Path | None, typer.Option(metavar="FILE", help="Certificate, PEM; with --tls-key.")] = None,
    tls_key: Annotated[Path | None, typer.Option(metavar="FILE", help="Private key of the certificate.")] = None,
    insecure_network: Annotated[
        bool | None, typer.Option("--insecure-network", help="Let other machines in without TLS.")
    ] = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Serve the dashboard, the calls kept here, and agents whose microphone is their page."""

    from pipeline.cli import serving

    flags = {
        "server.host": host, "server.port": port, "server.tls_cert": tls_cert, "server.tls_key": tls_key,
        "server.insecure_network": insecure_network, "asr.model": model,
    }  # fmt: skip
    choices = read_choices(config, flags)
    say_where_old_calls_lie()
    serving.serve(choices, config)


@app.command(hidden=True)
def link() -> None:
    """As earlier versions had it."""
    raise SettingsError("`callcoach link` is called `callcoach users link` now: it prints a link that works once")


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
    server: Annotated[
        str | None, typer.Option(metavar="URL", help="The centre of which this machine is a desk (`desk enrol`).")
    ] = None,
    facts: Annotated[Path | None, typer.Option(metavar="FILE.yaml", help="What every call begins with.")] = None,
    model: Model = None,
    port: Port = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
    data: Data = None,
    config: Config = None,
) -> None:
    """Coach this machine's headset: microphone and far end, calls by button, telephone system or first voice."""

    from pipeline.cli import live
    from pipeline.cli.facts import load_facts
    from pipeline.codec import facts_from

    flags = {"capture.mic": mic, "capture.far": far, "asr.model": model, "server.port": port}
    choices = read_choices(config, flags)
    known = choices.facts.as_facts()
    known = load_facts(facts, known)[0] if facts is not None else known
    known = facts_from({"agent_id": agent_id}, known, "--agent-id") if agent_id is not None else known
    say_where_old_calls_lie()
    options = live.LiveOptions(known, choices.asr.model, auto, browser, config)
    if server is None and not choices.desk.server:
        live.live(choices, options)
        return
    from pipeline.cli.desk_live import desk_live

    desk_live(choices, options, server, own_model=model is not None)


@app.command()
def doctor(
    json_to: Annotated[
        str | None, typer.Option("--json", metavar="FILE|-", help="The findings as one JSON object.")
    ] = None,
    port: Port = None,
    ca: Annotated[
        Path | None,
        typer.Option("--ca", metavar="FILE", help="Believe a server here with a certificate of these (PEM)."),
    ] = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Look at everything a call needs and say what is missing, with the command that mends it. Changes nothing."""
    from pipeline.cli import doctor

    if not doctor.doctor(config, port, json_to, ca):
        raise typer.Exit(1)


@app.command()
def devices(
    meter: Annotated[bool, typer.Option("--meter", help="Show the levels live.")] = False,
    seconds: Annotated[float, typer.Option(help="How long the meter runs (0: until Ctrl-C).")] = 0,
    data: Data = None,
) -> None:
    """List what can be listened to, what each device is good for, and try it."""
    from pipeline.cli import devices

    checked("--seconds", seconds, within(0, 86_400))
    devices.devices(seconds if meter else None)


app.add_typer(score.app)


@app.command()
def rescore(
    calls: Annotated[
        list[str], typer.Argument(metavar="CALL...", help="Ids of kept calls, or files that `score --events` wrote.")
    ],
    rules: Annotated[Path | None, typer.Option("--rules", metavar="FILE", help="Another rulebook.")] = None,
    json_to: Annotated[
        str | None, typer.Option("--json", metavar="FILE|-", help="Write one JSON object a call, one a line.")
    ] = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Turn-taking and coach once more over what was heard in kept calls. Shows what comes; changes no call."""
    from rich.console import Console

    from pipeline.cli.output import Results, check_targets
    from pipeline.cli.rescoring import rescore_all
    from pipeline.cli.show import show_report
    from pipeline.coach.rulebook.loading import load_rulebook

    choices = read_choices(config, {"coach.rulebook": rules})
    check_targets(json_to, (), [Path(call) for call in calls], "rescore")
    book = load_rulebook(rulebook_path(choices.coach.rulebook))
    out, console, good = Results(json_to) if json_to is not None else None, Console(), True
    for result in rescore_all(calls, book, choices):
        if out is not None:
            out.write(result)
        if "error" in result:
            good = False
            say(f"{result['file']}: {result['error']}")
        elif json_to != "-":
            show_report(console, result)
    if out is not None:
        out.close()
    if not good or (out is not None and out.failed):
        raise typer.Exit(1)
