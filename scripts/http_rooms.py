"""The types of what is asked over HTTP, a file for each room of the dashboard: written from the OpenAPI document.

A type that routes of several rooms use is common to them. Who imports asks `api/http`, which has them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from scripts.typescript import OpenApi, Part

HEAD = "// Generated from {} by scripts/generate_types.py. Do not edit: run `make types`.\n"
COMMON = "common"
ROOMS = {
    "reviews": r"/reviews/|/calls/\{call_id\}/review",
    "qa": r"/qa/|/calls/\{call_id\}/(hold|printed|found|audio/peaks)",
    "imports": r"/imports",
    "floor": r"/floor/|/ringing|/calls/\{call_id\}/whispers",
    "agent": r"/health|/clock|/calls|/headset|/recogniser|/me/(calls|practice)",
    "people": r"/session|/links|/users|/teams|/permissions|/me/",
    "admin": r"/tokens|/audit|/desks|/centre",
}
"""By the beginning of the path of a route, behind `/api`: the first that fits."""


def http_files(document: OpenApi, known: Mapping[str, frozenset[str]]) -> dict[str, str]:
    """By their names. `known`: the types that other files have."""
    routes: dict[str, dict[str, Part]] = {room: {} for room in ROOMS}
    for route, part in document.routes().items():
        routes[_room_of(route)][route] = part
    used = {room: document.interfaces_of(parts.values()) for room, parts in routes.items()}
    places: dict[str, str] = {}
    for room, interfaces in used.items():
        places |= {name: COMMON if name in places else room for name in interfaces}
    files = {"index.ts": _index()}
    for room in (COMMON, *ROOMS):
        parts = {name: part for all_ in used.values() for name, part in all_.items() if places[name] == room}
        own = [parts[name] for name in sorted(parts)]
        own += [_routes(room, routes[room])] if room in routes else []
        elsewhere = dict(known) | {f"./{COMMON}": _placed(places, COMMON)}
        files[f"{room}.ts"] = "\n".join(
            [_head(own, elsewhere if room != COMMON else known), *(one.text for one in own)]
        )
    return files


def _room_of(route: str) -> str:
    path = route.split(" ", 1)[1].removeprefix("/api")
    room = next((room for room, beginning in ROOMS.items() if re.match(beginning, path)), None)
    if room is None:
        raise ValueError(f"no room for {route}: teach scripts/http_rooms.py")
    return room


def _placed(places: Mapping[str, str], room: str) -> frozenset[str]:
    return frozenset(name for name, place in places.items() if place == room)


def _routes(room: str, parts: Mapping[str, Part]) -> Part:
    """What each route takes and answers by its status, as far as that is JSON; null: nothing."""
    lines = [f"export interface {_interface(room)} {{", *(part.text for part in parts.values()), "}", ""]
    return Part("\n".join(lines), frozenset[str]().union(*(part.named for part in parts.values())))


def _interface(room: str) -> str:
    return f"{room.capitalize()}Routes"


def _head(parts: Iterable[Part], elsewhere: Mapping[str, frozenset[str]]) -> str:
    named = frozenset[str]().union(*(part.named for part in parts))
    head = HEAD.format("the application's OpenAPI document")
    lines = [
        f'import type {{ {", ".join(sorted(named & names))} }} from "{file}"\n'
        for file, names in elsewhere.items()
        if named & names
    ]
    return head + ("\n" if lines else "") + "".join(lines)


def _index() -> str:
    head = HEAD.format("the application's OpenAPI document")
    imports = "".join(f'import type {{ {_interface(room)} }} from "./{room}"\n' for room in ROOMS)
    exports = "".join(f'export type * from "./{room}"\n' for room in (COMMON, *ROOMS))
    routes = f"/** All there are. */\nexport interface Routes extends {', '.join(map(_interface, ROOMS))} {{}}\n"
    return "\n".join([head, imports, exports, routes])
