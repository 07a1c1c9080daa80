"""Calls as a customer service of three hundred agents has them over a year: made up from a seed, the same every time.

Who speaks of what: twelve matters (refund, invoice, repair …), each with sentences of agents and customers that have
names, amounts and dates in them, so that words are as unevenly spread as in life. Agents differ, and stay as they are.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from pipeline.codec import event_to_json
from pipeline.events.call import CallEnded, CallFacts, CallStarted
from pipeline.events.channels import Channel
from pipeline.events.measures import LevelMeasured, PaceMeasured
from pipeline.events.record import Event
from pipeline.events.score import Verdict
from pipeline.events.turns import TurnEnded, TurnStarted
from pipeline.events.words import Word, WordsHeard
from pipeline.store.glances import WHOLE, Glance, Problem, written
from pipeline.store.terms import Indexed, indexed

AGENTS, TEAMS = 300, 12
RULES = (
    "opening",
    "closing",
    "self-identify",
    "faint-agent",
    "ban-you-should",
    "ban-i-dont-know",
    "hold-just-a-moment-30s",
)
FIRST_DAY_S, DAYS = 1_764_000_000.0, 365
MATTERS = {
    "退款": ("我上周申请的退款怎么还没到账", "退款一般{n}个工作日原路退回", "我帮您看一下退款的进度"),
    "发票": ("我想开一张增值税发票", "发票抬头是{name}公司，对吗", "电子发票会发到您的邮箱"),
    "维修": ("家里的空调不制冷了", "我给您登记报修，师傅{day}上门", "师傅到之前会先给您打电话"),
    "投诉": ("我要投诉你们的服务态度", "非常抱歉给您带来不好的体验", "我把情况记下来，{n}个小时内回复您"),
    "物流": ("我的快递三天没动了", "包裹现在在{city}转运中心", "预计{day}可以送到"),
    "套餐": ("我想换一个便宜的套餐", "您现在的套餐是每个月{n}元", "从下个月一号开始生效"),
    "物业费": ("物业费怎么又涨了", "今年的物业费是每平方米{n}元", "我把收费标准给您念一下"),
    "密码": ("我忘记登录密码了", "请您在页面上点忘记密码", "验证码不要告诉任何人"),
    "预约": ("我要预约明天的门诊", "{day}上午还有{n}个号", "请带好身份证提前半小时到"),
    "账单": ("这个月的账单不对", "我看到多了一笔{n}元的费用", "这笔是{day}的增值服务"),
    "停车": ("地库的道闸抬不起来", "我让{name}师傅马上过去", "您的车牌已经登记好了"),
    "活动": ("你们那个优惠活动还有吗", "活动到{day}结束", "满{n}元可以减二十"),
}
AGENT_LINES = (
    "您好，{name}很高兴为您服务",
    "请问有什么可以帮您",
    "请您稍等，我查一下",
    "让您久等了",
    "请问您贵姓",
    "好的，我记下来了",
    "您还有其他需要帮助的吗",
    "感谢您的来电，再见",
)
CUSTOMER_LINES = (
    "喂，你好",
    "嗯",
    "对",
    "好的",
    "我姓{name}",
    "那什么时候能好",
    "我都打了{n}次电话了",
    "麻烦你快一点",
    "好，谢谢",
    "没有了",
)
NAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林罗高"
CITIES = ("北京", "上海", "广州", "深圳", "成都", "杭州", "武汉", "西安")
DAYS_OF_WEEK = ("今天", "明天", "后天", "周一", "周三", "周五", "下周二")


@dataclass(frozen=True)
class BelievableCall:
    """`row`: the columns of `calls`; `lines`: what was said; `missed`: rules."""

    row: dict[str, object]
    lines: tuple[str, ...]
    missed: tuple[str, ...]


def calls(count: int, seed: int = 1) -> Iterator[BelievableCall]:
    chance = random.Random(seed)
    manner = [chance.gauss(85, 6) for _ in range(AGENTS)]  # what the agent's calls score as a rule
    for number in range(1, count + 1):
        agent = min(int(chance.expovariate(1 / 90)), AGENTS - 1)  # some take many calls
        yield _call(chance, number, count, agent, manner[agent])


def _call(chance: random.Random, number: int, count: int, agent: int, manner: float) -> BelievableCall:
    duration_ms = int(min(chance.lognormvariate(5.2, 0.7), 5_400) * 1000)
    score = None if duration_ms < 20_000 else max(0.0, min(100.0, round(chance.gauss(manner, 8), 1)))
    missed = tuple(rule for rule in RULES if score is not None and chance.random() < (100 - score) / 150)
    started_at = FIRST_DAY_S + DAYS * 86_400 * number / count
    row: dict[str, object] = {
        "number": number, "call_id": f"believable-{number:07d}", "last_seq": 2, "ended": True, "owner": 1,
        "agent_id": f"{1000 + agent}", "team": f"team-{agent % TEAMS}", "started_at": started_at,
        "direction": "outbound" if chance.random() < 0.2 else "inbound", "peer": f"…{chance.randrange(10_000):04d}",
        "ending": "finished", "duration_ms": duration_ms, "score": score,
        "fatal": int(score is not None and chance.random() < 0.02), "to_confirm": int(chance.random() < 0.03),
        "unscored_reason": "" if score is not None else "too_short",
        "assessed_share": None if score is None else round(chance.uniform(0.4, 1.0), 3),
    }  # fmt: skip
    return BelievableCall(row, _lines(chance, duration_ms), missed)


def _lines(chance: random.Random, duration_ms: int) -> tuple[str, ...]:
    """One line in some five seconds: a greeting, one or two matters with small talk between, and an end."""
    matters = chance.choices(list(MATTERS.values()), k=1 if chance.random() < 0.8 else 2)
    some = [*[line for matter in matters for line in matter] * 3, *AGENT_LINES[2:6], *CUSTOMER_LINES]
    between = [chance.choice(some) for _ in range(max(0, duration_ms // 5_000 - 5))]
    lines = [CUSTOMER_LINES[0], *AGENT_LINES[:2], matters[0][0], *between, AGENT_LINES[-2], AGENT_LINES[-1]]
    return tuple(_filled(chance, line) for line in lines)


def _filled(chance: random.Random, line: str) -> str:
    return line.format(n=chance.randint(1, 60), name=chance.choice(NAMES), city=chance.choice(CITIES),
                       day=chance.choice(DAYS_OF_WEEK))  # fmt: skip


_line = cache(indexed)  # there are few thousand different lines


def searchable(lines: tuple[str, ...]) -> Indexed:
    """As `indexed` of all the lines."""
    parts = [_line(line) for line in lines]
    terms = frozenset().union(*(part.terms for part in parts))
    return Indexed("\n".join(part.text for part in parts), "\n".join(part.sound for part in parts), terms)


LINE_MS = 5_000


def strip(call: BelievableCall) -> str:
    """What the list draws of it."""
    places = [round(WHOLE * number / len(call.lines)) for number in range(len(call.lines) + 1)]
    turns: dict[str, list[int]] = {"agent": [], "customer": []}
    for number in range(len(call.lines)):
        turns[("agent", "customer")[number % 2]] += places[number : number + 2]
    problem = Problem(call.missed[0], bool(call.row["fatal"]), Verdict.MISSED) if call.missed else None
    return written(Glance(turns, [], [], problem, list(call.missed[1:]), None))


def records(call: BelievableCall) -> list[dict[str, object]]:
    """All rows of `records` of one call: its turns in five seconds each, with their words, and what was measured."""
    facts = CallFacts(agent_id=str(call.row["agent_id"]), team=str(call.row["team"]))
    call_id, sides = str(call.row["call_id"]), tuple(Channel)[:2]
    events: list[Event] = [CallStarted(0, call_id, "2026-11-27T10:00:00+08:00", sides, facts, "handbook", "1", "", "")]
    for number, line in enumerate(call.lines):
        events += _turn(sides[number % 2], number * LINE_MS, line)
    events.append(CallEnded(len(call.lines) * LINE_MS, "finished"))
    return [
        {"call_id": call_id, "seq": seq, "kind": type(event).__name__, "event": event_to_json(event)}
        for seq, event in enumerate(events, start=1)
    ]


def _turn(side: Channel, start_ms: int, line: str) -> list[Event]:
    end_ms = start_ms + 250 * len(line)
    words = tuple(
        Word(character, start_ms + 250 * at, start_ms + 250 * at + 250, 0.9) for at, character in enumerate(line)
    )
    measured: list[Event] = []
    for at_ms in range(start_ms + 1_000, start_ms + LINE_MS, 1_000):
        measured.append(LevelMeasured(at_ms, side, start_ms, at_ms, -23.4, 31.5, 0.0))
        measured.append(PaceMeasured(at_ms, side, start_ms, at_ms, 182.4, 221.7, 24.0, 4_200, 3_900, "words"))
    heard = WordsHeard(end_ms + 900, side, start_ms, end_ms, line, words, 900, line)
    return [
        TurnStarted(start_ms + 100, side, start_ms),
        *measured,
        TurnEnded(end_ms + 300, side, start_ms, end_ms),
        heard,
    ]
