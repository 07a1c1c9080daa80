"""Text normalisation for Mandarin: written text as it is read aloud, by an ordered table of patterns; the first wins.

Conventions are those of the Chinese text normalisers of speech synthesis (PaddleSpeech, zh_normalization: 12:05 is
十二点零五分, -10°C is 零下十度, 12~23 is 十二到二十三, 86年8月 is 八六年八月, +86 is read without its sign), and 幺 for
1 in telephone numbers and codes. Every pattern is bounded or consumes the whole run it matches, so time is linear.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cn2an

from pipeline.asr.text.latin import say_latin

HAN = r"々〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_ONE_EACH = rf"[{HAN}\u3041-\u3096\u30a1-\u30fa\uac00-\ud7a3]"  # Han, kana and Hangul: one syllable each

_DIGITS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
_SIGNS = {
    "+": "加", "=": "等于", "@": "艾特", "#": "井号", "*": "星号", "&": "和", "×": "乘", "÷": "除以", "±": "正负",
    "≥": "大于等于", "≤": "小于等于", "°": "度", "$": "美元", "¥": "元", "€": "欧元", "£": "英镑",
}  # fmt: skip
_IN_ADDRESSES = {**_SIGNS, ".": "点", "_": "下划线", "-": "横杠", "/": "斜杠", "@": "艾特", "%": "百分号", "?": "问号"}
_UNITS = {
    "km/h": "公里每小时", "km": "公里", "m2": "平方米", "m3": "立方米", "cm": "厘米", "mm": "毫米", "m": "米",
    "kg": "公斤", "mg": "毫克", "g": "克", "ml": "毫升", "l": "升", "L": "升", "mbps": "兆", "MB": "兆", "M": "兆",
    "kwh": "千瓦时", "kw": "千瓦", "W": "瓦", "mah": "毫安", "V": "伏", "hz": "赫兹", "min": "分钟", "h": "小时",
    "s": "秒", "°C": "度", "°": "度", "GB": " G B", "TB": " T B", "KB": " K B", "G": " G", "K": " K", "T": " T",
}  # fmt: skip
_UNITS_IN_SMALL = {unit.lower(): said for unit, said in _UNITS.items() if len(unit) > 1}
_CURRENCIES = {
    "US$": "美元",
    "HK$": "港元",
    "RMB": "元",
    "CNY": "元",
    "USD": "美元",
    **{sign: _SIGNS[sign] for sign in "$¥€£"},
}


def _any(words: dict[str, str]) -> str:
    """A pattern for any of the keys, longest first; keys of several letters ignore case."""
    longest_first = sorted(words, key=len, reverse=True)
    return "|".join(f"(?i:{re.escape(w)})" if len(w) > 1 else re.escape(w) for w in longest_first)


# A measure word follows: the digits before it are a number, never a code.
_MEASURE = (
    r"(?=\s?(?:[元块圆角毛万亿千百多几余个人位名次天日周月岁点时分秒米克斤吨升度家台部条件张份套笔页本辆间层楼户组倍"
    r"种项例步字票股亩公平英美港欧年%]|号楼))"
)
_NO_MEASURE = _MEASURE.replace("(?=", "(?!", 1)
_GROUPED = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?(?![0-9])"
_DECIMAL = r"[0-9]+\.[0-9]+"
_NUMBER = rf"(?:{_GROUPED}|{_DECIMAL}|[0-9]+)"
_MINUS = r"(?:(?<![0-9A-Za-z%°)])-(?=[0-9]))"
_UNIT = rf"(?:\s?(?:{_any(_UNITS)})(?![A-Za-z0-9])|\s?[%‰])"
_CURRENCY = rf"(?:{_any(_CURRENCIES)})\s?"
_TO = r"\s?[-~〜—–]{1,2}\s?"

# After these words digits are read one by one; after _WEAK_CODE_WORDS only three or more digits.
_CODE_WORDS = (
    r"(?:(?:验证|校验|动态|识别|取件|提取|提货|邀请|优惠|兑换)码|(?:动态)?密码|口令|"
    r"(?:[工尾卡单编学]|[账帐]|房间?|门牌|座位|航班|车牌|运单|订单|流水|合同|保单|发票|序列|批次|身份证|微信|手机|分机|电话|QQ)号"
    r"|编码|代码|号码|邮编|车次|[后末前][两二三四五六七八]位)"
)
_WEAK_CODE_WORDS = r"(?:航班|房间|订单|手机|座机|分机|电话|热线|内线|传真|客服|账户|单元|号楼|[栋幢])"
_DIALLED = r"(?:拨打|[打拨按转])"
_GLUE = r"(?:号码?|码|数字|就?是|为|叫|[您你]的|[:,]|\s){0,3}"
_CODE = r"(?=[A-Za-z]{0,8}[0-9])(?:[A-Za-z0-9]{2,32}(?:[- ][0-9]{2,12}){0,6})(?![A-Za-z0-9])"
_LONG_CODE = _CODE.replace("{2,32}", "{3,32}")
_NAMES = r"(?<![0-9])(?<![0-9][-~.:])(?:110|119|315|618|666|985|996)"  # numbers that are names: police, universities
_TWO_OF = "个位名次天周年点块条张份套台部件家倍种项笔本辆间小分万千亿"  # 两个, not 二个
_AMOUNT_WORDS = r"(?:余额|[金总数]额|额度|合计|总计|总共|一共|共计|价格|费用|工资|收入|人民币|欠款|本金|贷款|存款)"


def _spell(code: str, one: str = "幺") -> str:
    """Digit by digit, letter by letter; four or more lower-case letters are a word; separators are not read."""
    said = ""
    for piece in re.findall(r"[A-Za-z]*[a-z]{4,}|[A-Za-z]|[0-9]", code):
        said += (one if piece == "1" else _DIGITS.get(piece)) or f" {say_latin(piece)} "
    return said


def _spell_after(text: str) -> str:
    """Han characters, then a code."""
    begin = re.search(r"[A-Za-z]{0,8}[0-9]", text.replace("QQ", "  "))
    at = begin.start() if begin else len(text)
    return read_aloud(text[:at]) + _spell(text[at:])


def _year(digits: str) -> str:
    return _spell(digits, one="一")


def _whole(digits: str) -> str:
    """An integer; with more than 16 digits, which cn2an does not take, digit by digit."""
    digits = digits.replace(",", "").lstrip("0") or "0"
    if len(digits) > 16:
        return _year(digits)
    said = str(cn2an.an2cn(digits))
    return said[1:] if said.startswith("一十") else said  # 12 is 十二


def _quantity(text: str) -> str:
    """Sign, number, percent or unit."""
    found = re.fullmatch(rf"(-?)({_NUMBER})\s*(.*)", text)
    assert found is not None, text
    minus, number, unit = found.groups()
    whole, point, fraction = number.partition(".")
    said = _whole(whole) + (f"点{_year(fraction)}" if point else "")
    if unit in ("%", "‰"):
        said = "百" if text == "100%" else said  # as people say it; PaddleSpeech reads 百分之一百
        return f"{'负' if minus else ''}{'百' if unit == '%' else '千'}分之{said}"
    below = "零下" if unit.startswith("°") else "负"
    return (below if minus else "") + said + (_UNITS.get(unit) or _UNITS_IN_SMALL.get(unit.lower(), ""))


def _plain(digits: str) -> str:
    """A number without context: long ones are codes unless round, and so are those that begin with 0."""
    starts_with_nought = len(digits) > 1 and digits[0] == "0"
    is_code = starts_with_nought or (len(digits) >= 5 and not digits.endswith("000"))
    return _spell(digits) if is_code else _whole(digits)


def _amount_after(text: str) -> str:
    at = re.search(r"[0-9]", text)
    begin = at.start() if at else len(text)
    return read_aloud(text[:begin]) + _whole(text[begin:])


def _price(number: str) -> str:
    """99.50 is 九十九点五: trailing zeros of the fraction are not read."""
    return _quantity(number.rstrip("0").rstrip(".") or "0" if "." in number else number)


def _money(text: str) -> str:
    found = re.fullmatch(rf"(-?)({_CURRENCY})({_NUMBER})([千百十万亿]*)(.*)", text)
    assert found is not None, text
    minus, currency, number, power, _ = found.groups()
    return f"{'负' if minus else ''}{_price(number)}{power}{_CURRENCIES[currency.strip().upper()]}"


def _date(text: str) -> str:
    year, month, *day = re.findall(r"[0-9]+", text)
    return f"{_year(year)}年{_whole(month)}月" + (f"{_whole(day[0])}日" if day else "")


def _time(text: str) -> str:
    hour, minute, *second = text.split(":")
    said = f"{'两' if int(hour) == 2 else _whole(hour)}点"
    for value, unit in zip((minute, *second), "分秒", strict=False):
        if int(value) or second:
            said += ("零" if value[0] == "0" and int(value) else "") + _whole(value) + unit
    return said


def _fraction(text: str) -> str:
    above, below = re.split("[/⁄]", text)
    return f"{_whole(below)}分之{_whole(above)}"


def _ratio(text: str) -> str:
    left, right = text.split(":")
    return f"{_quantity(left)}比{_quantity(right)}"


def _dotted(text: str) -> str:
    return "点".join(_year(part) for part in text.split("."))


def _hyphened(text: str) -> str:
    """3-2-501 is 三杠二杠五零一; the hyphens of an account number are not read."""
    parts = text.split("-")
    return ("杠" if min(map(len, parts)) < 3 else "").join(map(_spell, parts))


def _address(text: str) -> str:
    """E-mail and URL: words by syllables, digits one by one, signs by name; the scheme is not read."""
    text = re.sub(r"^https?://", "", text, flags=re.IGNORECASE)
    said = ""
    for piece in re.findall(r"[A-Za-z]+|[0-9]+|[^A-Za-z0-9]", text):
        said += f" {say_latin(piece)} " if piece.isalpha() else _IN_ADDRESSES.get(piece) or _spell(piece)
    return said


def _sign(text: str) -> str:
    return _SIGNS[text]


_DOMAIN = r"(?:[A-Za-z0-9-]{1,63}\.){1,6}"
_RULES: tuple[tuple[str, Callable[[str], str]], ...] = (
    # Addresses. RFC 5321: 64 characters before the @, RFC 1035: 63 a label.
    (rf"[A-Za-z0-9._+-]{{1,64}}@{_DOMAIN}[A-Za-z]{{2,10}}", _address),
    (
        rf"(?:(?i:https?)://)?{_DOMAIN}(?i:com|cn|net|org|gov|edu|top|cc)(?![A-Za-z0-9])(?:/[A-Za-z0-9_./?=&%-]{{0,200}})?",
        _address,
    ),
    # Telephone numbers: mobile, 400/800, with area code; card numbers in fours; identity numbers (GB 11643).
    (r"(?:\+?86[- ]?)?1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4}(?![0-9])", _spell),
    (r"1[3-9][0-9]\*{4}[0-9]{4}(?![0-9])", _spell),  # masked digits: the asterisks are not read
    (r"[48]00[- ]?(?:[0-9]{3}[- ]?[0-9]{4}|[0-9]{4}[- ]?[0-9]{3})(?![0-9])", _spell),
    (r"\(?0[0-9]{2,3}\)?[- ]?[0-9]{7,8}(?![0-9])", _spell),
    (r"[0-9]{4}(?: [0-9]{4}){2,5}(?: [0-9]{1,4})?(?![0-9])", _spell),
    (r"[0-9]{17}[0-9Xx](?![0-9A-Za-z])", _spell),
    # Digits whose reading depends on the word before.
    (rf"{_CODE_WORDS}{_GLUE}{_CODE}", _spell_after),
    (rf"{_WEAK_CODE_WORDS}{_GLUE}{_LONG_CODE}{_NO_MEASURE}", _spell_after),
    (rf"{_DIALLED}了?\s?[0-9]{{3,4}}(?![0-9])(?<!00){_NO_MEASURE}", _spell_after),
    (rf"{_AMOUNT_WORDS}(?:[是为有:]|大?约|\s){{0,2}}[0-9]{{5,16}}(?![.,]?[0-9])", _amount_after),
    # Dates and times.
    (r"[12][0-9]{3}(?:-[01]?[0-9]-[0-3]?[0-9]|/[01]?[0-9]/[0-3]?[0-9]|\.[01]?[0-9]\.[0-3]?[0-9])(?![0-9])日?", _date),
    (r"[12][0-9]{3}[-/](?:0?[1-9]|1[0-2])(?![/-]?[0-9])", _date),
    (r"[12][0-9]{3}(?=\s?(?:年|财年|[届款版]))", _year),
    (rf"[12][0-9]{{3}}(?={_TO}[12][0-9]{{3}}年)", _year),
    (r"(?<![了有近约满已过用干第])(?:0[0-9]|[2-9][1-9])(?=年(?![多来前后以了内间时期级龄]))", _year),
    (r"(?:[01]?[0-9]|2[0-4]):[0-5][0-9](?::[0-5][0-9])?(?!:?[0-9])", _time),
    (r"0[1-9](?=[月日号时点])", _whole),
    # Fractions, ratios, versions, hyphenated numbers, money and quantities.
    (r"[0-9]{1,4}[/⁄][0-9]{1,4}(?![/⁄]?[0-9])", _fraction),
    (r"[0-9]{1,3}(?:\.[0-9]{1,9})?:[0-9]{1,3}(?:\.[0-9]{1,9})?(?!:?[0-9])", _ratio),
    (r"[0-9]{1,5}(?:\.[0-9]{1,5}){2,}(?![0-9])", _dotted),
    (r"[0-9]{1,12}(?:-[0-9]{1,12}){2,}(?![0-9])", _hyphened),
    (rf"{_MINUS}?{_CURRENCY}{_NUMBER}[千百十万亿]*[元块]?", _money),
    (rf"{_NAMES}(?![.,:]?[0-9]|[%~/-]|\s?[A-Za-z]){_NO_MEASURE}", _spell),
    (r"[0-9]{3,4}(?<!00)(?=\s?(?:号房|号线|号(?!楼)|室|房|路))|[0-9]{2}(?=折)", _spell),
    (rf"(?<![0-9第])(?<![0-9][.,/:~-])2(?=\s?[{_TWO_OF}])", lambda _: "两"),
    (rf"[0-9]{{5,16}}(?![.,]?[0-9]){_MEASURE}", _whole),
    (rf"{_MINUS}?{_NUMBER}{_UNIT}", _quantity),
    (r"[A-Z]{1,8}-?[0-9]{2,30}(?:-?[A-Z0-9]{1,30}){0,6}(?![a-z])|[0-9]{2,30}[A-Z][A-Z0-9]{0,30}(?![a-z])", _spell),
    (rf"{_MINUS}?(?:{_GROUPED}|{_DECIMAL})(?=\s?[元块])", _price),
    (r"(?<=[A-Za-z])-?[0-9]{3,}", _spell),  # Office365
    (rf"{_MINUS}{_NUMBER}|{_GROUPED}|{_DECIMAL}", _quantity),
    (r"[0-9]+", _plain),
    # Signs between numbers and days.
    (rf"(?<=[周期][一二三四五六日天]){_TO}(?=[周星一二三四五六日天])", lambda _: "到"),
    (rf"(?<=[0-9%万亿千百元块角分天日月年号时点秒周岁度米克CGMk]){_TO}(?=[¥$]?[0-9])", lambda _: "到"),
    (r"(?<=[0-9元块角万个次天月年日人])/(?=[年月天日次人个小分秒周晚张件台])", lambda _: "每"),
    (r"(?<=[0-9])\s?[*xX×]\s?(?=[0-9])", lambda _: "乘"),
    # Words, characters and signs.
    (r"[A-Za-zÀ-ÖØ-öø-ɏ]+(?:['’][A-Za-z]+)?", say_latin),
    (r"[零〇一二三四五六七八九]○{1,3}", lambda text: text.replace("○", "〇")),
    (_ONE_EACH, str),
    (r"(?<!\*)\*(?!\*)", _sign),  # several asterisks are a mask
    (rf"[{re.escape(''.join(_SIGNS).replace('*', ''))}]", _sign),
)
_TEXT = re.compile("|".join(f"(?P<r{i}>{pattern})" for i, (pattern, _) in enumerate(_RULES)))
_SYLLABLE = re.compile(rf"{_ONE_EACH}|[A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Said:
    """The expression `text[start:end]` is read aloud as `reading`."""

    start: int
    end: int
    reading: str

    @property
    def characters(self) -> int:
        """Number of Han characters and Latin syllables."""
        return len(_SYLLABLE.findall(self.reading))


def readings(text: str) -> Iterator[Said]:
    """The expressions of `text` (NFKC, simplified) that are read aloud, in order; anything else is not read."""
    for found in _TEXT.finditer(text):
        rule = found.lastgroup
        assert rule is not None
        yield Said(found.start(), found.end(), _RULES[int(rule[1:])][1](found.group()))


def read_aloud(text: str) -> str:
    """The whole reading: Han as they are, Latin syllables joined by `·`, words and letters separated by spaces."""
    said = " ".join(" ".join(piece.reading.split()) for piece in readings(text))
    return re.sub(rf"(?<={_ONE_EACH}) (?={_ONE_EACH})", "", said)
