"""Where somebody lives: a house number of a street, a flat of a building, with the names before them.

A building or a street alone is nobody's (三号楼的电梯坏了); a room is. What begins with a number is found first; then
the names before it are taken in (朝阳区望京街道…), each by a bounded look back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.masking.private import Kind, Private
from pipeline.spoken_digits import VALUES

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_ONES = "".join(VALUES) + "〇"
_BETWEEN = " \t\r\n,，、.。的…-"
_NUMBER = rf"(?:[0-9]{{1,5}}[A-Za-z]?|[{_ONES}十百]{{1,6}}|[A-Za-z][0-9]{{0,3}})"
_GLUE = r"(?:[\s,，、.。的…-]|嗯|呃|额|那个|然后){0,4}"
_PHASE = rf"(?:{_NUMBER}|[东西南北])\s?(?:期|区|组团)"
_BLOCK = rf"(?:{_NUMBER}|[甲乙丙丁东西南北])\s?(?:号楼|号院|#楼?|栋|幢|座|弄)"
_UNIT = rf"(?:{_NUMBER}|[甲乙丙丁东西])\s?(?:单元|门(?!禁|店|口|卫)|号门)"
_FLOOR = rf"(?:{_NUMBER})\s?(?:楼|层)"
_NO_MEASURE = r"(?!\s?(?:[-/.:~]?[0-9]|[元块角年月日天点分秒个人次平米度万千百十多兆]|号(?!房|室|户)|会议|路|[A-Za-z]))"
_DIGITS = (
    rf"(?:(?<![0-9])[0-9]{{3,4}}[A-Za-z]?(?![0-9A-Za-z])|[{_ONES}]{{3,4}}(?![{_ONES}十百千])"
    rf"|[{_ONES}]百[零{_ONES}]{{0,2}}十?[{_ONES}]?)"
)
_ROOM = rf"{_DIGITS}\s?(?:号房|室|房(?!价|租|产|东)|户|号)?{_NO_MEASURE}"
_ROOM_ALONE = rf"{_DIGITS}\s?(?:号房|室|房间?(?![价租产东]))"
_HOUSE = rf"(?:{_NUMBER})\s?号(?![线码台召员机]|\s?(?:之前|以前|前|之后|以后|开始|到期|上午|下午|晚上|早上|窗口|柜))"

# A flat: building, unit or floor, then the room. 8号 may be a day, so that behind it a room has to be called one.
_STEPS = rf"(?:{_PHASE}{_GLUE})?(?:(?:{_BLOCK}|{_UNIT}|{_FLOOR}){_GLUE}){{1,4}}"
_FLAT = rf"(?:{_STEPS}(?:{_HOUSE}{_GLUE})?{_ROOM}|{_HOUSE}{_GLUE}{_ROOM_ALONE})"
_DASHED = r"(?<![0-9-])[0-9]{1,2}\s?-\s?[0-9]{1,2}\s?-\s?[0-9]{3,4}(?![0-9.-]|\s?[元块])"
_SAID_DASHED = rf"[{_ONES}十]{{1,3}}杠[{_ONES}十]{{1,3}}杠[{_ONES}]{{3,4}}"
_TOLD_BY = r"(?:房间?号|门牌号?|[我你他家]住|住在|[我你他]家是?|家在)(?:是|为|：|:)?\s?"  # then a room alone is enough
_TOLD = rf"(?:{_NUMBER}\s?[杠-]\s?)?{_ROOM}"
_CORE = re.compile(
    rf"(?<![0-9A-Za-z.])(?=[0-9A-Za-z{_ONES}十百甲乙丙丁东西南北房门我你他家住])(?:(?P<flat>{_FLAT})|(?P<dashed>{_DASHED}|{_SAID_DASHED})|(?P<room>{_ROOM_ALONE})"
    rf"|{_TOLD_BY}(?P<told>{_TOLD})|(?P<house>{_HOUSE})|(?P<block>{_STEPS}))"
)

_NAME_ENDS = (
    r"(?:路|街|大道|道|巷|弄|胡同|条|村|屯|庄|里|小区|社区|花园|花苑|家园|家苑|公寓|大厦|大楼|广场|中心|[城苑园府庭湾邸墅郡都寓居阁院轩台坊岸]"
    r"|新村|[东西南北中][路街里区]|国际|天地|名都|碧桂园|省|自治区|市|新区|区|县|镇|乡|街道|开发区|自治州|[一二三四五六七八九十0-9][组队])"
)
_STREET = re.compile(r"(?:路|街|大道|巷|胡同|弄|村|屯|庄|条|[组队])$")
# What no name of a place has in it: words that stand before an address.
_BEFORE_A_NAME = "在住是到我你他了寄送给的吗呢吧请这那说叫往把被也都就想要让跟去以"
_NAME = re.compile(
    rf"(?:(?:(?![{_BEFORE_A_NAME}省市区县镇路])[{_HAN}A-Za-z0-9]){{1,10}}?{_NAME_ENDS}[东西南北中]?|市[中南北]区){_GLUE}$"
)
_SAME_ADDRESS = re.compile(rf"{_GLUE}(?:(?![{_BEFORE_A_NAME}和或])[{_HAN}]){{0,10}}{_GLUE}")
_LOOK_BACK = 18  # characters
_MOST_NAMES = 7
_NO_PART = re.compile(
    r"^(?:收货|家庭|联系|现在|详细|通讯|邮寄)?(?:地址|住址|门牌号?)|^(?:我?家|师傅|上门|麻烦|帮忙?|位于|业主)"
)
_AT_HOME = re.compile(r"(?:住|[我你他]家|家[里在]|收货|寄[到给]|送[到货]|上门|业主|户主|搬[到来])[^。！？；\n]{0,12}$")
_ADDRESS = re.compile(r"(?:地址|住址|门牌)[^。！？；\n]{0,6}$")
_PUBLIC = (
    "营业厅|门店|网点|分店|旗舰店|专卖店|公司|总部|办事处|柜台|支行|分行|银行|医院|酒店|学校|法院|派出所|政务|服务中心|客服中心|物业中心|"
    "服务站|维修点|售后|展厅|自提点"
)
_OF_A_PLACE = re.compile(rf"(?:{_PUBLIC}|欢迎)[^。！？；\n]{{0,14}}$")
_PLACE_AFTER = re.compile(rf"[^。！？；，,\n]{{0,4}}(?:{_PUBLIC})")
_NEAR = 26  # characters


def addresses(text: str) -> Iterator[Private]:
    """Addresses in `text` (in one form), in order; none lies over another."""
    last: Private | None = None
    for core in _CORE.finditer(text):
        begin = core.start(core.lastgroup or 0)
        floor = last.end if last is not None else 0
        start = _with_names(text, begin, floor)
        continues = last is not None and _SAME_ADDRESS.fullmatch(text, floor, start) is not None
        if not (continues or _is_private(text, core, start)):
            continue
        end = core.start() + len(core[0].rstrip(_BETWEEN))
        if last is not None and continues:
            last = Private(Kind.ADDRESS, last.start, end)
            continue
        if last is not None:
            yield last
        last = Private(Kind.ADDRESS, start, end)
    if last is not None:
        yield last


def _with_names(text: str, start: int, floor: int) -> int:
    """Where the names of places that end at `start` begin, not before `floor`."""
    for _ in range(_MOST_NAMES):
        back = max(floor, start - _LOOK_BACK)
        before = text[back:start]
        name = _NAME.search(before)
        if name is None:
            break
        start = back + name.start()
        if (word := _NO_PART.match(name[0])) is not None:
            return start + word.end()
    return start


def _is_private(text: str, core: re.Match[str], start: int) -> bool:
    """A flat or a house is, unless it is a place for everybody; a building alone where it is somebody's home."""
    before = text[max(0, start - _NEAR) : start]
    is_home = _AT_HOME.search(before) is not None
    after = text[core.end() : core.end() + _NEAR]
    is_public = not is_home and bool(_OF_A_PLACE.search(before) or _PLACE_AFTER.match(after))
    if core["house"]:
        return not is_public and _STREET.search(text[start : core.start()].rstrip(_BETWEEN)) is not None
    if core["block"]:
        return start < core.start() and not is_public and (is_home or _ADDRESS.search(before) is not None)
    return not is_public
