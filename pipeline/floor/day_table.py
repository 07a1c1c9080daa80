"""A day of the floor as a table that people open in a spreadsheet: the hours, the whole day, then its cases."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta, timezone

from pipeline.floor.messages import Cause, Hour
from pipeline.floor.past import FloorDay, PastCase
from pipeline.reports.cells import harmless

HOURS = ("day", "hour", "calls", "silent", "score", "followed", "in_time", "take_s", "scored")
HOURS_ZH = ("日期", "小时", "通话", "无声电话", "平均分", "提示照做率", "提示按时率", "求助接手中位（秒）", "评分通数")
CASES = (
    "since", "name", "agent_id", "cause", "detail", "taken_by", "taken", "escalated", "closed", "closed_because",
    "closed_by", "reason", "call_id",
)  # fmt: skip
CASES_ZH = (
    "开始", "坐席", "工号", "事由", "细节", "接手人", "接手", "升级", "办结", "怎样结束", "办结人", "办结说明",
    "通话编号",
)  # fmt: skip
TIMES = ("since", "taken", "escalated", "closed")
CAUSES_ZH: Mapping[Cause, str] = {
    "help": "求助", "complaint": "投诉", "fatal": "致命用语", "silent_call": "无声", "dead_air": "静默",
    "hold": "保持超时", "hints": "提示未照做", "blind": "听不到", "lost": "失联",
}  # fmt: skip
DETAILS_ZH = {
    "superior": "要见上级", "business": "业务问题", "dialect": "听不懂方言", "media": "媒体来电",
    "agent": "坐席", "customer": "客户", "mixed": "通话", "asr": "文字",
}  # fmt: skip
ENDS_ZH = {"closed": "办结", "withdrawn": "坐席已取消", "calm": "自行平静", "ended": "通话结束"}


def day_table(found: FloorDay, *, english: bool) -> str:
    """CSV, with a mark by which a spreadsheet knows it for UTF-8. Times are the centre's, as the heads tell."""
    zone = timezone(timedelta(minutes=found.ahead_min))
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(HOURS if english else HOURS_ZH)
    table.writerows([found.day, *asdict(hour).values()] for hour in found.figures.hours)
    table.writerow(_whole(found.day, found.figures.total, "all" if english else "全天"))
    if found.figures.deleted:
        table.writerow(
            [found.day, "deleted since, not counted" if english else "之后删除，不计入", found.figures.deleted]
        )
    table.writerow([])
    heads = CASES if english else CASES_ZH
    zoned = (f"{head} ({zone})" if name in TIMES else head for name, head in zip(CASES, heads, strict=True))
    table.writerow(zoned)
    table.writerows(_row(case, zone, english=english) for case in found.cases)
    return "\ufeff" + out.getvalue()


def _whole(day: str, total: Hour, name: str) -> list[object]:
    return [day, name, *list(asdict(total).values())[1:]]


def _row(case: PastCase, zone: timezone, *, english: bool) -> list[str]:
    cause, because, detail = str(case.cause), case.closed_because, case.detail
    if not english:
        cause, because = CAUSES_ZH[case.cause], ENDS_ZH.get(because, because)
        detail = " ".join(DETAILS_ZH.get(one, one) for one in detail.split(" "))
    taken_at = case.taken.at if case.taken is not None else None
    taken_by = case.taken.by if case.taken is not None else ""
    cells = (
        _clock(case.since_at, zone), case.name, case.agent_id, cause, detail, taken_by, _clock(taken_at, zone),
        _clock(case.escalated_at, zone), _clock(case.closed_at, zone), because, case.closed_by, case.closed_reason,
        case.call_id or "",
    )  # fmt: skip
    return [harmless(cell) for cell in cells]


def _clock(at_ms: int | None, zone: timezone) -> str:
    return datetime.fromtimestamp(at_ms / 1000, zone).strftime("%Y-%m-%d %H:%M:%S") if at_ms is not None else ""
