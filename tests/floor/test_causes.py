"""Why somebody is to be looked at: by a digest, by how long it lasts, and by what the team has set."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.digest import Digest, HelpNow, HintNow, Since, Unheeded
from pipeline.events.channels import Channel
from pipeline.events.hints import Severity
from pipeline.events.turns import SilenceKind
from pipeline.floor.causes import TOLD_MS, Found, causes
from pipeline.people.team_settings import TeamSettings

USUAL = TeamSettings()
CALL = Digest(call_id="c", at_ms=60_000)
SILENT = replace(CALL, silence=SilenceKind.BOTH, silence_ms=50_000)
FATAL = replace(CALL, hints=(HintNow(1, "banned", Severity.CRITICAL, "别说", 58_000, is_fatal=True),))
BLIND = replace(CALL, blind=(Since(Channel.CUSTOMER, 55_000),))
PAST = Found("hold", 80_000, after_ms=TOLD_MS)


@pytest.mark.parametrize(
    ("digest", "now_ms", "found"),
    [
        (CALL, 60_000, []),
        (replace(CALL, help=HelpNow(59_000, "superior")), 60_000, [Found("help", 59_000, "superior")]),
        (replace(CALL, mode="complaint", mode_ms=40_000), 60_000, [Found("complaint", 40_000)]),
        (FATAL, 60_000, [Found("fatal", 58_000, "banned")]),
        (replace(CALL, hints=(replace(FATAL.hints[0], is_fatal=False),)), 60_000, []),  # red for its agent alone
        (replace(CALL, step=2, step_ms=1), 60_000, []),
        (replace(CALL, step=3, step_ms=30_000), 60_000, [Found("silent_call", 30_000, "3")]),
        (SILENT, 64_999, []),
        (SILENT, 65_000, [Found("dead_air", 50_000)]),
        (replace(SILENT, speaking=(Since(Channel.AGENT, 61_000),)), 70_000, []),
        (replace(SILENT, silence=SilenceKind.HOLD), 99_000, []),
        (replace(SILENT, promised_ms=80_000), 80_000, []),
        (replace(SILENT, promised_ms=80_000), 80_001, [PAST]),
        (replace(SILENT, promised_ms=80_000, speaking=(Since(Channel.CUSTOMER, 1),)), 80_001, [PAST]),
        (replace(SILENT, promised_ms=80_000, speaking=(Since(Channel.AGENT, 79_000),)), 85_000, []),  # back
        (replace(CALL, unheeded=Unheeded("pace", 2)), 60_000, []),
        (replace(CALL, unheeded=Unheeded("pace", 3)), 60_000, [Found("hints", 60_000, "pace")]),
        (BLIND, 64_999, []),
        (BLIND, 65_000, [Found("blind", 55_000, "customer")]),
        (replace(CALL, failed=("store",)), 60_000, []),
        (replace(CALL, failed=("asr",)), 60_000, [Found("blind", 60_000, "asr", 10_000)]),
    ],
)
def test_each_cause(digest: Digest, now_ms: int, found: list[Found]) -> None:
    assert causes(digest, now_ms, USUAL) == found


def test_a_desk_that_is_lost_is_one_beside_what_was_known() -> None:
    assert [one.cause for one in causes(FATAL, 60_000, USUAL, is_lost=True)] == ["lost", "fatal"]


@pytest.mark.parametrize(
    ("settings", "digest"),
    [
        (TeamSettings(alert_step=0), replace(CALL, step=4)),
        (TeamSettings(alert_dead_air_s=0), SILENT),
        (TeamSettings(alert_blind_s=0), BLIND),
        (TeamSettings(alert_fatal=False), FATAL),
        (TeamSettings(alert_help=False), replace(CALL, help=HelpNow(1))),
        (TeamSettings(alerts=False), replace(SILENT, step=4, blind=BLIND.blind, hints=FATAL.hints)),
    ],
)
def test_a_team_may_want_none_of_it(settings: TeamSettings, digest: Digest) -> None:
    assert causes(digest, 600_000, settings) == []
    assert causes(digest, 600_000, USUAL) != []


def test_of_complaints_and_desks_that_are_lost_leads_always_hear() -> None:
    digest = replace(CALL, mode="complaint", mode_ms=1)
    assert [one.cause for one in causes(digest, 60_000, TeamSettings(alerts=False), is_lost=True)] == [
        "complaint", "lost",
    ]  # fmt: skip
