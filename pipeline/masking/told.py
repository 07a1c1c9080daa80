"""How a turn of a call tells digits: as those of a number, which a few words stand beside, or as a figure of something.

Who tells a number with somebody, or repeats a piece of it, says digits and little else (嗯，零零幺三对吧,
后面几位是不是八零零零); other figures stand with their unit, their price or their name (一个月138, 分机8001, 13872期).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.masking.context import Context
from pipeline.masking.digits import CORRECTION, runs
from pipeline.masking.marking import Passage
from pipeline.spoken_digits import VALUES

_BESIDE = 8  # characters that may stand in a turn before digits that go on, and behind those that will
_DIGIT = re.compile(f"[0-9{''.join(VALUES)}]")  # most turns have none
_SIGNS = r"[，,。.、；;：:？?！!…\s]"
_SAID = (  # beside digits, whatever they are
    rf"{_SIGNS}|[嗯呃额啊哦噢诶哎呀哈]|好的?|行|对的?|没错|是不是|不?是的?|不对|错了|应该|那个?|然后|接着|接下来|再来?|还有"
    "|加上|里面?有|[您你我的]|先生|女士|(?<=[对错嗯的码机话面头，,])就是"
)
_PLACE = (  # of digits in a number
    "(?:[前后][面边头]?|中间?|最后面?|末尾?|剩下|余下)(?:的|那|还有)?[几两二三四五六七八2-8]{1,2}(?:位|个)(?:数字?|号码?)?"
    "|[前后][面边头]|中间|最后|剩下|余下|开头|打头|末尾|结尾|尾号|尾数"
)
_CALLED = (  # what the number is called, and what is done with it
    "号码|手机号?|电话号?|登记的?|预留的?|显示的?|绑定的?|[留报说念讲记写填听](?:到的?|的|一?[下遍])"
    "|(?:重复|核对|核实|确认|对)一?[下遍]|重复|核对|核实"
)
_SAID_BEFORE = re.compile(rf"(?:^|{_PLACE}|{_CALLED})(?:{_SAID})*$")
_PLACED = re.compile(rf"(?:{_PLACE})(?:{_SAID})*$")
_SAID_BEHIND = re.compile(
    rf"{_SIGNS}*(?:$|[吧吗嘛呢啊呀哦嗯哈对是没好]|这样|[这那]个?(?:号|[吧吗对是]|$)|然后|接着|[前后][面边头]|中间|最后|[开打]头"
    "|结尾|[您你](?!看)|请|还|再|几|哪)"
)
_ALONE_BEHIND = re.compile(rf"(?:{_SAID}|[吧吗嘛呢了]|记[好下住]|收到|明白|知道|继续|请?[说讲]|没问题|稍?等|登记)*")
_SIGN = re.compile(_SIGNS)
_LOOKED_AT = 24  # characters before the digits


@dataclass(frozen=True, slots=True)
class Turn:
    """A line of one of the speakers, and what is known to be private in it."""

    speaker: int
    text: str
    hidden: Sequence[Passage] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """The longest run of digits of a turn, which are `text[start:end]`, and their `groups`.

    `open`: more may follow; `on`: they may be what follows; `alone`: the turn tells nothing else; `of_a_number`: they
    are told as the digits of one, not as a figure; `of_a_thing`: of an order, or a tail that is called one; `corrects`:
    in the place of others; `is_dated`: a date is among them.
    """

    groups: tuple[str, ...]
    start: int
    end: int
    open: bool
    on: bool
    alone: bool
    of_a_number: bool
    of_a_thing: bool
    corrects: bool
    is_dated: bool

    @property
    def digits(self) -> str:
        return "".join(self.groups)


def told(text: str) -> Told | None:
    """What a turn (in one form) tells; a digit only where it tells nothing else."""
    if _DIGIT.search(text) is None:
        return None
    run = max(runs(text), key=lambda run: sum(len(group.digits) for group in run), default=None)
    if run is None:
        return None
    start, end = run[0].start, run[-1].end
    groups = tuple(group.digits for group in run)
    before, behind = text[max(0, start - _LOOKED_AT) : start], text[end:]
    is_said = _SAID_BEFORE.search(before if start <= _LOOKED_AT else f"…{before}") is not None
    alone = is_said and _ALONE_BEHIND.fullmatch(behind) is not None
    if len("".join(groups)) == 1 and not alone:
        return None
    context = Context(text)
    is_figure = context.is_of_a_figure(start)
    is_placed = _PLACED.search(before) is not None
    is_beside = start <= _BESIDE and not context.names(start) and (is_said or bool(_SIGN.fullmatch(before[-1:])))
    is_answered = _SAID_BEHIND.match(behind) is not None
    is_behind = is_answered or _SIGN.match(behind) is not None
    return Told(
        groups,
        start,
        end,
        open=is_behind and len(behind) <= _BESIDE and not is_figure,
        on=is_behind and (is_placed or is_beside) and not is_figure,
        alone=alone,
        of_a_number=is_said and is_answered,
        of_a_thing=context.is_of_a_thing(start),
        corrects=re.search(CORRECTION, before[-_BESIDE:]) is not None,
        is_dated=any(group.is_date for group in run),
    )
