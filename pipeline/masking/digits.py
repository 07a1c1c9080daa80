"""Digits of a text in groups, and groups in runs, as people say and write long numbers.

138 0013 8000, 一三八，零零幺三，嗯，三个八 … are each one run: groups of digits with nothing between them but spaces,
signs, hesitations and the ends of lines. Amounts, dates and times end a run. One pass by one pattern, each alternative
of which is bounded or takes all that it has looked at, so that time is linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.spoken_digits import MISHEARD, VALUES

_FINANCIAL = dict(zip("〇○壹贰叁肆伍陆柒捌玖", "00123456789", strict=True))
# Sounds of digits in other characters; as digits only between digits that are sure.
_HEARD_AS = ("灵铃懂", "妖邀吆以已依衣医么", "俩而儿", "山", "", "伍舞", "流留", "期", "吧巴", "钩酒久旧")  # by value
_SOUNDS = MISHEARD | {heard: str(value) for value, heard_as in enumerate(_HEARD_AS) for heard in heard_as}
_VALUES = {**_SOUNDS, **VALUES, **_FINANCIAL}
_AS_DIGITS = str.maketrans(_VALUES)
_HAN_DIGITS = "".join([*VALUES, *_FINANCIAL])
_SURE = rf"[0-9{_HAN_DIGITS}]"
# What a digit is the beginning of behind a number, rather than one more of it: 0446 | 两张都要, 四四六 | 一直没人接.
_COUNTS = (
    r"(?:一(?:[直般些样定起共边旦再律块切遍]|会儿?)|[一两二三四五六七八九](?:[张台部套笔次遍家]|个(?:月|号|人|都|电话|手机|卡|[，,。]))"
    r"|两个)"
)
# A digit of a group: 幺五零 | 两个零, and a written number stands for itself (张三 | 13800138000).
_EACH = rf"(?![0-9]{{7}}){_SURE}(?!个{_SURE})"
_NEXT = rf"(?!{_COUNTS}){_EACH}"
_UNSURE = f"[{''.join(_SOUNDS)}]"
_FIRST_UNSURE = "要腰妖邀以已依么"  # for 幺 at the start of a mobile number
_AFTER_A_NAME = "(?<![号码机话证卡信]么)"  # 卡号么，六二二二…
_HUNDREDS = "十百千万亿"

# Money at any length, all else only behind few digits: a telephone number may stand before 天, too.
_MONEY = re.compile(r"\s?(?:元|块|圆|万|亿|人民币)")
_MEASURE = re.compile(
    rf"\s?(?:[{_HUNDREDS}元块角毛多几余个人位次天周年月岁点时秒米克斤吨升度台条件张份套笔辆间层楼组倍种项例步股亩平折"
    r"寸兆级路线栋幢座%‰GMTK]|名(?!字|叫|是|为)|户(?!名|主|头)|分(?![机行])|单元|小时|号(?:楼|线|院|之前|前|上午|下午|晚上)?(?!码|是|就))"
)
_SHORT = 6  # digits, up to which a measure makes a number of them
_WRITTEN_AS = frozenset({(3, 4, 4), (4, 4, 4, 4), (4, 4, 4, 4, 2), (4, 4, 4, 4, 3), (6, 8, 4)})
"""Digits of the groups of numbers as they are written, which go on before a measure, too: 138 0013 8000 号."""
_MOST_BEFORE = max(map(len, _WRITTEN_AS)) - 1  # groups

_DATE = (
    rf"(?P<date>(?P<year>(?:19|20|[一幺]九|二[零〇]){_SURE}{{2}}|{_SURE}{{2}}(?=年))[年./-][\s，,]?"
    rf"(?P<month>[零〇0]?{_SURE}|[1一十][0-2零〇一二])[月./-][\s，,]?"
    rf"(?P<day>[二三]?十{_SURE}?|[1-3一二三]{_SURE}|[零〇0]?{_SURE})(?![{_HUNDREDS}]|{_SURE})[日号]?)"
)
_AMOUNT = (
    r"(?P<amount>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?(?![0-9])|[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9])"
    r"|[0-9]+\.[0-9]{1,2}(?![0-9])|[0-9]{1,2}:[0-9]{2}(?![0-9])"
    rf"|第{_SURE}+|{_SURE}?[{_HUNDREDS}][{_HAN_DIGITS}{_HUNDREDS}]*)"
)
_A_MOBILE = rf"[1一幺][3-9三四五六七八九]{_SURE}{{9}}(?!{_SURE})"
_REPEATED = (
    rf"(?P<repeated>(?P<times>[2-9两二三四五六七八九](?=个)|双)个?(?!{_A_MOBILE})(?P<digit>{_SURE})(?![{_HUNDREDS}]))"
)
_SPOKEN = (
    rf"(?:[{_FIRST_UNSURE}]{_AFTER_A_NAME}(?=[3-9三四五六七八九]))?{_EACH}(?:{_NEXT})*(?:{_UNSURE}{{1,4}}(?:{_NEXT})+)*"
)
_BEFORE_A_MOBILE = rf"{_SURE}{{1,2}}(?={_A_MOBILE})"  # 李四 | 一三八…, 86 | 138…
_GROUP = rf"(?P<group>{_BEFORE_A_MOBILE}|[0-9]{{7,}}|{_SPOKEN})"
_LAST_X = (
    r"(?P<x>(?:最后)?(?:一位)?是?个?"
    r"(?:(?:大写|字母)?的?\s?[Xx](?![A-Za-z0-9])|叉|(?:艾|埃|爱)克斯))"
)
_SIGNS = r"\s\u200b\ufeff‐-―_/·•.。,，、;；…()（）~～－-"
CORRECTION = "不对|不是|不{2,3}|[哦噢啊呃诶]不|[我说讲报念记搞]{0,2}(?:错了?|反了)|更正一?下?"
"""Takes back what was just said, as a pattern."""
_LOOKING = (  # what people say while they look for the rest
    "不好意思|对不起|抱歉|让?我?再?[去来]?(?:[看想找听翻查瞧](?:[看想找听翻瞧]|一[下眼]|下)|对一下)(?:手机|本子|短信|资料|证件?|卡片?)?"
    "|别急|慢点|我说慢点"
)
_SAID_BETWEEN = (
    f"{CORRECTION}|应该是?|{_LOOKING}|等下|等会儿?|(?:前面?|中间|后面?|最后|末尾?|头|再?[记报来])[三四34]位数?字?|"
    "嗯|呃|额|唔|啊|哦|噢|哎|欸|诶|呀|哈|嘛|么|呢|吧|哟|喔|吗|那个|这个|那|然后|接着|接下来|再来?|还有|之后|就是|是|对|好的?|的"
    "|杠|横杠|减|空格|你?(?:再?记|等)一下|等等|稍等|前面|后面|后边|中间|当中|开头|打头|最后|末尾|尾号|尾数"
)
_LINE = rf"\n(?:(?!{_SURE})[^\n]){{1,6}}(?=\n)"  # a short line between two with digits: 嗯对, 你记一下
_GLUE = rf"(?P<glue>{_LINE}|[{_SIGNS}]|{_SAID_BETWEEN})"
# Most characters of talk begin no token, and are passed over by one look.
_FIRST = "".join(
    sorted({*_VALUES, *"第双最一是个大字的叉艾埃爱", *_SAID_BETWEEN, *_HUNDREDS} - {*"|?()[]{},034了该位数会下"})
)
_TOKEN = re.compile(rf"(?=[0-9Xx{_FIRST}{_SIGNS}])(?:{'|'.join((_DATE, _AMOUNT, _REPEATED, _GROUP, _LAST_X, _GLUE))})")
_CORRECTED = re.compile(CORRECTION)
_MOST_GLUE = 8  # tokens between two groups
_WORDS_BEFORE = re.compile(r"(?:tel|phone|mobile|call|wx|vx|qq)\W?[0-9]{0,2}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Group:
    """The characters `start` to `end` of a text say `digits`, with nothing between them.

    `is_spoken`: some are written as words. `is_date`: they are a date with its 年 and 月. `is_unsure`: the first digit
    may be another word (要). `before`: what stands between it and the group before it.
    """

    digits: str
    start: int
    end: int
    is_spoken: bool = False
    is_date: bool = False
    is_unsure: bool = False
    before: str = ""

    @property
    def is_correction(self) -> bool:
        """Whether it is said in the place of digits before it: 五零二三，哦不对，五零二四."""
        return _CORRECTED.search(self.before) is not None


Run = tuple[Group, ...]


def runs(text: str) -> Iterator[Run]:
    """The runs of `text` (in one form: `pipeline.han.one_form`), in order."""
    run: list[Group] = []
    end = digits_end = glue = 0
    for token in _TOKEN.finditer(text):
        if run and (token.start() != end or glue > _MOST_GLUE):
            yield tuple(run)
            run = []
        end = token.end()
        if token["glue"]:
            glue += 1
            continue
        before = text[digits_end : token.start()] if run else ""
        group = _group(token, before, is_last=_goes_on(run, token, before))
        if group is not None and (not token["x"] or _ends_identity(run, before)):
            run.append(group)
        elif run and not token["x"]:
            yield tuple(run)
            run = []
        glue, digits_end = 0, end
    if run:
        yield tuple(run)


def _ends_identity(run: list[Group], before: str) -> bool:
    """An X is a digit at the end of an identity card's number alone: at once, or where 17 stand before it."""
    return bool(run) and (not before or sum(len(group.digits) for group in run) == 17)


def _goes_on(run: list[Group], token: re.Match[str], before: str) -> bool:
    """Whether a token is the last group of a number that is written in groups with the same sign between them."""
    if len(before) != 1 or before not in " -":
        return False
    near = run[-_MOST_BEFORE:]
    sizes = (*(len(group.digits) for group in near), len(token[0]))
    forms = (len(form) for form in _WRITTEN_AS if sizes[-len(form) :] == form)
    return any(all(group.before == before for group in near[len(sizes) - form + 1 :]) for form in forms)


def _group(token: re.Match[str], before: str, *, is_last: bool) -> Group | None:
    """What a token says in digits; None where it is a number of something or part of a code with letters.

    `is_last`: of a number that is written in groups.
    """
    text, start, end = token.string, token.start(), token.end()
    if token["date"]:
        digits = _year(token["year"]) + _two(token["month"]) + _two(token["day"])
        return Group(digits, start, end, is_spoken=not token["year"].isascii(), is_date=True)
    if token["x"]:
        return Group("X", start, end)
    if token["repeated"]:
        times = 2 if token["times"] == "双" else int(_digits(token["times"]))
        return Group(_digits(token["digit"]) * times, start, end, is_spoken=True, before=before)
    said = token["group"]
    if said is None or _MONEY.match(text, end) or (len(said) <= _SHORT and not is_last and _MEASURE.match(text, end)):
        return None
    if said.isascii() and _is_of_code(text, start, end):
        return None
    is_unsure = said[0] in _FIRST_UNSURE
    return Group(_digits(said), start, end, is_spoken=not said.isascii(), is_unsure=is_unsure, before=before)


def _is_of_code(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 8) : start], text[end : end + 2]
    is_after_letter = bool(re.search(r"[A-Za-z*]-?[0-9]{0,2}$", before)) and not _WORDS_BEFORE.search(before)
    return is_after_letter or bool(re.match(r"[A-WYZa-wyz*]|[Xx][A-Za-z0-9]", after))


def _digits(said: str) -> str:
    return said.translate(_AS_DIGITS)


def _year(said: str) -> str:
    """A year of somebody's birth: 九九年 is 1999."""
    digits = _digits(said)
    return digits if len(digits) == 4 else ("19" if digits >= "30" else "20") + digits


def _two(said: str) -> str:
    """A month or a day in two digits: 三, 零三, 十二, 三十一."""
    tens, ten, ones = said.rpartition("十")
    if not ten:
        return _digits(said).zfill(2)
    return (_digits(tens) or "1") + (_digits(ones) or "0")
