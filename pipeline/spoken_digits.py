"""Digits as Mandarin says them, also on the telephone, and what recognisers hear for those."""

from __future__ import annotations

DIGITS = "零一二三四五六七八九"
"""By value: `DIGITS[3]` is 三."""

ON_THE_PHONE = {"幺": "1", "洞": "0", "拐": "7", "勾": "9", "两": "2"}
MISHEARD = {"要": "1", "腰": "1", "动": "0", "怪": "7", "沟": "9", "辆": "2"}
"""What recognisers write for those of the telephone: a digit only between others."""

VALUES = {said: str(value) for value, said in enumerate(DIGITS)} | ON_THE_PHONE
