"""Who may do what: one table of roles, actions and scopes, as data.

Every route, page, mount and socket of the server names its action; what is not in the table is not permitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What a person is here for."""

    AGENT = "agent"
    QA = "qa"
    LEAD = "lead"
    ADMIN = "admin"


class MachineRole(StrEnum):
    """What a token is for."""

    TELEPHONE = "telephone"  # a telephone system or CTI: begins and ends calls, tells facts and announcements
    RECORDS = "records"  # a program that reads calls
    METRICS = "metrics"  # a monitoring system
    DESK = "desk"  # an agent's machine, which reports the calls of whoever has signed in there
    LOAD = "load"  # a load test: desks that are made up, with agents of its own


BY_HAND = tuple(role for role in MachineRole if role is not MachineRole.DESK)
"""What a token may be made for by hand: a desk's is made by its enrolment, and is of no use without."""


class Scope(StrEnum):
    """Of which objects an action is permitted."""

    OWN = "own"  # calls of the person's agent id; the person's own account
    TEAM = "team"  # calls that were of the person's team
    ASSIGNED = "assigned"  # calls of the teams that were assigned to the person
    ALL = "all"


class Action(StrEnum):
    """Everything that can be done here."""

    CALL_READ = "call.read"  # its records, its summary in lists, its websocket
    CALL_LISTEN = "call.listen"  # its recording
    CALL_LISTEN_UNHEARD = "call.listen_unheard"  # the recording, also where nobody knows what is said in it
    CALL_LISTEN_LIVE = "call.listen_live"  # its sound while it runs; its agent is told
    CALL_UNMASKED = "call.unmasked"  # what is private in it, although its team has that masked for others
    CALL_CONTROL = "call.control"  # begin and end it, tell facts and announcements
    CALL_SPEAK = "call.speak"  # one's page is the microphone of one's calls
    CALL_ANSWER = "call.answer"  # its hints: shown, dismissed, done
    CALL_IMPORT = "call.import"  # recordings of before become calls
    CALL_CONSENT = "call.consent"  # take back the consent to its recording after its end
    CALL_HOLD = "call.hold"  # nothing of it is deleted before it is released
    REVIEW_READ = "review.read"  # what people have said of a call, and what waits for oneself
    REVIEW_JUDGE = "review.judge"  # verdicts on items, the end of a review, the decision of an appeal
    REVIEW_ANSWER = "review.answer"  # accept or appeal what was found
    REVIEW_CHECK = "review.check"  # what the lead says of an appeal; an item opened again
    REVIEW_COMMENT = "review.comment"
    RULES_READ = "rules.read"  # how often people agree with each rule
    HEADSET_READ = "headset.read"
    HEADSET_CHANGE = "headset.change"  # try and choose devices
    FLOOR_WATCH = "floor.watch"
    FLOOR_HELP = "floor.help"  # take and close what agents need help with, and send them a sentence
    FLOOR_ARRANGE = "floor.arrange"  # who sits where
    PEOPLE_READ = "people.read"
    PEOPLE_CHANGE = "people.change"  # users, teams, invitations, resets
    TOKENS_READ = "tokens.read"
    TOKENS_CHANGE = "tokens.change"
    TEAM_SETTINGS_READ = "team_settings.read"
    TEAM_SETTINGS_CHANGE = "team_settings.change"
    AUDIT_READ = "audit.read"
    METRICS_READ = "metrics.read"
    DESK_CONNECT = "desk.connect"  # report calls from an agent's machine
    DESKS_READ = "desks.read"  # which machines report here, and who sits at them
    DESKS_CHANGE = "desks.change"  # let machines in and out
    SYSTEM_READ = "system.read"  # clock, recogniser, health in detail, the API's description
    SELF = "self"  # own account, sessions, data, and who opened one's calls


_OWN, _TEAM, _ASSIGNED, _ALL = Scope.OWN, Scope.TEAM, Scope.ASSIGNED, Scope.ALL
_EVERYBODY = {Action.SELF: _OWN, Action.SYSTEM_READ: _ALL}

TABLE: Mapping[Role | MachineRole, Mapping[Action, Scope]] = MappingProxyType({
    Role.AGENT: MappingProxyType({
        **_EVERYBODY,
        Action.CALL_READ: _OWN,
        Action.CALL_LISTEN: _OWN,
        Action.CALL_LISTEN_UNHEARD: _OWN,
        Action.CALL_UNMASKED: _OWN,
        Action.CALL_CONTROL: _OWN,
        Action.CALL_SPEAK: _OWN,
        Action.CALL_ANSWER: _OWN,
        Action.CALL_CONSENT: _OWN,
        Action.REVIEW_READ: _OWN,
        Action.REVIEW_ANSWER: _OWN,
        Action.REVIEW_COMMENT: _OWN,
        Action.HEADSET_READ: _OWN,
        Action.HEADSET_CHANGE: _OWN,
    }),
    Role.QA: MappingProxyType({
        **_EVERYBODY,
        Action.CALL_READ: _ASSIGNED,
        Action.CALL_LISTEN: _ASSIGNED,
        Action.CALL_IMPORT: _ASSIGNED,
        Action.CALL_HOLD: _ASSIGNED,
        Action.REVIEW_READ: _ASSIGNED,
        Action.REVIEW_JUDGE: _ASSIGNED,
        Action.REVIEW_COMMENT: _ASSIGNED,
        Action.RULES_READ: _ASSIGNED,
    }),
    Role.LEAD: MappingProxyType({
        **_EVERYBODY,
        Action.CALL_READ: _TEAM,
        Action.CALL_LISTEN: _TEAM,
        Action.CALL_LISTEN_UNHEARD: _TEAM,
        Action.CALL_LISTEN_LIVE: _TEAM,
        Action.CALL_IMPORT: _TEAM,
        Action.CALL_CONSENT: _TEAM,
        Action.CALL_HOLD: _TEAM,
        Action.REVIEW_READ: _TEAM,
        Action.REVIEW_CHECK: _TEAM,
        Action.REVIEW_COMMENT: _TEAM,
        Action.RULES_READ: _TEAM,
        Action.FLOOR_WATCH: _TEAM,
        Action.FLOOR_HELP: _TEAM,
        Action.FLOOR_ARRANGE: _TEAM,
        Action.TEAM_SETTINGS_READ: _TEAM,
    }),
    # An administrator sees people and settings, and no call.
    Role.ADMIN: MappingProxyType({
        **_EVERYBODY,
        Action.CALL_CONSENT: _ALL,
        Action.PEOPLE_READ: _ALL,
        Action.PEOPLE_CHANGE: _ALL,
        Action.TOKENS_READ: _ALL,
        Action.TOKENS_CHANGE: _ALL,
        Action.TEAM_SETTINGS_READ: _ALL,
        Action.TEAM_SETTINGS_CHANGE: _ALL,
        Action.AUDIT_READ: _ALL,
        Action.METRICS_READ: _ALL,
        Action.DESKS_READ: _ALL,
        Action.DESKS_CHANGE: _ALL,
    }),
    MachineRole.TELEPHONE: MappingProxyType({
        Action.CALL_READ: _ALL,
        Action.CALL_LISTEN: _ALL,
        Action.CALL_CONTROL: _ALL,
        Action.CALL_CONSENT: _ALL,
        Action.HEADSET_READ: _ALL,
        Action.SYSTEM_READ: _ALL,
    }),
    MachineRole.RECORDS: MappingProxyType({
        Action.CALL_READ: _ALL, Action.CALL_LISTEN: _ALL, Action.FLOOR_WATCH: _ALL, Action.SYSTEM_READ: _ALL,
    }),
    MachineRole.METRICS: MappingProxyType({Action.METRICS_READ: _ALL}),
    MachineRole.DESK: MappingProxyType({Action.DESK_CONNECT: _OWN}),
    MachineRole.LOAD: MappingProxyType({Action.DESK_CONNECT: _OWN}),
})  # fmt: skip


def scope_of(role: Role | MachineRole, action: Action) -> Scope | None:
    """None: not permitted at all."""
    return TABLE[role].get(action)
