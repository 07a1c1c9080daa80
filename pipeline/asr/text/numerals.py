"""How numbers are said in Mandarin: integers, amounts with their units, money, dates, times, digits one by one."""

from __future__ import annotations

import re

import cn2an

from pipeline.asr.text.latin import say_latin

HAN = r"々〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
GROUPED = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?(?![0-9])"
DECIMAL = r"[0-9]+\.[0-9]+"
NUMBER = rf"(?:{GROUPED}|{DECIMAL}|[0-9]+)"

UNITS = {
    "km/h": "公里每小时", "km": "公里", "km2": "平方公里", "m2": "平方米", "m3": "立方米", "cm2": "平方厘米",
    "cm": "厘米", "mm": "毫米", "m": "米", "m/s": "米每秒", "kg": "公斤", "mg": "毫克", "g": "克", "t": "吨",
    "ml": "毫升", "l": "升", "L": "升", "kbps": "K", "mbps": "兆", "gbps": "G", "MB": "兆", "M": "兆",
    "kwh": "千瓦时", "kw": "千瓦", "W": "瓦", "mah": "毫安", "mA": "毫安", "A": "安", "kV": "千伏", "V": "伏",
    "hz": "赫兹", "khz": "千赫兹", "mhz": "兆赫兹", "ghz": "吉赫兹", "dB": "分贝", "kpa": "千帕", "mpa": "兆帕",
    "kcal": "千卡", "Ω": "欧", "min": "分钟", "h": "小时", "s": "秒", "ms": "毫秒", "°C": "度", "°F": "华氏度",
    "°": "度", "GB": " G B", "TB": " T B", "KB": " K B", "G": " G", "K": " K", "T": " T",
}  # fmt: skip
_UNITS_IN_SMALL = {unit.lower(): said for unit, said in UNITS.items() if len(unit) > 1}
CURRENCIES = {
    "US$": "美元", "HK$": "港元", "NT$": "新台币", "RMB": "元", "CNY": "元", "USD": "美元", "HKD": "港元",
    "$": "美元", "¥": "元", "€": "欧元", "£": "英镑",
}  # fmt: skip

_DIGITS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))


def _any_of(words: dict[str, str]) -> str:
    """A pattern for any of the keys, longest first; keys of several letters ignore case."""
    longest_first = sorted(words, key=len, reverse=True)
    return "|".join(f"(?i:{re.escape(w)})" if len(w) > 1 else re.escape(w) for w in longest_first)


MONEY = rf"-?(?:{_any_of(CURRENCIES)})\s?{NUMBER}[千百十万亿]*"
UNIT = rf"(?:{_any_of(UNITS)})(?![A-Za-z0-9])"


def spell(code: str, one: str = "幺") -> str:
    """Digit by digit, letter by letter, Han as they are; four or more lower-case letters are a word.

    Nothing else is read: neither what stands between groups of digits nor the asterisks of a mask.
    """
    said = ""
    for piece in re.findall(rf"[{HAN}]|[A-Za-z]*[a-z]{{4,}}|[A-Za-z]|[0-9]", code):
        if piece.isascii():
            piece = (one if piece == "1" else _DIGITS.get(piece)) or f" {say_latin(piece)} "
        said += piece
    return said


def year(digits: str) -> str:
    return spell(digits, one="一")


def whole(digits: str) -> str:
    """An integer; with more than 16 digits, which cn2an does not take, digit by digit."""
    digits = digits.replace(",", "").lstrip("0") or "0"
    if len(digits) > 16:
        return year(digits)
    said = str(cn2an.an2cn(digits))
    return said[1:] if said.startswith("一十") else said  # 12 is 十二


def without_context(digits: str) -> str:
    """Long numbers are codes unless round, and so are those that begin with 0; others are numbers."""
    starts_with_nought = len(digits) > 1 and digits[0] == "0"
    is_code = starts_with_nought or (len(digits) >= 5 and not digits.endswith("000"))
    return spell(digits) if is_code else whole(digits)


def quantity(text: str) -> str:
    """Sign, number, percent or unit."""
    found = re.fullmatch(rf"(-?)({NUMBER})\s*(.*)", text)
    assert found is not None, text
    minus, number, unit = found.groups()
    integer, point, fraction = number.partition(".")
    said = whole(integer) + (f"点{year(fraction)}" if point else "")
    if unit in ("%", "‰"):
        said = "百" if text == "100%" else said  # as people say it; PaddleSpeech reads 百分之一百
        return f"{'负' if minus else ''}{'百' if unit == '%' else '千'}分之{said}"
    below = "零下" if unit.startswith("°") else "负"
    return (below if minus else "") + said + unit_said(unit)


def unit_said(unit: str) -> str:
    return UNITS.get(unit) or _UNITS_IN_SMALL.get(unit.lower(), "")


def price(number: str) -> str:
    """99.50 is 九十九点五: trailing zeros of the fraction are not read."""
    return quantity(number.rstrip("0").rstrip(".") or "0" if "." in number else number)


def money(text: str) -> str:
    found = re.fullmatch(rf"(-?)({_any_of(CURRENCIES)})\s?({NUMBER})([千百十万亿]*).*", text)
    assert found is not None, text
    minus, currency, number, power = found.groups()
    return f"{'负' if minus else ''}{price(number)}{power}{CURRENCIES[currency.upper()]}"


def date(text: str) -> str:
    number, month, *day = re.findall(r"[0-9]+", text)
    return f"{year(number)}年{whole(month)}月" + (f"{whole(day[0])}日" if day else "")


def day(text: str) -> str:
    """11/27 is 十一月二十七日."""
    month, number = text.split("/")
    return f"{whole(month)}月{whole(number)}日"


def time(text: str) -> str:
    hour, minute, *second = text.split(":")
    said = f"{'两' if int(hour) == 2 else whole(hour)}点"
    for value, unit in zip((minute, *second), "分秒", strict=False):
        if int(value) or second:
            said += ("零" if value[0] == "0" and int(value) else "") + whole(value) + unit
    return said


def fraction(text: str) -> str:
    above, below = re.split("[/⁄]", text)
    return f"{whole(below)}分之{whole(above)}"


def ratio(text: str) -> str:
    left, right = text.split(":")
    return f"{quantity(left)}比{quantity(right)}"


def dotted(text: str) -> str:
    """Versions, of which the first number is one (10.0.1), and addresses of the network, all digits one by one."""
    first, *others = text.split(".")
    return "点".join([whole(first) if len(first) < 3 else year(first), *map(year, others)])
