"""Where somebody lives: a house number of a street, a flat of a building, with the names before them.

A building or a street alone is nobody's (三号楼的电梯坏了); a room is. What begins with a number is found first; then
the names before it are taken in (朝阳区望京街道…), each by a bounded look back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.masking.place_names import (
    BETWEEN,
    CORRECTED,
    GLUE,
    HOUSE_NAME,
    has_region,
    is_home,
    is_of_a_street,
    is_of_a_thing,
    is_of_an_estate,
    is_public,
    is_same_address,
    is_told,
    with_bare_name,
    with_names,
)
from pipeline.masking.private import Kind, Private
from pipeline.spoken_digits import VALUES

_ONES = "".join(VALUES) + "〇"
_NUMBER = rf"(?:[0-9]{{1,5}}[A-Za-z]?|[{_ONES}十百千]{{1,8}}|[A-Za-z](?:[0-9]{{0,3}}|[{_ONES}十]{{1,2}}))"
_PHASE = rf"(?:[东西南北中]?{_NUMBER}|[东西南北])\s?(?:期|[小片街]?区|街坊|组团)"
_BLOCK = (
    rf"(?:[甲乙丙丁]?{_NUMBER}|[甲乙丙丁东西南北]|[A-Za-z]?[0-9]{{1,2}}-[0-9A-Za-z]{{1,2}}(?=座|栋|幢))\s?"
    r"(?:号(?:宿舍|公寓|家属|教工|职工|学生|住宅|居民)?楼|号院|#楼?|栋|幢|座|塔|弄)"
    rf"(?:\s?之\s?{_NUMBER})?"
)
_UNIT = rf"(?:{_NUMBER}|[甲乙丙丁左右]|[东西南北中]头?)\s?(?:单元|门[洞栋]?(?!禁|店|口|卫)|号门|梯)"
_FLOOR = rf"(?:{_NUMBER}|顶)\s?(?:字?楼|层)(?:\s?之\s?{_NUMBER})?"

_DIGITS = (
    rf"(?:(?<![0-9])[0-9]{{3,4}}[A-Za-z]?(?![0-9A-Za-z])|[{_ONES}]{{3,4}}(?![{_ONES}十百千])"
    rf"|(?>[{_ONES}]?十[{_ONES}]?零[{_ONES}])(?![{_ONES}十百千])"  # of floor and room: 十二零三
    rf"|(?>[{_ONES}]百[零{_ONES}]{{0,2}}十?[{_ONES}]?)|(?>[{_ONES}]千(?:零[{_ONES}]{{1,2}}|[{_ONES}]百(?:零[{_ONES}]|[{_ONES}]?十[{_ONES}]?)))(?![{_ONES}十百千]))"
)
_NO_MEASURE = (
    r"(?!\s?(?:[-/.:~]?[0-9]|[元块角年月日天点分秒个人次平米度万千百十多兆]|号(?!房|室|户)|会议|窗口|路|[A-Za-z]"
    r"|[老新改]?款|户型|[版届型匹升]|马力|公里))"
)
_OF_THE_STAIRS = r"(?:[东西南北左右]{1,2}[边侧首手]?|中间?|[甲乙丙丁戊])\s?户(?![型主口外籍数])"
_SIDE = rf"(?:{_OF_THE_STAIRS}|[甲乙丙丁戊]室)"
_OWN_ROOM = r"(?:号?房间?(?![价租产东型])|号?室(?![内外温友])|号户|号[门铺](?!口|面|禁|店))"  # behind its digits
_NAMED_ROOM = rf"{_DIGITS}\s?(?:号?房间?(?![价租产东型])|号?室(?![内外温友]))"
_ROOM = rf"(?:{_DIGITS}\s?(?:{_OWN_ROOM}|户(?![型主口外籍数])|号|{_SIDE})?{_NO_MEASURE}|{_SIDE})"
_CORRECTED = rf"[\s,，、。…]{{0,2}}[哦噢啊诶]?{CORRECTED}[\s,，、]?"
_ROOMS = rf"{_ROOM}(?:(?:\s?[和跟、及与]\s?|{_CORRECTED}){_ROOM}){{0,3}}"
_NO_DAY = r"(?!\s?(?:之前|以前|前|之后|以后|开始|到期|上午|下午|晚上|早上|窗口|柜))"
_BETWEEN_NUMBERS = r"\s?(?:[-－杠]|之)\s?"
_FLAT_OF_A_FLOOR = (  # 28-6, 七杠二
    rf"(?<![0-9.-])(?:[0-9]{{1,2}}|(?>[{_ONES}十]{{1,3}}))(?:{_BETWEEN_NUMBERS}(?:[0-9]{{1,2}}|(?>[{_ONES}十]{{1,3}}))){{1,2}}"
    r"(?![0-9.-]|\s?[元块层楼人户栋幢个月日天点号])"
)
_DOOR_SIGN = "[甲乙丙丁戊](?![方级等状类型肝组班烷醇醛乙丙丁]|先生|女士|小姐|总|师傅)"  # 98号丁
_HOUSE = (
    rf"[甲乙丙丁]?{_NUMBER}[甲乙丙丁]?(?:\s?(?:之|杠|[-－])\s?{_NUMBER})?\s?号(?![线码台召员机]|门(?![口牌前面外铃]))院?"
    rf"(?:\s?{_OF_THE_STAIRS}|{_DOOR_SIGN}|\s?附\s?{_FLAT_OF_A_FLOOR}|\s?(?:之|附|杠|[-－])\s?{_NUMBER}号?|{_FLAT_OF_A_FLOOR})?{_NO_DAY}"
)

# A flat: building, unit or floor, then the room. 8号 may be a day, so that behind it a room has to be called one.
_STEPS = rf"(?:{_PHASE}{GLUE})?(?:(?:{_BLOCK}|{_UNIT}|{_FLOOR}){GLUE}){{1,4}}"
_INSIDE = rf"(?:{_PHASE}{GLUE})?(?:{_BLOCK}|{_UNIT}){GLUE}(?:{_UNIT}{GLUE})?"  # a building, not a floor alone
_LETTER = r"[A-FHa-fh](?:座|室|户)?(?![A-Za-z0-9区口栋号])"
_LETTERED = rf"(?:[0-9]{{1,2}}|[{_ONES}十]{{1,3}})\s?{_LETTER}"  # 22D: flat D of floor 22
_DOOR = rf"(?:{_OWN_ROOM}|号(?![线码台召员机桌柜电窗厅会诊楼院门房室户铺]){_NO_DAY})"
_OF_A_FLOOR = (
    rf"{_INSIDE}(?:{_FLOOR}{GLUE}附?{_NUMBER}\s?{_DOOR}|{_FLOOR}{GLUE}(?:零[{_ONES}]|0[0-9]){_NO_MEASURE})"
    rf"|(?:{_PHASE}{GLUE})?{_BLOCK}{GLUE}{_UNIT}{GLUE}{_NUMBER}\s?{_DOOR}"
    rf"|{_PHASE}{GLUE}{_FLOOR}{GLUE}{_UNIT}{GLUE}{_NUMBER}\s?{_DOOR}|{_INSIDE}{_FLAT_OF_A_FLOOR}"
)
_FLAT = (
    rf"(?:{_INSIDE}(?:(?:{_FLOOR}{GLUE})?{_LETTERED}|{_FLOOR}{GLUE}{_LETTER})|{_OF_A_FLOOR}|{_STEPS}(?:{_HOUSE}{GLUE})?{_ROOMS}"
    rf"|{_HOUSE}{GLUE}(?:{_NAMED_ROOM}|{_FLOOR}{GLUE}{_LETTER}))"
)
_DASHED = r"(?<![0-9-])[A-Za-z]?[0-9]{1,2}\s?-\s?[0-9]{1,2}\s?-\s?[0-9]{3,4}(?![0-9.-]|\s?[元块])(?:\s?[室房户])?"
_SAID_DASHED = rf"[{_ONES}十]{{1,3}}杠[{_ONES}十]{{1,3}}杠[{_ONES}]{{3,4}}"
_PAIR = (
    r"(?:(?<![0-9-])[0-9]{1,2}\s?-\s?[0-9]{3,4}(?![0-9.-]|\s?[元块])"
    rf"|[{_ONES}十]{{1,3}}杠(?>[{_ONES}]{{3,4}})(?![{_ONES}十百千元块]))"
)
_BOX = (
    rf"{_NUMBER}\s?号?(?:邮政)?信箱(?:\s?{_NUMBER}\s?号?(?:分箱?|号|室|队))?"  # of barracks and works: 8712信箱15分箱
)
_OF_AN_OWNER = rf"{_DIGITS}(?=\s?的(?:业主|住户|户主|租客))"
# After these words a room alone is enough.
_TOLD_BY = r"(?:房间?号|门牌号?|[我你他家]住|住在|[我你他]家是?|家在)(?:是|为|：|:)?\s?"
_TOLD = rf"(?:{_NUMBER}\s?[杠-]\s?)?{_ROOM}"
_CORE = re.compile(
    rf"(?<![0-9A-Za-z.])(?=[0-9A-Za-z{_ONES}十百甲乙丙丁东西南北顶房门我你他家住])"
    rf"(?:(?P<room>{_FLAT}|{_DASHED}|{_SAID_DASHED}|{_NAMED_ROOM}|{_OF_AN_OWNER})|{_TOLD_BY}(?P<told>{_TOLD})"
    rf"|(?P<house>{_HOUSE}(?P<in_it>\s?{_ROOM}|{GLUE}{HOUSE_NAME}{GLUE}(?:{_NAMED_ROOM}|{_ROOM}))?)|(?P<building>{_STEPS})|(?P<team>{_NUMBER}\s?[组队])"
    rf"|(?P<pair>{_PAIR})|(?P<box>{_BOX}))"
)


def addresses(text: str) -> Iterator[Private]:
    """Addresses in `text` (in one form), in order; none lies over another."""
    last: Private | None = None
    for core in _CORE.finditer(text):
        floor = last.end if last is not None else 0
        start = with_names(text, core.start(core.lastgroup or 0), floor)
        if start == core.start() and core["room"]:
            start = with_bare_name(text, start, floor)
        end = core.start() + len(core[0].rstrip(BETWEEN))
        if last is not None and is_same_address(text, floor, start):
            last = Private(Kind.ADDRESS, last.start, end)
        elif _is_private(text, core, start):
            if last is not None:
                yield last
            last = Private(Kind.ADDRESS, start, end)
    if last is not None:
        yield last


def _is_private(text: str, core: re.Match[str], start: int) -> bool:
    """A room or a house is, unless it is a place for everybody; a building alone where it is somebody's home."""
    begin, end, home = core.start(), core.end(), is_home(text, start)
    if is_of_a_thing(text, core.start(core.lastgroup or 0)):
        return False
    if core["box"]:
        return True
    if core["house"]:
        is_named = is_of_a_street(text, start, begin) or (core["in_it"] is not None and start < begin)
        return is_named and (home or not is_public(text, begin, end))
    if core["pair"]:
        return is_of_an_estate(text, start, begin) and (home or not is_public(text, begin, end))
    if core["building"]:
        return start < begin and (home or is_told(text, start)) and not is_public(text, begin, end)
    if core["team"]:  # of a village: its farms have no other number
        return start < begin and (home or is_told(text, start) or has_region(text, start, begin))
    return home or not is_public(text, start, end)
