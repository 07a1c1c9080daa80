"""What the coach must know of Mandarin, whatever a handbook says: how times are said, and company names.

Data only; the code that uses it is `procedures.waits` and `conditions.phrase_missing_by`.
"""

from __future__ import annotations

import re

# --- times --------------------------------------------------------------------------------------------------------

DIGITS = r"(?:\d+(?:\.\d+)?|[零一二两三四五六七八九十百半几]+)"
PIECE_OF_TIME = re.compile(rf"({DIGITS})(?:个|来|多)*(半)?(秒|刻钟|分钟|分|小时|钟头)(半)?(?:来|多)?钟?")
"""Amount, 半 (一个半小时), unit, 半 (一分半钟)."""

_PIECE = PIECE_OF_TIME.pattern.replace("(", "(?:").replace("(?:?:", "(?:")
_TIME = rf"(?:好|{DIGITS}[到至])?(?P<time>{_PIECE}(?:{_PIECE})?)"
_ABOUT = (
    r"(?:可能|大概|大约|差不多|估计|预计|需要|要|得|再|还|也|就|最多|顶多|不超过|不会超过|不到|我|[您你]|这边|查询)"
)
_OTHER = r"(?:的(?!时间|工夫|功夫|样子)|(?:以|之)?[内前后]|会|热线|一[班趟次]|就?到|了|后?再(?:打|拨|来|联系|试))"
PROMISES = (
    # 等大约两分钟, 给我两分钟, 查一下大概要两分钟; 过了两分钟 is none, nor 师傅大概半小时到
    re.compile(rf"(?:(?<![不别没久勿用])等|[给等]我|一下){_ABOUT}*{_TIME}(?!{_OTHER})"),
    # a clause of nothing else; one that leads the utterance says 大概 or 需要 as well
    re.compile(
        rf"(?:^{_ABOUT}+|，{_ABOUT}*){_TIME}(?:左右|上下|的?样子|的?时间|[吧啊呢哈]|就[好行够可]以?了?|[您你]看|(?:可以|好|行)[吗嘛么吧骂妈马码麻])*(?=，|$)"
    ),
)
"""Where a time belongs to the waiting, in a text whose marks are all ，; the group `time` is the time."""

COME_BACK_LATER = re.compile(rf"等[^，]{{0,4}}{_TIME}(?:以|之)?后?再(?:打|拨|来|联系|试)")
"""稍等半小时再打过来: nobody waits on the line."""

UNIT_MS = {"秒": 1_000, "刻钟": 900_000, "分": 60_000, "分钟": 60_000, "小时": 3_600_000, "钟头": 3_600_000}
HALF = "半"
SOME, SOME_IS = "几", "五"
"""几分钟, 十几分钟 name no number: the middle of what they can mean, as too short a limit would raise a wrong hint."""
SINGLE_DIGITS = frozenset("一二两三四五六七八九")


def as_duration(ms: int) -> str:
    """As people say it: 41秒, 15分01秒, 2分钟."""
    minutes, seconds = divmod(round(ms / 1000), 60)
    if not minutes:
        return f"{seconds}秒"
    return f"{minutes}分{seconds:02}秒" if seconds else f"{minutes}分钟"


# --- names -----------------------------------------------------------------------------------------------------

LEGAL_FORM = re.compile(r"(?<=..)(?:物业|管理|服务|科技|股份|有限|责任|公司|集团)+$")
"""What a company's name ends with and people leave out, down to two characters: 华安 for 华安物业服务有限公司."""

AND = "和"
COMMA = "，"
BLANK = "__"
