"""A stand-in for the routes of people, for tests of their pages in a browser: it answers as the server does."""

from __future__ import annotations

import json
import mimetypes
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, Route

DIST = Path(__file__).parents[2] / "dashboard" / "dist"
ORIGIN = "http://localhost:8000"
PASSWORD = "a long enough password"
REMOVED = "0192f0c1-aaaa-7bbb-8ccc-0123456789ab"
NOW = 1_795_332_291.0  # 2026-11-22 15:24:51 in China
MAY = {
    "agent": ["self", "system.read", "call.read", "call.listen", "call.control", "call.answer", "headset.read"],
    "qa": ["self", "system.read", "call.read", "call.listen", "call.import"],
    "lead": [
        "self", "system.read", "call.read", "call.listen", "call.import", "floor.watch", "team_settings.read",
    ],
    "admin": [
        "self", "system.read", "people.read", "people.change", "tokens.read", "tokens.change", "desks.read",
        "desks.change", "team_settings.read", "team_settings.change", "audit.read",
    ],
}  # fmt: skip
SETTINGS = {
    "retention_audio_days": 90, "retention_private_days": 90, "retention_words_days": 180,
    "retention_records_days": 730, "consent": "asked",
    "masking": True,
}  # fmt: skip


def user(login: str, name: str, role: str, **more: Any) -> dict[str, Any]:
    """One of the list of users."""
    return {
        "id": f"u-{login}", "login": login, "name": name, "role": role, "team": None, "assigned": [], "agent_id": None,
        "telephone_id": None, "is_disabled": False, "has_password": True, "signed_in_at": NOW - 900, "wait_s": 0,
        **more,
    }  # fmt: skip


def desk(number: int, name: str, machine: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"d{number}", "name": name, "machine": machine, "program": "callcoach 0.1.0",
        "enrolled_at": NOW - 9e6 + number, "seen_at": NOW - 3,
        "offset_ms": 40, "revoked_at": None, "is_here": True, "agent": None, **more,
    }  # fmt: skip


def import_job(number: int, name: str, state: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"j{number}", "name": name, "bytes": 4_000_000, "state": state, "share": 0.0, "call_id": None,
        "is_known": False, "reason": None, "detail": "", "ahead": None, "figures": None,
        **more,
    }  # fmt: skip


def audit_row(number: int, actor: str | None, action: str, object: str | None, **more: Any) -> dict[str, Any]:
    return {
        "number": number, "at": NOW - 60 * (20 - number), "actor": actor, "action": action, "object": object,
        "outcome": "done", "address": "10.2.0.15", "agent": "Mozilla/5.0 Chrome/142.0", "details": {},
        "mac": f"{number:04x}7be0a1b2c3d42f1a", **more,
    }  # fmt: skip


class People:
    """What the pages are told, by path; tests change it, and look at what was asked."""

    def __init__(self, page: Page, role: str | None = "admin") -> None:
        self.asked: list[tuple[str, Any]] = []
        self.role = role
        self.tries_left = 4
        self.wait_s = 0.0
        self.is_first_run = False
        self.link: dict[str, Any] | int = 410
        self.users = [
            user("zhengyan", "郑岩", "admin"),
            user("xulan", "许岚", "qa", assigned=["*"]),
            user("zhoulin", "周琳", "qa", assigned=["A", "B"]),
            user("wangmin", "王敏", "lead", team="A"),
            user("linxw", "林晓雯", "agent", team="A", agent_id="1027"),
            user("chenxd", "陈晓东", "agent", team="B", agent_id="1044", wait_s=120),
            user("fuqiang", "傅强", "agent", team="B", agent_id="1052", is_disabled=True, signed_in_at=NOW - 700_000),
        ]
        self.teams = [{"id": "A", "name": "A 组"}, {"id": "B", "name": "B 组"}]
        self.tokens = [
            {"id": "t1", "name": "CTI 弹屏", "role": "telephone", "added_at": NOW - 9e5, "used_at": NOW - 190,
             "revoked_at": None},
            {"id": "t2", "name": "旧报表", "role": "records", "added_at": NOW - 9e6, "used_at": NOW - 8e5,
             "revoked_at": NOW - 7e5},
        ]  # fmt: skip
        lin = {"user_id": "u-linxw", "agent_id": "1027", "name": "林晓雯", "since": NOW - 9e3}
        gone = {"user_id": REMOVED, "agent_id": "1044", "name": None, "since": NOW - 9e3}
        self.desks = [
            desk(1, "前台 07 号机", "FRONT-07 · Windows 11", agent=lin),
            desk(2, "前台 08 号机", "FRONT-08 · Windows 11", agent=gone, offset_ms=-300_000),
            desk(3, "夜班 02 号机", "night-02 · Linux 6.12", is_here=False, seen_at=NOW - 720, offset_ms=3_240),
            desk(4, "夜班 03 号机", "night-03 · Linux 6.12", is_here=False, seen_at=None, offset_ms=None),
            desk(5, "旧前台 03 号机", "FRONT-03 · Windows 10", is_here=False, seen_at=NOW - 8e5, revoked_at=NOW - 7e5),
        ]
        self.code = "K7QM-2ZT9-KF4W-S8AX"
        self.version = 0
        self.audit = [
            audit_row(8, "u-zhengyan", "token.add", "token:t1"),
            audit_row(7, None, "session.slow", "u-chenxd", details={"tries": 5}),
            audit_row(6, "u-zhengyan", "team_settings.change", "team:A",
                      details={"before": {"retention_audio_days": 180}, "after": {"retention_audio_days": 90}}),
            audit_row(5, "u-linxw", "call.read", "0192f0c1-1122-7bbb-8ccc-000000000418", outcome="refused"),
            audit_row(4, "u-xulan", "call.listen", "0192f0c1-1122-7bbb-8ccc-000000000187"),
            audit_row(3, REMOVED, "session.begin", REMOVED),
            audit_row(2, "u-linxw", "session.begin", "u-linxw"),
            audit_row(1, None, "rulebook.change", "2026-11", address="here"),
        ]  # fmt: skip
        self.broken: dict[str, Any] | None = None
        self.is_paused, self.others, self.room = False, 0, 1_000
        self.file_mb = 500
        self.imports = [
            import_job(
                1,
                "20261103_091204_1027_in.wav",
                "done",
                share=1.0,
                call_id="c-1",
                figures={"score": 81.94, "assessed_share": 0.96, "to_confirm": 0, "is_mixed": False},
            ),
            import_job(2, "20261107_110518_［手机号］_in.wav", "refused", reason="cut_off", detail="truncated"),
            import_job(3, "20261118_142007_1046_in.wav", "scoring", share=0.72),
            import_job(4, "20261118_142533_1033_in.wav", "waiting"),
        ]
        page.route(f"{ORIGIN}/**", self._answer)

    def session(self) -> dict[str, Any]:
        person = None
        if self.role is not None:
            found = next(one for one in self.users if one["role"] == self.role)
            person = {key: found[key] for key in ("id", "login", "name", "role", "team", "agent_id")}
            person["may"] = MAY[self.role]
        return {"person": person, "company": "锦和物业客服中心", "is_first_run": self.is_first_run}

    def _answer(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        if not url.path.startswith("/api/"):
            self._file(route, url.path)
            return
        is_json = "json" in route.request.headers.get("content-type", "")
        body = json.loads(route.request.post_data or "{}") if is_json else {}
        self.asked.append((f"{route.request.method} {url.path}", body))
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        status, told = self._reply(f"{route.request.method} {url.path}", body, query)
        route.fulfill(status=status, json=told) if told is not None else route.fulfill(status=status)

    def _file(self, route: Route, path: str) -> None:
        file = DIST / path.lstrip("/")
        file = file if file.is_file() else DIST / "index.html"
        route.fulfill(body=file.read_bytes(), content_type=mimetypes.guess_type(file.name)[0] or "text/html")

    def _reply(self, asked: str, body: dict[str, Any], query: dict[str, str]) -> tuple[int, Any]:
        if asked == "GET /api/session":
            return 200, self.session()
        if asked == "POST /api/session":
            return self._sign_in(body)
        if asked == "DELETE /api/session":
            self.role = None
            return 204, None
        if asked.startswith("POST /api/links/"):
            return self._link(asked, body)
        if self.role is None:
            return 401, {"detail": "nobody is signed in"}
        if re.match(r"\w+ /api/(users|teams)", asked):
            return self._people(asked, body)
        if " /api/imports" in asked:
            return self._imports(asked, body, query)
        return self._rest(asked, body, query)

    def _imports(self, asked: str, body: dict[str, Any], query: dict[str, str]) -> tuple[int, Any]:
        if asked == "GET /api/imports":
            told = {"is_paused": self.is_paused, "others": self.others}
            return 200, {"teams": self.teams, "jobs": self.imports, "file_mb": self.file_mb, **told}
        if asked == "PUT /api/imports/pause":
            self.is_paused = body["is_wanted"]
            return 204, None
        if asked == "DELETE /api/imports":
            self.imports = [job for job in self.imports if job["state"] in ("done", "refused")]
            return 204, None
        if asked == "POST /api/imports/names":
            if body["pattern"] and "{agent}" not in body["pattern"]:
                return 422, {"detail": "--names names none of them", "reason": "pattern"}
            return 200, [self._told(*one, body["pattern"]) for one in zip(body["names"], body["cells"], strict=True)]
        if asked == "POST /api/imports":
            if query["name"].startswith("large"):
                return 413, {"detail": "a recording may have 500 MB", "reason": "too_large"}
            if query["name"].startswith("empty"):
                return 422, {"detail": "the recording is empty"}
            if self.room == 0:
                return 507, {"detail": "2000 MB of your recordings wait already", "reason": "no_room"}
            self.room -= 1
            self.imports.append(import_job(len(self.imports) + 1, query["name"], "waiting"))
            self.asked[-1] = (asked, query)
            return 201, self.imports[-1]
        self.imports = [job for job in self.imports if not asked.endswith(f"/{job['id']}")]
        return 204, None

    def _told(self, name: str, cells: dict[str, str], pattern: str) -> dict[str, Any]:
        """As the server reads a pattern that begins with {agent}_ or {date}_{time}_{agent}_{peer}_."""
        agent_id = cells.get("agent_id")
        if pattern and "_" in name:
            agent_id = agent_id or name.split("_")[2 if pattern.startswith("{date}") else 0]
        user = next((one for one in self.users if agent_id and one["agent_id"] == agent_id), None)
        facts = {"agent_id": agent_id, "direction": "outbound", "peer": "13800006021" if pattern else None}
        return {
            "name": name, "shown": name.replace("13800006021", "［手机号］"), "fits": agent_id is not None,
            "facts": facts, "started_at": "2026-11-03T09:12:04+08:00" if agent_id else None, "team": None,
            "agent_name": user and user["name"], "agent_team": user and user["team"], "is_elsewhere": agent_id == "9",
            "wrong": next((column for column, cell in cells.items() if cell == "?"), None),
        }  # fmt: skip

    def _sign_in(self, body: dict[str, Any]) -> tuple[int, Any]:
        if self.wait_s:
            return 429, {"detail": "too many wrong passwords", "wait_s": self.wait_s}
        found = next((one for one in self.users if body["login"] in (one["login"], one["agent_id"])), None)
        if found is None or body["password"] != PASSWORD:
            self.tries_left -= 1
            wait_s = 0.0 if self.tries_left else 30.0
            told = {"tries_left": self.tries_left, "wait_s": wait_s}
            return 401, {"detail": "the name or the password is wrong", **told}
        self.role = found["role"]
        return 200, self.session()

    def _link(self, asked: str, body: dict[str, Any]) -> tuple[int, Any]:
        if isinstance(self.link, int):
            return self.link, {"detail": "this link was used or has expired"}
        if asked.endswith("look"):
            return 200, self.link
        if body["password"] == "password1234":
            return 422, {"detail": "the password is one of those that everybody tries first", "reason": "common"}
        self.role, self.link = "admin", 410
        return 200, self.session()

    def _people(self, asked: str, body: dict[str, Any]) -> tuple[int, Any]:
        if asked == "GET /api/users":
            return 200, self.users
        if asked == "POST /api/users":
            self.users.append(user(**{**body, "has_password": False, "signed_in_at": None}))
            return 201, self.users[-1]
        if asked.endswith("/link"):
            return 201, {"link": "/login#a-secret-of-the-test", "expires_at": NOW + 259_200}
        if asked == "POST /api/users/import":
            return 200, {"added": 0, "changed": 0, "refused": [{"line": 3, "reason": "角色 boss 没有"}]}
        if asked.startswith("PATCH /api/users/"):
            found = next(one for one in self.users if asked.endswith(one["id"]))
            if found["role"] == "admin" and body.get("role", "admin") != "admin":
                return 409, {"detail": "this is the last administrator who can sign in", "reason": "last_admin"}
            found.update(body)
            return 200, found
        if asked == "GET /api/teams":
            return 200, self.teams
        if asked == "POST /api/teams":
            self.teams.append(body)
            return 201, body
        return self._settings(asked, body)

    def _settings(self, asked: str, body: dict[str, Any]) -> tuple[int, Any]:
        told = {"version": self.version, "at": NOW, "actor": "u-zhengyan", "reason": "", "settings": SETTINGS}
        if asked.startswith("GET"):
            return 200, {"current": told, "versions": [told] if self.version else [], "acted_on": ["consent"]}
        if body["expected_version"] != self.version:
            return 409, {"detail": "another version"}
        self.version += 1
        return 200, {**told, "version": self.version, "settings": body["settings"]}

    def _rest(self, asked: str, body: dict[str, Any], query: dict[str, str]) -> tuple[int, Any]:
        if asked == "GET /api/tokens":
            return 200, self.tokens
        if asked == "POST /api/tokens":
            made = {**body, "id": "t9", "added_at": NOW, "used_at": None, "revoked_at": None}
            self.tokens.append(made)
            return 201, {**made, "token": "cc_telephone_7Qm2-Zt9K-f4Ws-8aXc-VdHe"}
        if asked.startswith("DELETE /api/tokens/"):
            next(one for one in self.tokens if asked.endswith(str(one["id"])))["revoked_at"] = NOW
            return 204, None
        if asked == "GET /api/desks":
            return 200, self.desks
        if asked == "POST /api/desks/codes":
            return 201, {"code": self.code, "expires_at": NOW + 600, "left_s": 600.0}
        if asked.startswith("DELETE /api/desks/"):
            revoked = next(one for one in self.desks if asked.endswith(str(one["id"])))
            revoked.update(revoked_at=NOW, is_here=False, agent=None)
            return 204, None
        if asked == "GET /api/permissions":
            return 200, {role: dict.fromkeys(may, "own") for role, may in MAY.items()}
        if asked == "GET /api/audit/state":
            return 200, {"rows": 48_213, "verified_at": NOW, "broken": self.broken}
        if asked == "GET /api/audit":
            below = int(query.get("before", 10**9))
            rows = [one for one in self.audit if one["number"] < below]
            rows = [one for one in rows if query.get("actor") in (None, one["actor"])]
            rows = [one for one in rows if query.get("action") in (None, one["action"])]
            counts = [{"action": one["action"], "outcome": one["outcome"], "rows": 1} for one in rows]
            return 200, {"rows": rows[: int(query.get("limit", 50))], "counts": counts}
        if asked == "GET /api/me/sessions":
            chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0.0.0 Safari/537.36"
            here = {"begun_at": NOW - 400, "seen_at": NOW, "address": "10.2.0.15", "agent": chrome}
            return 200, [
                {"id": "s1", "is_here": True, **here},
                {"id": "s2", "is_here": False, **here, "seen_at": NOW - 4e4},
            ]
        if asked == "GET /api/me/opened":
            return 200, [
                {"call_id": "c-0418", "actor": "u-wangmin", "name": "王敏", "action": "call.read", "at": NOW - 500}
            ]
        if asked == "PUT /api/me/password":
            return (204, None) if body["old"] == PASSWORD else (401, {"detail": "wrong"})
        return (
            (204, None) if asked.startswith("DELETE") or asked == "GET /api/calls/latest" else (404, {"detail": "none"})
        )
