"""`callcoach load`: how many calls a centre takes; desks that are made up report to it for a while."""

from __future__ import annotations

import asyncio
import json
import ssl
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.errors import SettingsError

app = typer.Typer(rich_markup_mode=None)


@app.command()
def load(
    server: Annotated[str, typer.Option(metavar="URL", help="The centre.")],
    calls: Annotated[int, typer.Option(min=1, max=5_000, help="How many desks, each with a call.")],
    seconds: Annotated[float, typer.Option(min=1, max=3_600, help="How long, once all are there.")],
    token: Annotated[
        str, typer.Option(envvar="CALLCOACH_LOAD_TOKEN", help="Made by: callcoach tokens add NAME --role load.")
    ],
    watch: Annotated[
        str | None,
        typer.Option(
            envvar="CALLCOACH_WATCH_TOKEN",
            help="A token of role records: five calls and the wall are watched.",
        ),
    ] = None,
    words: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Recordings: each turn of the calls asks for words of a piece of them."),
    ] = None,
    captions: Annotated[
        bool, typer.Option("--captions", help="With --words: captions of open turns are asked for too.")
    ] = False,
    pid: Annotated[int | None, typer.Option(help="Of the centre on this machine: its CPU and memory are told.")] = None,
    ca: Annotated[
        Path | None, typer.Option(metavar="PEM", help="The centre's certificate, where it signed it itself.")
    ] = None,
    file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the figures there.")] = None,
) -> None:
    """Load a centre with made-up desks for a while, and tell how late things were and what gave way first."""
    from pipeline.desk.centre_address import CentreAddress
    from pipeline.desk.load import Target
    from pipeline.desk.load_run import Load, run
    from pipeline.desk.load_script import Voices
    from pipeline.ingest.load_desks import TEAM, load_id

    address = CentreAddress.of(server)
    if file is not None and not file.parent.is_dir():  # told before, and not once all figures are there
        raise SettingsError(f"--json {file}: there is no folder {file.parent}")
    trust = _trust(ca) if address.has_tls else None
    voices = Voices(words) if words is not None else None
    target = Target(address.url, token, trust, watch)
    told = asyncio.run(run(Load(target, calls, seconds, load_id, TEAM, voices, pid, captions), _say))
    if file is not None:
        file.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    _show(told)


def _trust(ca: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"--ca {ca}: {error}") from None
    context.check_hostname = ca is None
    return context


def _say(line: str) -> None:
    print(line, flush=True)


def _show(told: dict[str, Any]) -> None:
    titles = {"record_kept_ms": "record said to kept", "record_shown_ms": "record said to a page",
              "floor_ms": "digest said to the wall", "words_ms": "words",
              "this_program_behind_ms": "this program behind its own time table"}  # fmt: skip
    for key, title in titles.items():
        late = told[key]
        figures = (
            f"p50 {late['p50']:g}  p99 {late['p99']:g}  max {late['max']:g} ms  ({late['count']})"
            if late
            else "not measured"
        )
        print(f"{title:40} {figures}")
    for key, title in {"centre": "the centre", "this_program": "this program"}.items():
        if (used := told[key]) is not None:
            share, a_call, memory = used["cpu_percent"], used["cpu_percent_a_call"], used["memory_mb"]
            print(f"{title:40} {share:g} % of a core, {a_call:g} % a call, {memory:g} MB")
    print(f"{'load average of this machine':40} {' '.join(map(str, told['load_average']))}")
    for what, at_s in told["gave_way_first_s"].items():
        print(f"gave way after {at_s:g} s: {what}")
    print(", ".join(f"{name} {count}" for name, count in {**told["counted"], **told["at_the_end"]}.items()))
