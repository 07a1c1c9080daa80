"""Text normalisation for Mandarin: written text as it is read aloud, by an ordered table of patterns; the first wins.

Conventions are those of the Chinese text normalisers of speech synthesis (PaddleSpeech, zh_normalization: 12:05 is
十二点零五分, -10°C is 零下十度, 12~23 is 十二到二十三, 86年8月 is 八六年八月, +86 is read without its sign), and 幺 for
1 in telephone numbers and codes. Every pattern is bounded or consumes the whole run it matches, so time is linear.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.asr.text import numerals
from pipeline.asr.text.codes import CODES, MEASURE, MODELS, NAMES, NO_MEASURE
from pipeline.asr.text.latin import say_latin
from pipeline.asr.text.numerals import DECIMAL, GROUPED, HAN, MONEY, NUMBER, UNIT, spell, whole

_ONE_EACH = rf"[{HAN}\u3041-\u3096\u30a1-\u30fa\uac00-\ud7a3]"  # Han, kana and Hangul: one syllable each

_SIGNS = {
    "+": "加", "=": "等于", "@": "艾特", "#": "井号", "*": "星号", "&": "和", "×": "乘", "÷": "除以", "±": "正负",
    "≥": "大于等于", "≤": "小于等于", "≈": "约等于", "°": "度", "$": "美元", "¥": "元", "€": "欧元", "£": "英镑",
}  # fmt: skip
_IN_ADDRESSES = {**_SIGNS, ".": "点", "_": "下划线", "-": "横杠", "/": "斜杠", "%": "百分号", "?": "问号"}
_ROMAN = {"I": "一", "II": "二", "III": "三", "IV": "四", "VI": "六", "VII": "七", "VIII": "八", "IX": "九"}
_RANGES_OF = "%万亿千百元块角分天日月年号时点秒周岁度米克"  # 9点-18点 is 到, 月租-10元 负
_MINUS = rf"(?:(?<![0-9A-Za-z°){_RANGES_OF}])-(?=[0-9]))"
_TO = r"\s?[-~〜—–]{1,2}\s?"
_TWO_OF = "个位名次天周年点块条张份套台部件家倍种项笔本辆间小分万千亿"  # 两个, not 二个
_AMOUNT_WORDS = r"(?:余额|[金总数]额|额度|合计|总计|总共|一共|共计|价格|费用|工资|收入|人民币|欠款|本金|贷款|存款)"


def _amount_after(text: str) -> str:
    words, digits = re.split(r"(?=[0-9])", text, maxsplit=1)
    return "".join(re.findall(_ONE_EACH, words)) + whole(digits)


def _flat(text: str) -> str:
    """3-2-501 is 三杠二杠五零幺: here the hyphens are read."""
    return "杠".join(whole(part) if len(part) < 3 else spell(part) for part in text.split("-"))


def _address(text: str) -> str:
    """E-mail, URL, service_12: words by syllables, digits one by one, signs by name; the scheme is not read."""
    text = re.sub(r"^https?://", "", text, flags=re.IGNORECASE)
    said = ""
    for piece in re.findall(r"[A-Za-z]+|[0-9]+|[^A-Za-z0-9]", text):
        said += f" {say_latin(piece)} " if piece.isalpha() else _IN_ADDRESSES.get(piece) or spell(piece)
    return said


def _each(text: str) -> str:
    return f"每{numerals.unit_said(text[1:])}"


_DOMAIN = r"(?:[A-Za-z0-9-]{1,63}\.){1,6}"
_PATH = r"(?:/[A-Za-z0-9_./?=&%-]{0,200})?"
_YEAR = "[12][0-9]{3}"
_RULES: tuple[tuple[str, Callable[[str], str]], ...] = (
    # Addresses. RFC 5321: 64 characters before the @, RFC 1035: 63 a label.
    (rf"[A-Za-z0-9._+-]{{1,64}}@{_DOMAIN}[A-Za-z]{{2,10}}", _address),
    (rf"(?:(?i:https?)://)?{_DOMAIN}(?i:com|cn|net|org|gov|edu|top|cc)(?![A-Za-z0-9]){_PATH}", _address),
    (r"[A-Za-z][A-Za-z0-9]{0,30}(?:_[A-Za-z0-9]{1,30}){1,6}", _address),
    # Dates.
    (rf"{_YEAR}(?:-[01]?[0-9]-[0-3]?[0-9]|/[01]?[0-9]/[0-3]?[0-9]|\.[01]?[0-9]\.[0-3]?[0-9])(?![0-9])日?",
     numerals.date),
    (rf"{_YEAR}[-/](?:0?[1-9]|1[0-2])(?![/-]?[0-9])", numerals.date),
    (rf"(?:19|20)[0-9]{{2}}(?={_TO}(?:19|20)[0-9]{{2}}(?:年|(?![0-9]){NO_MEASURE}))", numerals.year),
    (rf"(?<=(?:19|20)[0-9]{{2}}[-~–—])(?:19|20)[0-9]{{2}}(?![0-9]){NO_MEASURE}", numerals.year),
    # Flats, then codes.
    (r"[1-9][0-9]?-[0-9]{1,2}-[0-9]{3,4}(?![0-9-])", _flat),
    *((code, spell) for code in CODES),
    (rf"{_AMOUNT_WORDS}(?:[是为有:]|大?约|\s){{0,2}}[0-9]{{3,16}}(?![.,]?[0-9])", _amount_after),
    # Years and times.
    (rf"{_YEAR}(?=\s?(?:年|财年|[届款版]))", numerals.year),
    (r"(?<![了有近约满已过用干第])(?:0[0-9]|[2-9][1-9])(?=年(?![多来前后以了内间时期级龄]))", numerals.year),
    (r"(?:[01]?[0-9]|2[0-4]):[0-5][0-9](?::[0-5][0-9])?(?!:?[0-9])", numerals.time),
    (r"0[1-9](?=[月日号时点])", whole),
    # Fractions, ratios, versions, hyphenated numbers, money and quantities.
    (r"(?:0?[1-9]|1[0-2])/(?:1[3-9]|2[0-9]|3[01])(?![/⁄]?[0-9]|的)", numerals.day),
    (r"[0-9]{1,4}[/⁄][0-9]{1,4}(?![/⁄]?[0-9])", numerals.fraction),
    (r"[0-9]{1,3}(?:\.[0-9]{1,9})?:[0-9]{1,3}(?:\.[0-9]{1,9})?(?!:?[0-9])", numerals.ratio),
    (r"[0-9]{1,5}(?:\.[0-9]{1,5}){2,}(?![0-9])", numerals.dotted),
    (r"[0-9]{1,12}(?:-[0-9]{1,12}){2,}(?![0-9])", spell),
    (rf"{_MINUS}?{MONEY}[元块]?", numerals.money),
    *((name, spell) for name in NAMES),
    (rf"(?<![0-9第])(?<![0-9][.,/:~-])2(?=\s?[{_TWO_OF}])", lambda _: "两"),
    (rf"[0-9]{{5,16}}(?![.,]?[0-9]){MEASURE}", whole),
    (rf"{_MINUS}?(?<![A-Za-z]){NUMBER}(?:\s?{UNIT}|\s?[%‰])", numerals.quantity),
    *((model, spell) for model in MODELS),
    (rf"{_MINUS}?(?:{GROUPED}|{DECIMAL})(?=\s?[元块])", numerals.price),
    (r"(?<=[A-Za-z])-?[0-9]{3,}(?![0-9]|\s?[元块万])", spell),  # Office365
    (rf"{_MINUS}{NUMBER}|{GROUPED}|{DECIMAL}", numerals.quantity),
    (r"[0-9]+", numerals.without_context),
    # Signs between numbers and days.
    (rf"(?<=[周期][一二三四五六日天]){_TO}(?=[周星一二三四五六日天])", lambda _: "到"),
    (rf"(?<=[0-9CGMk{_RANGES_OF}]){_TO}(?=[¥$]?[0-9])", lambda _: "到"),
    (rf"(?<=[0-9元块角毛分万个次天月年日人])/{UNIT}", _each),
    (r"(?<=[0-9BGMK元块角毛分万个次天月年日人])/(?=[年月天日次人个小分秒周晚张件台条米度户]|平[米方])", lambda _: "每"),
    (r"(?<=[0-9])\s?[*xX×]\s?(?=[0-9])", lambda _: "乘"),
    # Words, characters and signs.
    (rf"(?<![A-Za-z])(?:{'|'.join(_ROMAN)})(?=\s?[期级型类度])", lambda numeral: _ROMAN[numeral]),
    (r"[A-Za-zÀ-ÖØ-öø-ɏ]+(?:['’][A-Za-z]+)?", say_latin),
    (r"[零〇一二三四五六七八九]○{1,3}", lambda text: text.replace("○", "〇")),
    (_ONE_EACH, str),
    (r"(?<=[0-9])[★☆]", lambda _: "星"),
    (r"#(?=号)", lambda _: "井"),
    (r"(?<=[0-9])#(?=\s?[0-9楼栋幢])", lambda _: "号"),
    (r"(?<!\*)\*(?=号)", lambda _: "星"),
    (r"(?<!\*)\*(?!\*)", lambda _: "星号"),  # several asterisks are a mask
    (rf"[{re.escape(''.join(_SIGNS).replace('*', ''))}]", lambda sign: _SIGNS[sign]),
)  # fmt: skip
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
