"""What a team has set: one table with versions, of which a call stores the one it began with.

Each change has its author and reason, is a row of the audit, and names the version it was made from: of two who change
at once the second is told. Most of the settings are kept for what callcoach cannot do yet; `ACTED_ON` names the others.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Annotated, Any, Literal, Protocol, get_args, get_origin, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError

from pipeline.documents import shown
from pipeline.errors import AccountRefused
from pipeline.events.actor import Actor
from pipeline.people.audit import Audit, Deed
from pipeline.people.entrance import Origin
from pipeline.quantities import OneLine, Share, in_order, is_one_line, plain, wanted, within

LONGEST_REASON = 200  # characters

Days = Annotated[int, within(0, 3_650)]
Rate = Annotated[float, within(0, 600)]  # characters a minute

OF_FLOOR = frozenset({
    "alert_step", "alert_dead_air_s", "alert_blind_s", "alert_fatal", "alert_help", "alert_escalate_s",
    "wrap_up_s",
})  # fmt: skip
"""By which a lead is called: no machine of an agent has anything to do with them."""
ACTED_ON = OF_FLOOR | {
    "consent", "masking", "appeal_days", "alerts",
    "retention_audio_days", "retention_private_days", "retention_words_days", "retention_records_days",
}  # fmt: skip
"""Settings by which callcoach does something today. All others are kept and change nothing."""


Consent = Literal["never", "asked", "always"]


@dataclass(frozen=True, slots=True)
class TeamSettings:
    """Of one team. 0 of a band: as the rulebook has it.

    `consent`: `never` records no call; `asked` records one once its fact `recording_consent` says so; `always` begins
    with that fact, as the customers have agreed by contract, unless it is told otherwise.
    """

    retention_audio_days: Days = 90
    retention_private_days: Days = 90  # what identifies people, in words and sound: then it goes out of them for good
    retention_words_days: Days = 180
    retention_records_days: Days = 730  # hints, score and times, without words
    consent: Consent = "asked"
    masking: bool = True  # of what identifies a person, where a call is shown or played to others than its agent
    alerts: bool = True  # on the floor, to the team's leads, by what follows; of help and complaints always
    alert_step: Annotated[int, within(0, 4)] = 3  # of the silent call, from which on a lead is called; 0: never
    alert_dead_air_s: Annotated[int, within(0, 600)] = 15  # in which nobody speaks; 0: never
    alert_blind_s: Annotated[int, within(0, 600)] = 10  # in which the coach does not hear a side; 0: never
    alert_fatal: bool = True  # of words that a fatal rule bans
    alert_help: bool = True  # where an agent asks for it
    alert_escalate_s: Annotated[int, within(10, 3_600)] = 60  # without a lead who takes it, until it calls for more
    wrap_up_s: Annotated[int, within(0, 3_600)] = 60  # after a call, in which the floor shows the agent at work on it
    appeal_days: Annotated[int, within(0, 90)] = 7  # within which an agent answers a review
    overlay: OneLine = ""  # name of a file that changes the rulebook for this team
    pace_low: Rate = 0.0
    pace_high: Rate = 0.0
    pitch_share: Share = 0.0  # of the agent's usual variation: less is monotone
    hint_holdout: Share = 0.0  # of the calls in which no hint is shown, to compare with

    __pydantic_config__ = ConfigDict(extra="forbid", allow_inf_nan=False)

    def __post_init__(self) -> None:
        in_order(self, "retention_audio_days", "retention_words_days", "retention_records_days")
        if self.pace_low and self.pace_high:
            in_order(self, "pace_low", "pace_high")


UNSET = TeamSettings()
_READER: TypeAdapter[TeamSettings] = TypeAdapter(TeamSettings)


@dataclass(frozen=True, slots=True)
class SettingsVersion:
    """`version` 0: nobody has set anything; `at` (seconds since 1970) is 0 then. `settings` are as UNSET then."""

    version: int
    at: float
    actor: Actor
    reason: str
    settings: TeamSettings


NEVER_SET = SettingsVersion(0, 0.0, None, "", UNSET)


class SettingsKeeping(Protocol):
    """Thread-safe. Raises StoreError."""

    def has_team(self, team: str) -> bool: ...

    def versions(self, team: str, limit: int | None = None) -> list[SettingsVersion]:
        """The newest first."""

    def add(self, team: str, version: SettingsVersion) -> None: ...


def newest(keeping: SettingsKeeping, team: str | None) -> SettingsVersion:
    """NEVER_SET for a team of which nothing is known. Raises StoreError."""
    return next(iter(keeping.versions(team, 1)), NEVER_SET) if team is not None else NEVER_SET


class SettingsOfTeams:
    """Thread-safe. Raises AccountRefused for what may not be, and changes nothing then."""

    def __init__(self, keeping: SettingsKeeping, audit: Audit, clock: Callable[[], float] = time.time) -> None:
        self._keeping = keeping
        self._audit = audit
        self._clock = clock

    def current(self, team: str | None) -> SettingsVersion:
        """As `newest`."""
        return newest(self._keeping, team)

    def versions(self, team: str) -> list[SettingsVersion]:
        """The newest first."""
        if not self._keeping.has_team(team):
            raise AccountRefused(f"there is no team {team}", "unknown")
        return self._keeping.versions(team)

    def change(
        self, team: str, changes: Mapping[str, Any], *, reason: str, expected: int | None, actor: Actor, origin: Origin
    ) -> SettingsVersion:
        """`changes`: values by the names of TeamSettings; what is not named stays. `expected`: the version that they
        are made from; None: whichever there is.

        Kept with its row of the audit, or not at all.
        """
        reason = reason.strip()
        if not 1 <= len(reason) <= LONGEST_REASON or not is_one_line(reason):
            raise AccountRefused(f"reason must be one line of 1 to {LONGEST_REASON} characters", "reason")
        with self._audit.together():
            before = next(iter(self.versions(team)), NEVER_SET)
            if expected not in (None, before.version):
                who = "somebody has changed them meanwhile"
                raise AccountRefused(f"the settings have version {before.version}, not {expected}: {who}", "outdated")
            settings = read_settings({**asdict(before.settings), **changes})
            if settings == before.settings:
                raise AccountRefused("this changes nothing", "unchanged")
            after = SettingsVersion(before.version + 1, round(self._clock(), 3), actor, reason, settings)
            self._keeping.add(team, after)
            self._audit.note(
                actor, Deed.TEAM_SETTINGS_CHANGED, team, origin, details=_changed(before.settings, after)
            )  # fmt: skip
            return after


def read_settings(given: Mapping[str, Any], *, are_texts: bool = False) -> TeamSettings:
    """Checks types and ranges. `are_texts`: values as they are typed. Raises AccountRefused, one line."""
    known = [field.name for field in fields(TeamSettings)]
    if unknown := sorted(set(given) - set(known)):
        raise AccountRefused(f"there is no setting {shown(unknown[0])}; there are {', '.join(known)}", "value")
    try:
        if are_texts:
            return _READER.validate_strings(dict(given))
        return _READER.validate_json(json.dumps(given), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        if not first["loc"]:  # two that do not go together
            raise AccountRefused(first["msg"].removeprefix("Value error, "), "value") from None
        name = str(first["loc"][0])
        raise AccountRefused(f"{name} is {shown(first['input'])}; it must be {_wanted(name)}", "value") from None


def _wanted(name: str) -> str:
    hint = get_type_hints(TeamSettings, include_extras=True)[name]
    if get_origin(hint) is Literal:
        *others, last = get_args(hint)
        return f"{', '.join(others)} or {last}"
    kinds = {bool: "true or false", int: "a whole number, {}", float: "a number, {}", str: "one line of text"}
    return kinds[plain(hint)].format(wanted(hint))


def kept_settings(told: Mapping[str, Any]) -> TeamSettings:
    """As any version of callcoach has kept them. Raises ValueError."""
    known = {field.name for field in fields(TeamSettings)}
    return _READER.validate_python(TeamSettings(**{name: value for name, value in told.items() if name in known}))


def settings_schema() -> dict[str, Any]:
    """JSON schema (2020-12) of TeamSettings."""
    return _READER.json_schema()


def _changed(before: TeamSettings, after: SettingsVersion) -> dict[str, object]:
    was, now = asdict(before), asdict(after.settings)
    names = [name for name in now if now[name] != was[name]]
    return {
        "version": after.version,
        "before": {name: was[name] for name in names},
        "after": {name: now[name] for name in names},
    }
