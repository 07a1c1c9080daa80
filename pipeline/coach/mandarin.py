"""What the coach must know of Mandarin, whatever a handbook says: how times are said, and company names.

Data only; the code that uses it is `procedures.waits` and `conditions.phrase_missing_by`.
"""

from __future__ import annotations

import re

# --- times --------------------------------------------------------------------------------------------------------

DIGITS = r"(?:\d+(?:\.\d+)?|[零一二两三四五六七八九十百半]+)"
TIME = re.compile(rf"({DIGITS})(?:个|来)?(秒|分钟|分|小时|钟头)(半)?钟?(?!前|之前|以前|以后|之后|后再|内到|了)")
"""Amount, unit and 半 of a time that is said."""

BEFORE_A_WAIT = re.compile(  # right before the time: 等两分钟 and 大约两分钟 are promises, 过了两分钟 is none
    r"(?<![不别没久勿])等(?!了)[^，]{0,8}$|(?:给我|需要|大约|大概|差不多|可能要|最多|要|[等给]我)[^，]{0,4}$|(?:^|，)$"
)
UNIT_MS = {"秒": 1_000, "分": 60_000, "分钟": 60_000, "小时": 3_600_000, "钟头": 3_600_000}
HALF = "半"
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
