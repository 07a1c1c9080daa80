"""A list of people as CSV, as spreadsheets write it: all of it is taken over, or nothing.

The first line names the columns, in Chinese or English: 姓名, 登录名, 角色, 班组, 工号, 话机号. A login that is known
is changed, so a list can be read again. Teams that there are not yet are added.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.errors import AccountRefused
from pipeline.people.audit import Deed
from pipeline.people.directory import UserFields, add_team, add_user, change_user
from pipeline.people.keeping import Keeping, Kept
from pipeline.people.names import one_form
from pipeline.people.permissions import Role
from pipeline.people.person import EVERY_TEAM

MOST_LINES = 10_000
MOST_BYTES = 10_000_000
_COLUMNS = {
    "姓名": "name", "登录名": "login", "角色": "role", "班组": "team", "工号": "agent_id", "话机号": "telephone_id",
    "name": "name", "login": "login", "role": "role", "team": "team", "agent_id": "agent_id", "agent id": "agent_id",
    "telephone_id": "telephone_id", "telephone id": "telephone_id",
}  # fmt: skip
_ROLES = {
    "坐席": Role.AGENT, "座席": Role.AGENT, "客服": Role.AGENT, "质检": Role.QA, "班长": Role.LEAD, "组长": Role.LEAD,
    "管理员": Role.ADMIN, **{str(role): role for role in Role},
}  # fmt: skip
_EVERY_TEAM = {EVERY_TEAM, "全部", "全部班组", "all"}


@dataclass(frozen=True, slots=True)
class Refused:
    """A line of the list, counted from 1, and why it cannot be taken over."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """Ids of users, and of teams that were new; empty where anything is refused, as nothing was changed then."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    refused: tuple[Refused, ...] = ()

    @property
    def deeds(self) -> Iterator[tuple[Deed, str]]:
        """As the audit notes them: what was done, and to whom."""
        for deed, ids in (
            (Deed.TEAM_ADDED, self.teams), (Deed.USER_ADDED, self.added), (Deed.USER_CHANGED, self.changed),
        ):  # fmt: skip
            yield from ((deed, id) for id in ids)


class _Refusal(Exception):
    pass


class Roster:
    """Thread-safe."""

    def __init__(self, keeping: Keeping, clock: Callable[[], float] = time.time) -> None:
        self._keeping = keeping
        self._clock = clock

    def take_over(self, text: str) -> Imported:
        """What may not be stands in `refused`. Raises StoreError."""
        rows, refused = _rows(text)
        added: list[str] = []
        changed: list[str] = []
        try:
            with self._keeping.changing() as kept:
                before = {team.id for team in kept.teams()}
                for line, row in rows:
                    try:
                        user_id, is_new = _take(kept, row, self._clock())
                    except AccountRefused as error:
                        refused.append(Refused(line, str(error)))
                        continue
                    (added if is_new else changed).append(user_id)
                if refused:
                    raise _Refusal  # takes back what the lines before have changed
                teams = tuple(team.id for team in kept.teams() if team.id not in before)
        except _Refusal:
            return Imported(refused=tuple(sorted(refused, key=lambda one: one.line)))
        return Imported(tuple(added), tuple(changed), teams)


def decoded(content: bytes) -> str:
    """UTF-8, with or without a mark, else GB18030, as spreadsheets in China write it. Raises AccountRefused."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AccountRefused("the list is neither UTF-8 nor GB18030", "encoding")


def _rows(text: str) -> tuple[list[tuple[int, dict[str, str]]], list[Refused]]:
    text = text.removeprefix("\ufeff")
    first = text.split("\n", 1)[0]
    separator = max(",;\t，", key=first.count)
    reader = csv.reader(text.splitlines(), delimiter=separator, strict=True)
    rows: list[tuple[int, dict[str, str]]] = []
    refused: list[Refused] = []
    names: list[str] | None = None
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if names is None:
                names = _columns(cells)
            elif len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
                refused.append(
                    Refused(reader.line_num, f"there are {len(cells)} cells; the first line names {len(names)}")
                )
            elif len(rows) >= MOST_LINES:
                return [], [Refused(reader.line_num, f"there are more than {MOST_LINES} lines")]
            else:
                rows.append((reader.line_num, dict(zip(names, (cell.strip() for cell in cells), strict=False))))
    except (AccountRefused, csv.Error) as error:
        return [], [Refused(max(1, reader.line_num), str(error))]
    return rows, refused or _twice(rows) or ([Refused(1, "the list is empty")] if not rows else [])


def _columns(cells: list[str]) -> list[str]:
    names = [_COLUMNS.get(one_form(cell), "") for cell in cells]
    if unknown := [cell for cell, name in zip(cells, names, strict=True) if not name and cell.strip()]:
        known = "姓名, 登录名, 角色, 班组, 工号, 话机号 (name, login, role, team, agent_id, telephone_id)"
        raise AccountRefused(f"there is no column {unknown[0]!r}; there are {known}", "column")
    if missing := [name for name in ("name", "login", "role") if name not in names]:
        raise AccountRefused(
            f"the first line must name the columns 姓名, 登录名 and 角色; {missing[0]} is missing", "column"
        )
    if len(set(filter(None, names))) < len(list(filter(None, names))):
        raise AccountRefused("the first line names a column twice", "column")
    return names


def _twice(rows: list[tuple[int, dict[str, str]]]) -> list[Refused]:
    seen: dict[str, int] = {}
    refused = []
    for line, row in rows:
        login = one_form(row.get("login", ""))
        if login in seen:
            refused.append(Refused(line, f"login {login} stands in line {seen[login]} too"))
        seen.setdefault(login, line)
    return refused


def _take(kept: Kept, row: Mapping[str, str], now: float) -> tuple[str, bool]:
    """Id of the user, and whether it is a new one."""
    role = _ROLES.get(one_form(row.get("role", "")))
    if role is None:
        raise AccountRefused(f"role is {row.get('role', '')!r}; it must be 坐席, 质检, 班长 or 管理员", "role")
    fields: dict[str, object] = {"name": row.get("name", ""), "role": role}
    for name in ("agent_id", "telephone_id"):
        if name in row:
            fields[name] = row[name] or None
    if "team" in row:
        parts = [part.strip() for part in row["team"].replace("、", "/").replace(";", "/").split("/") if part.strip()]
        teams = [EVERY_TEAM if one_form(part) in _EVERY_TEAM else _team_id(kept, part, now) for part in parts]
        if role == Role.QA:
            fields["assigned"] = tuple(teams)
        elif len(teams) > 1:
            raise AccountRefused(f"team is {row['team']!r}; only QA has more than one", "no_team")
        else:
            fields["team"] = teams[0] if teams else None
    known = kept.user_named(one_form(row.get("login", "")))
    if known is not None and known.login == one_form(row.get("login", "")):
        return change_user(kept, known.id, fields, now).id, False
    return add_user(kept, UserFields(login=row.get("login", ""), **fields), now).id, True  # type: ignore[arg-type]


def _team_id(kept: Kept, name: str, now: float) -> str:
    for team in kept.teams():
        if one_form(name) in (one_form(team.id), one_form(team.name)):
            return team.id
    return add_team(kept, name, None, now).id
