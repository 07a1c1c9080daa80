"""Writes the types of dashboard/src/api/: what the server and a page tell each other, from the code that tells it.

python -m scripts.generate_types            write the files
python -m scripts.generate_types --check    exit 1 when a file is not what would be written

events.ts is made from the dataclasses of pipeline/events/, socket.ts from those of the other messages on the
websocket of a call, audio.ts from those of the socket of a page's microphone, floor.ts from those of the floor's,
sound.ts from those of a call that is listened to, http/ from the OpenAPI document, a file a room.
"""

from __future__ import annotations

import dataclasses
import enum
import inspect
import re
import sys
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import get_args

from pipeline.codec import EVENT_TYPES
from pipeline.digest import Digest, HelpNow, HintNow, Line, Since, Unheeded, WhisperNow
from pipeline.events import (
    call,
    channels,
    faults,
    help,
    hints,
    legend,
    measures,
    prompts,
    record,
    recording,
    score,
    turns,
    words,
)
from pipeline.floor import messages as floor
from pipeline.people.audit import Audit
from pipeline.ports import HelpMessage, PageMessage, SeenMessage
from pipeline.server.app import Site, create_app
from pipeline.server.audio_messages import HeardSide, Listens, SideLevel, Told
from pipeline.server.hub import Hub
from pipeline.server.messages import Alive, CondensedPast, LeftOut, Refusal
from pipeline.server.registry import Registry
from pipeline.server.sound_messages import Ping, Pong
from pipeline.session.sessions import Sessions
from pipeline.store.audit import SqlAuditLog
from pipeline.store.condensed import MOST
from pipeline.store.sql import SqlStore
from scripts.generated import keep
from scripts.http_rooms import HEAD, http_files
from scripts.typescript import OpenApi, enum_type, interface

SUBJECTS = (legend, call, channels, turns, prompts, measures, words, recording, faults, hints, help, score, record)
FOLDER = Path(__file__).parents[1] / "dashboard" / "src" / "api"
TIMES = "// All times are integer milliseconds of audio since the call's start.\n"


def main() -> int:
    return keep(wanted(), __doc__)


def wanted() -> dict[Path, str]:
    of_events = event_types()
    of_floor = floor_types(_names(of_events))
    files = {
        "events.ts": of_events,
        "socket.ts": socket_types(),
        "audio.ts": audio_types(),
        "floor.ts": of_floor,
        "sound.ts": sound_types(),
    }
    for name, text in http_types({"../events": _names(of_events), "../floor": _names(of_floor)}).items():
        files[f"http/{name}"] = text
    return {FOLDER / name: text for name, text in files.items()}


def _names(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"^export (?:type|interface) (\w+)", text, re.MULTILINE))


def _import(names: Iterable[str], file: str) -> str:
    return f'import type {{ {", ".join(sorted(names))} }} from "./{file}"\n'


def event_types() -> str:
    ours = [cls for subject in SUBJECTS for cls in vars(subject).values() if _is_of(subject, cls)]
    parts = [HEAD.format("pipeline/events/") + TIMES]
    parts += [enum_type(cls) for cls in ours if issubclass(cls, enum.Enum)]
    parts += [interface(cls) for cls in ours if dataclasses.is_dataclass(cls) and cls is not record.Record]
    names = " ".join(f"|\u00a0{name}" for name in EVENT_TYPES)  # a bar never ends a line
    union = textwrap.fill(names, 120, initial_indent="  ", subsequent_indent="  ").replace("\u00a0", " ")
    parts.append(f"export type Event =\n{union}\n")
    parts.append('export type EventKind = Event["kind"]\n')
    parts.append(interface(record.Record))
    return "\n".join(parts)


def _is_of(subject: ModuleType, cls: object) -> bool:
    return inspect.isclass(cls) and cls.__module__ == subject.__name__


def socket_types() -> str:
    """What goes over the websocket of a call besides the records alone."""
    kept = ", ".join(f"{name}: {number}" for name, number in dataclasses.asdict(MOST).items())
    parts = [
        HEAD.format("PageMessage, pipeline/server/messages.py and pipeline/store/condensed.py"),
        'import type { CallRecord } from "./events"\n',
        *(interface(cls, is_sent=True) for cls in (PageMessage, HelpMessage, SeenMessage)),
        *(interface(cls) for cls in (LeftOut, CondensedPast, Alive, Refusal)),
        "/** How many entries of its lists a page keeps of a call that lasts all day. */",
        f"export const MOST = {{ {kept} }} as const\n",
    ]
    return "\n".join(parts)


def audio_types() -> str:
    """What goes over the socket of a page's microphone besides sound."""
    sent, told = (HeardSide, Listens, SideLevel), get_args(Told)
    names = " | ".join(cls.__name__ for cls in (*told, Alive, Refusal))
    parts = [
        HEAD.format("pipeline/server/audio_messages.py"),
        'import type { Alive, Refusal } from "./socket"\n',
        *(interface(cls, is_sent=True) for cls in sent),
        *(interface(cls) for cls in told),
        f"export type Told = {names}\n",
    ]
    return "\n".join(parts)


def sound_types() -> str:
    """What goes over the socket of a call that somebody listens to."""
    head = HEAD.format("pipeline/server/sound_messages.py")
    return "\n".join([head, interface(Ping), interface(Pong)])


def floor_types(known: frozenset[str]) -> str:
    """What goes over the websocket of the floor. A field of a digest that is not there has nothing to tell."""
    of_digest = (Since, HintNow, Line, HelpNow, WhisperNow, Unheeded)
    ours = [cls for cls in vars(floor).values() if _is_of(floor, cls)]
    parts = [*map(interface, of_digest), interface(Digest, is_sent=True), *map(interface, ours)]
    text = "\n".join(parts)
    borrowed = [name for name in known if re.search(rf"^  .*: .*\b{name}\b", text, re.MULTILINE)]
    head = HEAD.format("pipeline/floor/messages.py and pipeline/digest.py")
    return "\n".join([head, _import(borrowed, "events"), text])


def http_types(known: Mapping[str, frozenset[str]]) -> dict[str, str]:
    """`known`: the types that other files have."""
    with TemporaryDirectory() as folder:
        store = SqlStore(Path(folder) / "calls.db")
        registry = Registry.of(store, Audit(SqlAuditLog(store.database), b"of nothing"))
        app = create_app(store, Hub(), Sessions(), registry, Site(Path(folder)))
        store.database.close()
    return http_files(OpenApi(app.openapi(), frozenset[str]().union(*known.values())), known)


if __name__ == "__main__":
    sys.exit(main())
