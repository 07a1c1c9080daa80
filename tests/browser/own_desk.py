"""A server with an agent's own calls, in this process, so that a test says what happens to them meanwhile."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import soundfile
from playwright.sync_api import BrowserContext

from pipeline.coach.rulebook.legend import legend
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.events.call import CallEnded, CallFacts, CallStarted
from pipeline.events.channels import Channel
from pipeline.events.hints import Citation, HintRaised, Severity, Span
from pipeline.events.record import Event
from pipeline.events.recording import RecordingStarted
from pipeline.events.score import CallScored, ScoreItem, Verdict
from pipeline.events.turns import SilenceEnded, SilenceKind, TurnEnded
from pipeline.events.words import WordsHeard
from pipeline.folders import bundled
from pipeline.people.entrance import LinkPurpose, Origin
from pipeline.people.permissions import Role
from pipeline.ports import SAMPLE_RATE_HZ
from pipeline.reviews.entries import Act, CommentsSeen, ReviewFinished
from pipeline.server.app import Edges, Site, create_app
from pipeline.server.serve import make_server
from pipeline.session.recordings import FolderRecordings
from pipeline.session.reviewing import Reviewing
from tests.browser.people import DIST
from tests.live.talk import Talk
from tests.reviews.cards import MET, MISSED, card_of, item
from tests.server.conftest import AGENT, Call, Centre, started
from tests.waiting import wait_until
from tests.writing import add

CALL_MS = 24_000
A, C = Channel.AGENT, Channel.CUSTOMER
SAID = (
    (A, 400, 2_600, "您好，锦和物业，小林为您服务"),
    (C, 3_000, 6_000, "家里暖气不热，想问维修师傅的电话"),
    (A, 6_400, 8_800, "这个我也不清楚，您问一下供暖公司吧"),
    (C, 9_200, 11_000, "你们怎么都不管"),
    (A, 11_400, 13_000, "请您稍等一下"),
    (A, 18_000, 20_800, "我帮您查清楚再回复您"),
    (C, 21_200, 22_600, "好的"),
    (A, 22_800, 23_600, "再见"),
)
NAMES = ("张女士", "郑女士", "李先生", "周女士", "孙先生", "何女士", "吴先生", "陈女士")


def found(rule: str, title: str, group: str, weight: int, verdict: Verdict, line: int, **more: bool) -> ScoreItem:
    channel, start_ms, end_ms, quote = SAID[line]
    cite = Citation("手册", title)
    one = item(rule, group, verdict, weight, **more)
    return replace(one, title=title, evidence=(Span(channel, start_ms, end_ms, quote),), cite=cite)


def card(*, wait: Verdict = MISSED, fatal: bool = True) -> CallScored:
    ban = found("not-clear", "禁语“不清楚”", "语言", 25, MISSED if fatal else MET, 2, is_ban=True, fatal=True)
    items = (
        found("greeting", "开场问候", "开场", 8, MET, 0),
        ban if fatal else replace(ban, evidence=()),
        found("wait-told", "请等待时说明多久", "流程", 10, wait, 4),
        found("summary", "结束前小结确认", "流程", 7, MISSED, 7),
        found("sorry", "久等后马上致歉", "流程", 3, MET, 5),
        item("silent-call", "流程", Verdict.NOT_APPLICABLE, 10),
    )
    return replace(card_of(items), at_ms=CALL_MS)


class OwnDesk:
    """`base`: its address. Calls are of the agent `lin` unless told otherwise."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.centre = Centre(folder)
        directory = self.centre.registry.directory
        directory.add_team("A 组", "a")
        people = {"lin": ("林晓雯", Role.AGENT), "wang": ("王敏", Role.LEAD), "xu": ("许岚", Role.QA)}
        for login, (name, role) in people.items():
            more = {"assigned": ("a",)} if role is Role.QA else {"team": "a"}
            self.centre.page(login, role, **more)
            directory.change(self.centre.person(login).id, {"name": name})
        self.kept = self.centre.registry.reviews
        self.reviewing = Reviewing(
            self.kept, self.centre.store, self.centre.registry.team_settings, self.centre.registry.audit
        )
        bound = socket.create_server(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        self.base = f"http://127.0.0.1:{port}"
        site, edges = Site(DIST, port=port), Edges(recordings=FolderRecordings(folder / "recordings"))
        centre = self.centre
        app = create_app(centre.store, centre.hub, centre.running, centre.registry, site, edges)
        self._server = make_server(app)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [bound]})
        self._thread.start()
        wait_until(lambda: self._server.started)

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join()

    def sign_in(self, context: BrowserContext, login: str = "lin") -> None:
        registry = self.centre.registry
        link = registry.accounts.make_link(LinkPurpose.DESK, self.centre.person(login).id)[0]
        secret = registry.accounts.enter(link, Origin("127.0.0.1")).secret
        port = self.base.rsplit(":", 1)[1]
        context.add_cookies([{"name": f"callcoach-{port}", "value": secret, "url": self.base}])

    def call(
        self,
        call_id: str,
        scored: CallScored | None,
        *,
        hours: float = 1,
        number: int = 0,
        heard: bool = True,
        **facts: str,
    ) -> None:
        """It ended `hours` ago; `heard`: there is a recording."""
        at = datetime.now(UTC) - timedelta(hours=hours)
        of_lin = {"agent_id": AGENT, "agent_name": "林晓雯", "team": "a", "customer_name": NAMES[number % len(NAMES)]}
        told = CallFacts(**{**of_lin, **facts}, peer="13812346021", recording_consent=heard)
        shown = legend(load_rulebook(bundled("rules", "handbook.yaml")), 5_000, 15_000)
        begun = CallStarted(0, call_id, at.isoformat(), (A, C), told, "handbook", "2026-11", "a", "base", legend=shown)
        add(self.centre.store, call_id, [begun, *self._within(heard), CallEnded(CALL_MS, "finished"),
                                         *([scored] if scored is not None else [])])  # fmt: skip
        if heard:
            (self.folder / "recordings").mkdir(exist_ok=True)
            sound = Talk(CALL_MS).pcm // 40
            soundfile.write(self.folder / "recordings" / f"{call_id}.flac", sound, SAMPLE_RATE_HZ, format="FLAC")

    def _within(self, heard: bool) -> Sequence[Event]:
        told: list[Event] = [RecordingStarted(20)] if heard else []
        for channel, start_ms, end_ms, text in SAID:
            told += [TurnEnded(end_ms, channel, start_ms, end_ms),
                     WordsHeard(end_ms + 200, channel, start_ms, end_ms, text, (), 200)]  # fmt: skip
        told.append(SilenceEnded(18_000, 13_000, 18_000, SilenceKind.BOTH))
        told.append(
            HintRaised(13_400, 1, "wait-told", Severity.WARNING, "请等待时说明多久", "大概一分钟，您看可以吗？",
                       "没说等多久", "说了就收起", Citation("手册", "说明等待时间"), 11_400, 13_000, form="speak")
        )  # fmt: skip
        return told

    def say(self, who: str, call_id: str, act: Act) -> None:
        person = self.centre.person(who)
        seen = self.reviewing.of(call_id).review.seen
        self.reviewing.say(call_id, act, person.id, person.role, seen, Origin("127.0.0.1"))

    def finish_long_ago(self, call_id: str, *acts: Act) -> None:
        """As QA would have said it, so that the time for an answer was over an hour ago."""
        for act in (*acts, ReviewFinished(until=self.kept.now() - 3_600)):
            self.kept.add(call_id, self.centre.person("xu").id, Role.QA, act)
        self.say("lin", call_id, CommentsSeen(1))  # by which lists are told

    def ring(self, call_id: str) -> None:
        """A call begins at this agent's desk, and goes on."""
        facts = CallFacts(agent_id=AGENT, agent_name="林晓雯", team="a", customer_name="钱女士")
        begun = replace(started(call_id), started_at=datetime.now(UTC).isoformat(), facts=facts)
        Call(call_id, self.centre.store, self.centre.hub, self.centre.running).feed([begun])
