"""Every route that asks the table of permissions: what it is asked with, and what it answers to somebody who may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.desk_protocol.kinds import Close
from pipeline.people.permissions import Action, Scope
from pipeline.server.live_sound import CLOSE_OVER
from tests.server.office import CALLS

if TYPE_CHECKING:
    from tests.server.walk import Walk

OPENED = 101  # of a socket; the status of one that was refused is its code without the 4000
# What has an owner, by what stands for it in the walk, and which of these each scope has.
CALL = {Scope.OWN: {"own"}, Scope.TEAM: {"own", "team"}, Scope.ASSIGNED: {"assigned"}, Scope.ALL: set(CALLS)}
TEAM = {Scope.TEAM: {"a"}, Scope.ALL: {"a", "b", "c"}}
SESSION = {Scope.OWN: {"own session"}}
OWNED = {
    "call": (CALL, list(CALLS)),
    "team": (TEAM, ["a", "b", "c"]),
    "session": (SESSION, ["own session", "another's"]),
}


@dataclass(frozen=True)
class Case:
    """`may`: the status for somebody who may. `of`: what has an owner in the address, else `target` gives its id."""

    action: Action
    may: int = 200
    body: Any = None
    of: str = ""
    target: Callable[[Walk], str] = lambda _: "x"
    query: str = ""


def _said(kind: str, **more: object) -> dict[str, object]:
    """The body of what is said of a call."""
    told = {"verdict": {"verdict": "met", "reason": "说了"}, "commented": {"text": "好"}}.get(kind, {})
    return {"act": {"kind": kind, **told, **more}, "seen": 0}


_SET = {"expected_version": 0, "reason": "会议纪要", "settings": {"masking": False}}
_LIST = {"csv": "姓名,登录名,角色\n甲,jia,质检\n"}
CASES = {
    "GET /api/clock": Case(Action.SYSTEM_READ),
    "GET /api/centre": Case(Action.SYSTEM_READ, 204),
    "GET /api/recogniser": Case(Action.SYSTEM_READ),
    "GET /openapi.json": Case(Action.SYSTEM_READ),
    "GET /metrics": Case(Action.METRICS_READ),
    "GET /api/calls": Case(Action.CALL_READ),
    "GET /api/calls/latest": Case(Action.CALL_READ),
    "SOCKET /ws/floor": Case(Action.FLOOR_WATCH, OPENED),
    "POST /api/floor/cases/{id}/take": Case(Action.FLOOR_HELP, 404),  # there is none
    "POST /api/floor/cases/{id}/close": Case(Action.FLOOR_HELP, 404, {"reason": "好了"}),
    "POST /api/calls/{call_id}/whispers": Case(
        Action.FLOOR_HELP, 409, {"text": "今晚可派师傅"}, of="call"
    ),  # has ended
    "POST /api/ringing": Case(Action.CALL_CONTROL, 404, {"agent_id": "nobody"}),
    "GET /api/floor/cases": Case(Action.FLOOR_WATCH),
    "GET /api/floor/day": Case(Action.FLOOR_WATCH),
    "GET /api/floor/day.csv": Case(Action.FLOOR_WATCH),
    "GET /api/floor/late": Case(Action.FLOOR_HELP),
    "GET /api/floor/plan": Case(Action.FLOOR_ARRANGE),
    "PUT /api/floor/plan": Case(Action.FLOOR_ARRANGE, 404, {"team": "nobodys", "version": "-", "positions": {}}),
    "SOCKET /ws/calls/{call_id}": Case(Action.CALL_READ, OPENED, of="call"),
    "SOCKET /ws/calls/{call_id}/sound": Case(Action.CALL_LISTEN_LIVE, CLOSE_OVER - 4_000, of="call"),
    "SOCKET /ws/desk": Case(Action.DESK_CONNECT, Close.NO_CENTRE - 4_000),
    "SOCKET /ws/agent/audio": Case(Action.CALL_SPEAK, OPENED),
    "GET /api/calls/{call_id}/records": Case(Action.CALL_READ, of="call"),
    "GET /api/calls/{call_id}/audio": Case(Action.CALL_LISTEN, of="call"),
    "HEAD /api/calls/{call_id}/audio": Case(Action.CALL_LISTEN, of="call"),
    "GET /api/calls/{call_id}/audio/peaks": Case(Action.CALL_READ, of="call"),
    "GET /api/calls/{call_id}/hold": Case(Action.CALL_HOLD, of="call"),
    "PUT /api/calls/{call_id}/hold": Case(Action.CALL_HOLD, body={"reason": "诉讼"}, of="call"),
    "DELETE /api/calls/{call_id}/hold": Case(Action.CALL_HOLD, 204, of="call"),
    "GET /api/calls/{call_id}/found": Case(Action.CALL_READ, of="call", query="?words=hao"),
    "GET /api/qa/calls": Case(Action.CALL_READ),
    "GET /api/qa/counts": Case(Action.CALL_READ),
    "GET /api/qa/total": Case(Action.CALL_READ),
    "GET /api/qa/calls.{kind}": Case(Action.CALL_READ, target=lambda _: "csv"),
    "PUT /api/qa/calls/{call_id}/mark": Case(Action.CALL_READ, 204, {"is_marked": True}, of="call"),
    "GET /api/qa/views": Case(Action.CALL_READ),
    "PUT /api/qa/views": Case(Action.CALL_READ, 204, {"name": "今天", "query": "fatal=true"}),
    "DELETE /api/qa/views": Case(Action.CALL_READ, 204, {"name": "今天"}),
    "GET /floor": Case(Action.FLOOR_WATCH),
    "GET /floor/{rest:path}": Case(Action.FLOOR_WATCH),
    "GET /qa/rules": Case(Action.RULES_READ),
    "GET /qa/rules/{rest:path}": Case(Action.RULES_READ),
    "GET /qa": Case(Action.CALL_IMPORT),
    "GET /qa/{rest:path}": Case(Action.CALL_IMPORT),
    "GET /qa/calls": Case(Action.REVIEW_READ),
    "GET /qa/calls/{rest:path}": Case(Action.REVIEW_READ),
    "GET /api/calls/{call_id}/review": Case(Action.REVIEW_READ, of="call"),
    "POST /api/calls/{call_id}/review/judge": Case(Action.REVIEW_JUDGE, 422, _said("verdict", rule="x"), of="call"),
    "POST /api/calls/{call_id}/review/answer": Case(Action.REVIEW_ANSWER, body=_said("seen", upto=0), of="call"),
    "POST /api/calls/{call_id}/review/check": Case(
        Action.REVIEW_CHECK, 422, _said("checked", rule="x", is_right=True, reason="属实"), of="call"
    ),
    "POST /api/calls/{call_id}/review/comment": Case(Action.REVIEW_COMMENT, body=_said("commented"), of="call"),
    "POST /api/calls/{call_id}/printed": Case(Action.REVIEW_READ, 204, of="call"),
    "GET /api/reviews/waiting": Case(Action.REVIEW_READ),
    "GET /api/reviews/agreement": Case(Action.RULES_READ),
    "GET /api/reviews/agreement.csv": Case(Action.RULES_READ),
    "GET /api/reviews/agreement/{rule}": Case(Action.RULES_READ, 404),
    "POST /api/calls/{call_id}/end": Case(Action.CALL_CONTROL, of="call"),
    "PUT /api/calls/{call_id}/facts": Case(Action.CALL_CONTROL, 409, {"company": "华信"}, of="call"),  # it has ended
    "POST /api/calls/{call_id}/announcement": Case(Action.CALL_CONTROL, 409, {"name": "queue"}, of="call"),
    "DELETE /api/calls/{call_id}/audio": Case(Action.CALL_CONSENT, 202, of="call"),
    "GET /api/headset": Case(Action.HEADSET_READ),
    "POST /api/headset/trial": Case(Action.HEADSET_CHANGE),
    "PUT /api/headset/devices": Case(Action.HEADSET_CHANGE, body={"mic": "usb-mic", "far": "none"}),
    "POST /api/calls": Case(Action.CALL_CONTROL, 201),
    "GET /api/users": Case(Action.PEOPLE_READ),
    "POST /api/users": Case(Action.PEOPLE_CHANGE, 201, {"login": "new", "name": "N", "role": "qa"}),
    "POST /api/users/import": Case(Action.PEOPLE_CHANGE, body=_LIST),
    "PATCH /api/users/{id}": Case(Action.PEOPLE_CHANGE, body={"name": "N"}, target=lambda walk: walk.someone().id),
    "DELETE /api/users/{id}": Case(Action.PEOPLE_CHANGE, 204, target=lambda walk: walk.someone().id),
    "POST /api/users/{id}/link": Case(Action.PEOPLE_CHANGE, 201, target=lambda walk: walk.someone().id),
    "POST /api/users/{id}/release": Case(Action.PEOPLE_CHANGE, 204, target=lambda walk: walk.someone().id),
    "GET /api/teams": Case(Action.PEOPLE_READ),
    "POST /api/teams": Case(Action.PEOPLE_CHANGE, 201, {"name": "D 组"}),
    "PATCH /api/teams/{id}": Case(Action.PEOPLE_CHANGE, body={"name": "夜班"}, target=lambda _: "c"),
    "DELETE /api/teams/{id}": Case(Action.PEOPLE_CHANGE, 204, target=lambda walk: walk.team()),
    "GET /api/teams/{id}/settings": Case(Action.TEAM_SETTINGS_READ, of="team"),
    "PUT /api/teams/{id}/settings": Case(Action.TEAM_SETTINGS_CHANGE, body=_SET, target=lambda _: "a"),
    "GET /api/tokens": Case(Action.TOKENS_READ),
    "POST /api/tokens": Case(Action.TOKENS_CHANGE, 201, {"name": "CTI", "role": "telephone"}),
    "DELETE /api/tokens/{id}": Case(Action.TOKENS_CHANGE, 204, target=lambda walk: walk.token()),
    "GET /api/desks": Case(Action.DESKS_READ),
    "POST /api/desks/codes": Case(Action.DESKS_CHANGE, 201),
    "DELETE /api/desks/{id}": Case(Action.DESKS_CHANGE, 204, target=lambda walk: walk.desk()),
    "GET /api/desks/self": Case(Action.DESK_CONNECT, 404),  # with a token that was given to no desk
    "DELETE /api/desks/self": Case(Action.DESK_CONNECT, 404),
    "GET /api/audit": Case(Action.AUDIT_READ),
    "GET /api/audit/state": Case(Action.AUDIT_READ),
    "GET /api/permissions": Case(Action.SELF),
    "GET /api/me/calls": Case(Action.REVIEW_ANSWER),
    "GET /api/me/practice": Case(Action.REVIEW_ANSWER),
    "GET /api/me/opened": Case(Action.SELF),
    "GET /api/me/data": Case(Action.SELF),
    "GET /api/me/sessions": Case(Action.SELF),
    "PUT /api/me/password": Case(Action.SELF, 422, {"old": "x", "new": "short"}),
    "DELETE /api/me/sessions/{id}": Case(Action.SELF, 204, of="session"),
    "GET /api/imports": Case(Action.CALL_IMPORT),
    "GET /api/imports/running": Case(Action.CALL_IMPORT),
    "POST /api/imports": Case(Action.CALL_IMPORT, 409, query="?name=a.wav&team=a"),  # nothing is imported here
    "POST /api/imports/names": Case(Action.CALL_IMPORT, body={"pattern": "{agent}_*", "names": ["1_x.wav"]}),
    "PUT /api/imports/pause": Case(Action.CALL_IMPORT, 409, body={"is_wanted": True}),
    "DELETE /api/imports": Case(Action.CALL_IMPORT, 409),
    "DELETE /api/imports/{id}": Case(Action.CALL_IMPORT, 409),
    "GET /qa/import": Case(Action.CALL_IMPORT),
    "GET /qa/import/{rest:path}": Case(Action.CALL_IMPORT),
    "GET /qa/appeals": Case(Action.REVIEW_READ),
    "GET /qa/appeals/{rest:path}": Case(Action.REVIEW_READ),
    "GET /": Case(Action.SELF, 307),
    "GET /agent/calls": Case(Action.REVIEW_ANSWER),
    "GET /agent/calls/{rest:path}": Case(Action.REVIEW_ANSWER),
    "GET /agent": Case(Action.CALL_READ),
    "GET /agent/{rest:path}": Case(Action.CALL_READ),
    "GET /me": Case(Action.SELF),
    "GET /me/{rest:path}": Case(Action.SELF),
    "GET /admin": Case(Action.PEOPLE_READ),
    "GET /admin/{rest:path}": Case(Action.PEOPLE_READ),
    "GET /admin/tokens": Case(Action.TOKENS_READ),
    "GET /admin/tokens/{rest:path}": Case(Action.TOKENS_READ),
    "GET /admin/desks": Case(Action.DESKS_READ),
    "GET /admin/desks/{rest:path}": Case(Action.DESKS_READ),
    "GET /admin/settings": Case(Action.TEAM_SETTINGS_READ),
    "GET /admin/settings/{rest:path}": Case(Action.TEAM_SETTINGS_READ),
    "GET /admin/audit": Case(Action.AUDIT_READ),
    "GET /admin/audit/{rest:path}": Case(Action.AUDIT_READ),
    "DELETE /api/me/sessions": Case(Action.SELF, 204),  # the last: the session of the walk ends by it
}
