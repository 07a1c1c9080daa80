"""`callcoach doctor`: what a supervisor asks first, in plain words, with the command that mends what is missing."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from pipeline.cli.choices import CoachChoice, read_choices
from pipeline.cli.findings import Finding, looks
from pipeline.cli.neighbour import trust
from pipeline.errors import CallcoachError, SettingsError
from pipeline.printable import printable
from pipeline.server.serve import ServerSettings
from pipeline.store.opening import StoreSettings

_MARKS = {"ok": "[green]ok     [/]", "note": "[yellow]note   [/]", "missing": "[bold red]MISSING[/]"}
_BEGINNING = '{"healthy": '


def doctor(config: Path | None, port: int | None, json_to: str | None, ca: Path | None = None) -> bool:
    """Says what was found, or writes it as JSON; True when nothing is missing that calls need.

    `ca`: whom to believe the certificate of a server that runs here.
    """
    trusted = trust(ca)
    target = Path(json_to) if json_to not in (None, "-") else None
    if target is not None and target.exists() and not _is_ours(target):
        raise SettingsError(f"--json {target}: is there already and is nothing that `callcoach doctor` wrote")
    console, findings = Console(), []
    for finding in look(config, port, trusted):
        findings.append(finding)
        if json_to != "-":
            _show(console, finding)
    missing = [finding for finding in findings if finding.state == "missing"]
    if json_to is not None:
        text = json.dumps({"healthy": not missing, "findings": [*map(asdict, findings)]}, ensure_ascii=False)
        if target is None:
            print(text)
        else:
            target.write_text(f"{text}\n", encoding="utf-8")
    if json_to != "-":
        lacking = ", ".join(dict.fromkeys(finding.about for finding in missing))
        console.print(f"Missing for calls: {lacking}." if missing else "Nothing is missing that calls need.")
    return not missing


def look(config: Path | None, port: int | None, trusted: ssl.SSLContext) -> Iterator[Finding]:
    """All findings, each as soon as it is there. What breaks a look is a finding too."""
    coach, kept = CoachChoice(), StoreSettings()
    server = ServerSettings() if port is None else ServerSettings(port=port)
    try:
        choices = read_choices(config, {"server.port": port})
        coach, server, kept = choices.coach, choices.server, choices.store
    except CallcoachError as error:
        yield Finding("settings", "missing", str(error), "mend that line, or take it out")
    for about, one in looks(config, coach, server, kept, trusted).items():
        try:
            yield from one()
        except Exception as error:
            yield Finding(about, "missing", f"cannot be looked at: {type(error).__name__}: {error}")


def _show(console: Console, finding: Finding) -> None:
    lines = [f"{_MARKS[finding.state]} {finding.about:<11} {escape(printable(finding.said))}"]
    if finding.mend:
        lines.append(f"{'':20}to mend: {escape(printable(finding.mend))}")
    console.print("\n".join(lines), highlight=False, soft_wrap=True)


def _is_ours(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(len(_BEGINNING)) in ("", _BEGINNING)
    except (OSError, ValueError):
        return False
