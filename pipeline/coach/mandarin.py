"""What the coach must know of Mandarin, whatever a handbook says: how people ask for patience, and company names.

Data only; the code that uses it is `procedures.waits` and `conditions.phrase_missing_by`.
"""

from __future__ import annotations

import re

# --- asking for patience ---------------------------------------------------------------------------------------

_VERB = r"(?:查|找|看|问|拿|翻|核对|核实|确认|咨询|请示|处理|操作|登记|转接)"
_A_BIT = r"(?:一下|下|看看|看|找找|找|询)"

ASKS_TO_WAIT = re.compile(
    r"[稍少烧捎梢]微?等"  # 烧等 and 少等 are what recognisers make of 稍等
    r"|稍候|请[您你]?稍后(?!再|给|会|回|联系|致电|拨|打|跟)"
    r"|(?<![不别没久勿需他她它])等(?:一?下|一?会儿?|一等|等|片刻)(?!就|会|再|还|可能|班|次)"
    rf"|等我(?:先|再|去|来)?(?:{_VERB}|一?下(?!班)|一?会)"
    r"|请[您你]?(?:耐心)?等(?!到|.{0,3}(?:通知|结果|消息|回复|电话|短信))"
    rf"|我(?:先|再|来|去|马上|这边|现在|这就)*[帮给替为][您你](?:先|再|去)?{_VERB}{_A_BIT}"
    rf"|(?<![帮给替])我(?:先|再|来|去|马上|这边|现在|这就)*{_VERB}{_A_BIT}(?!吗)"
)
REFUSES_TO_WAIT = re.compile(  # right before it: 不用等, 让您久等
    r"(?:不用|不要|不必|无需|不需要|别|没|不能|不想|不再|已经|一直在|都在|刚才|刚刚)再?(?:让[您你])?稍?$"
)
ASKS_A_QUESTION = re.compile(r"多少|贵姓|怎么称呼|(?:提供|报|说)一下")

TELLS_TO_WAIT = re.compile(r"(?<![不别没久勿])(?<!已经)(?<!不要)(?<!不用)(?<!我)(?<!我都)等(?!了|不|到|于|级)|给我")
"""Weaker than ASKS_TO_WAIT: it counts only with a time beside it."""

DIGITS = r"(?:\d+(?:\.\d+)?|[零一二两三四五六七八九十百半]+)"
TIME = re.compile(rf"({DIGITS})(?:个)?(秒|分钟|分|小时|钟头)(半)?钟?(?!前|之前|以前|以后|之后|后再|内到|了)")
"""Amount, unit and 半 of a time that is said."""

BEFORE_A_WAIT = re.compile(  # right before the time: 等两分钟 and 大约两分钟 are promises, 过了两分钟 is none
    r"(?<![不别没久勿])等(?!了)[^，]{0,8}$|(?:给我|需要|大约|大概|差不多|可能要|最多|要)[^，]{0,4}$|(?:^|，)$"
)
UNIT_MS = {"秒": 1_000, "分": 60_000, "分钟": 60_000, "小时": 3_600_000, "钟头": 3_600_000}
HALF = "半"
SINGLE_DIGITS = frozenset("一二两三四五六七八九")

# --- names -----------------------------------------------------------------------------------------------------

LEGAL_FORM = re.compile(r"(?<=..)(?:物业|管理|服务|科技|股份|有限|责任|公司|集团)+$")
"""What a company's name ends with and people leave out, down to two characters: 华安 for 华安物业服务有限公司."""

AND = "和"
COMMA = "，"
BLANK = "__"
