"""A floor that is made up: seats, calls and cases as `/ws/floor` tells them, at a clock of its own."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

Told = dict[str, Any]

FAMILY = "林赵李何陈吴周孙沈马郑许高罗梁宋唐韩冯董程曹袁邓傅曾彭吕苏蒋蔡魏薛叶阎余潘杜戴夏钟汪田任姜范方石"
GIVEN = [
    "晓雯", "明", "婉婷", "雨桐", "晓东", "佳", "浩", "启航", "梦琪", "骏", "可欣", "文博", "雅", "子轩", "静怡",
    "佳豪", "诗雨", "磊", "思远", "欣怡", "子涵", "雨薇", "航", "丽华", "强",
    "雪", "嘉", "晨曦", "婷", "一鸣", "敏", "然", "冰", "帆", "雪莹", "波", "悦",
    "鹃", "维嘉", "天", "灵", "洋", "甜", "重", "楠", "晓", "圆",
]  # fmt: skip
LEADS = ["王敏", "刘洋", "何静", "郑凯", "苏娜", "钱进", "方圆", "杨柳", "白桦", "康宁"]
SAID = ("床都湿了，你们今天到底能不能来人？", "好的，我请班长来为您解答。", "上个月就漏过一次。", "那我等您消息。")
NOW = 1_795_332_540_000  # 2026-11-22 15:29 in China
TEAM = {6: 6, 48: 24}
HINTS = (("speech-rate-150", "warning", "放慢语速"), ("pitch-variation", "tip", "语调有起伏"))
CAUSES = (
    ("help", "critical", "superior"), ("complaint", "critical", ""), ("dead_air", "warning", ""),
    ("blind", "blind", "customer"), ("lost", "blind", ""), ("silent_call", "warning", "3"),
    ("hints", "warning", "speech-rate-150"),
)  # fmt: skip


class MadeUp:
    """`agents` of them in teams of 24 or 50; about two thirds talk; the first few have a case each."""

    def __init__(self, agents: int, *, cases: int = 7, seed: int = 1) -> None:
        self._chance = random.Random(seed)
        self.now = NOW
        self.me = "u-wangmin"
        self.size = TEAM.get(agents, 50)
        self.seats = [self._seat(at) for at in range(agents)]
        self.calls: dict[str, Told] = {}
        self.cases: dict[str, Told] = {}
        self.closed: list[str] = []
        self._changed: set[str] = set()
        for at, seat in enumerate(self.seats):
            if at % 5 in (3,) and at > 8:
                seat["state"] = ("idle", "wrap_up", "ringing", "away")[at // 5 % 4]
            else:
                self._call(seat, at)
        for at in range(min(cases, agents, len(CAUSES))):
            self._case(self.seats[2 + at if agents > 12 else at], *CAUSES[at], since=(42, 115, 21, 35, 72, 26, 110)[at])

    def _seat(self, at: int) -> Told:
        family = FAMILY[(at * 7 + at // len(FAMILY)) % len(FAMILY)]
        name = family + GIVEN[(at * 11) % len(GIVEN)]
        return {
            "agent_id": str(1001 + at), "name": name, "team": f"{'ABCDEFGHJK'[at // self.size % 10]} 组",
            "position": at % self.size, "state": "call", "since_at": self.now - 1000 * self._chance.randrange(10, 240),
        }  # fmt: skip

    def _call(self, seat: Told, at: int) -> None:
        lasts = self._chance.randrange(20_000, 560_000)
        side = ("agent", "customer", "customer", None)[self._chance.randrange(4)]
        digest: Told = {
            "call_id": f"call-{seat['agent_id']}", "agent_id": seat["agent_id"], "at_ms": lasts,
            "started_at": "2026-11-22T15:20:00+08:00", "silence": None, "silence_ms": 0, "hints": [], "step": 0,
            "step_ms": 0,
            "speaking": [{"channel": side, "since_ms": lasts - 2000}] if side else [], "nobody_ms": lasts - 900,
            "pace": 90 + self._chance.randrange(90), "pace_low": 120, "pace_high": 180,
            "level": -20.0 - self._chance.randrange(14), "blind": [], "failed": [], "overload": 0,
            "phase": "body", "mode": "", "mode_ms": 0, "phase_ms": 0, "help": None, "whisper": None, "listeners": [],
            "unheeded": None, "promised_ms": None, "is_quiet": False, "ended_ms": None,
            "strip": "".join(self._chance.choice("aaaccc.b") for _ in range(60)),
            "line": {"channel": "customer", "text": SAID[at % len(SAID)]},
        }  # fmt: skip
        if at % 17 == 11:
            digest |= {"phase": "hold", "promised_ms": lasts + 36_000, "speaking": []}
        if at % 23 == 6:
            rule, severity, say = HINTS[at % 2]
            digest["hints"] = [{"hint": 1, "rule": rule, "severity": severity, "say": say, "since_ms": lasts - 4000}]
        customer = f"{FAMILY[at % len(FAMILY)]}女士" if at % 2 else ""
        facts = {"customer": customer, "peer": f"…{6000 + at}", "company": ""}
        call = {"call_id": digest["call_id"], "agent_id": seat["agent_id"], "heard_at": self.now, "lost_at": None}
        self.calls[seat["agent_id"]] = {**call, **facts, "digest": digest}

    def _case(self, seat: Told, cause: str, rank: str, detail: str, *, since: int) -> None:
        agent_id = seat["agent_id"]
        if agent_id not in self.calls:
            seat["state"] = "call"
            self._call(seat, 1)
        call = self.calls[agent_id]
        digest, at_ms = call["digest"], call["digest"]["at_ms"]
        if cause == "lost":
            call["lost_at"] = self.now - 1000 * since
        told: Told = {
            "help": {"help": {"since_ms": at_ms - 1000 * since, "reason": detail, "taken_by": ""}},
            "complaint": {"mode": "complaint", "listeners": ["王敏"]},
            "dead_air": {"silence": "both", "silence_ms": at_ms - 1000 * since, "speaking": []},
            "blind": {"blind": [{"channel": "customer", "since_ms": at_ms - 1000 * since}]},
            "silent_call": {"step": 3, "step_ms": at_ms - 4000, "speaking": []},
            "hints": {"unheeded": {"rule": detail, "count": 3}, "pace": 236},
        }.get(cause, {})
        digest |= told
        self.cases[f"k-{agent_id}"] = {
            "id": f"k-{agent_id}", "agent_id": agent_id, "call_id": call["call_id"], "cause": cause, "rank": rank,
            "since_at": self.now - 1000 * since, "detail": detail, "taken": None, "escalated_at": None, "calm_at": None,
            "line": SAID[0] if rank == "critical" else "",
        }  # fmt: skip

    def also(self, agent_id: str, cause: str, rank: str, detail: str = "", *, since: int = 20) -> str:
        """Another case of an agent who has one; its id."""
        first = self.cases.pop(f"k-{agent_id}")
        seat = next(seat for seat in self.seats if seat["agent_id"] == agent_id)
        self._case(seat, cause, rank, detail, since=since)
        other = self.cases.pop(f"k-{agent_id}")
        self.cases |= {first["id"]: first, f"{first['id']}-{cause}": {**other, "id": f"{first['id']}-{cause}"}}
        self._changed.add(agent_id)
        return f"{first['id']}-{cause}"

    def snapshot(self) -> Told:
        teams = sorted({seat["team"] for seat in self.seats})
        leads = dict(zip([f"{sign} 组" for sign in "ABCDEFGHJK"], LEADS, strict=True))
        return {
            "type": "snapshot", "clock_ms": self.now,
            "teams": [{"id": name, "name": name, "leads": [leads[name]], "goal_s": 60} for name in teams],
            "seats": self.seats, "calls": list(self.calls.values()), "cases": list(self.cases.values()),
            "day": day(len(self.seats)), "words_room": 0.62, "me": self.me,
        }  # fmt: skip

    def tick(self, ms: int = 250, *, share: float = 1.0, stir: float = 0.02) -> Told:
        """`share` of the calls tell something new; a `stir` of them begins or ends a turn."""
        self.now += ms
        told = []
        for call in self.calls.values():
            if call["lost_at"] is not None or self._chance.random() > share:
                continue
            digest = call["digest"]
            before, digest["at_ms"] = digest["at_ms"], self.now - (call["heard_at"] - digest["at_ms"])
            call["heard_at"] = self.now
            if digest["at_ms"] // 1000 != before // 1000:
                digest["strip"] = digest["strip"][1:] + (
                    digest["speaking"][0]["channel"][0] if digest["speaking"] else "."
                )
            if self._chance.random() < stir and not (digest["step"] or digest["silence"] or digest["phase"] == "hold"):
                side = self._chance.choice(("agent", "customer", None))
                digest["speaking"] = [{"channel": side, "since_ms": digest["at_ms"]}] if side else []
                digest["pace"] = min(280, max(80, digest["pace"] + self._chance.randrange(-8, 9)))
                digest["level"] = min(-18, max(-40, digest["level"] + self._chance.randrange(-3, 4)))
            told.append(call)
        seats = [seat for seat in self.seats if seat["agent_id"] in self._changed]
        closed, self.closed = self.closed, []
        changed = [one for one in self.cases.values() if one["agent_id"] in self._changed]
        self._changed.clear()
        return {
            "type": "changes", "clock_ms": self.now, "seats": seats, "calls": told, "gone": [], "cases": changed,
            "closed": closed, "day": None, "words_room": None,
        }  # fmt: skip

    def take(self, case_id: str, by: str = "王敏") -> None:
        agent_id = self.cases[case_id]["agent_id"]
        for one in self.cases.values():
            if one["agent_id"] == agent_id and one["taken"] is None:
                one["taken"] = {"by_id": self.me, "by": by, "at": self.now, "is_here": True}
        self._changed.add(agent_id)

    def close(self, case_id: str) -> None:
        """What the call told of its cause goes with it."""
        one = self.cases.pop(case_id)
        call = self.calls[one["agent_id"]]
        call["lost_at"] = None
        call["digest"] |= {"help": None, "mode": "", "silence": None, "blind": [], "step": 0, "unheeded": None}
        self._changed.add(one["agent_id"])
        self.closed.append(case_id)

    def plan(self) -> Told:
        def seats(team: str) -> list[Told]:
            told = ("agent_id", "name", "position")
            return [{name: seat[name] for name in told} for seat in self.seats if seat["team"] == team]

        teams = sorted({seat["team"] for seat in self.seats})
        told: Told = {"version": "-", "by": "", "at": None}
        return {"teams": [{"team": name, "name": name, "seats": seats(name)} | told for name in teams]}

    def past_day(self) -> Told:
        """Its cases are those of now, closed."""
        closed = {"closed_at": self.now, "closed_because": "closed", "closed_by": "王敏", "closed_reason": "solved"}
        names = {seat["agent_id"]: seat["name"] for seat in self.seats}
        cases = [one | closed | {"name": names[one["agent_id"]], "calm_at": None} for one in self.cases.values()]
        return {"day": "2026-11-28", "figures": day(len(self.seats)), "cases": cases}

    def whisper(self, call_id: str, text: str, *, is_seen: bool = False) -> None:
        for call in self.calls.values():
            if call["call_id"] == call_id:
                call["digest"]["whisper"] = {"whisper": "w1", "is_seen": is_seen, "text": text}


def day(agents: int) -> Told:
    def hour(at: int, calls: int, silent: int, rest: Sequence[float]) -> Told:
        score, followed, in_time, take_s = rest
        return {
            "hour": at,
            "calls": calls,
            "silent": silent,
            "score": score,
            "followed": followed,
            "in_time": in_time,
            "take_s": take_s,
            "scored": calls,
        }

    hours = [
        hour(8 + at, agents * busy // 4, silent, (83 + rise, 0.6 + rise / 30, 0.98 + rise / 400, 60 - 6 * rise))
        for at, (busy, silent, rise) in enumerate(
            [(1, 1, 0), (3, 2, 1), (5, 4, 2), (6, 3, 1), (7, 2, 3), (6, 1, 2), (5, 1, 4)]
        )
    ]
    total = hour(0, sum(one["calls"] for one in hours), 14, (84.2, 0.71, 0.992, 38))
    return {"total": total, "hours": hours, "before": 83.1, "deleted": 0}
