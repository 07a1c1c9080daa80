"""Names of places before the number of a house or flat, and what the words around say of whose it is."""

from __future__ import annotations

import re

from pipeline.masking.digits import CORRECTION

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
BETWEEN = " \t\r\n,，、.。的…-"
CORRECTED = f"(?:{CORRECTION})(?:[,，、]?(?:应该)?是)?"
_BEGUN = r"[0-9一二两三四五六七八九十](?=[\s,，、…]{0,2}[嗯呃额])"  # and begun once more: 二, 呃, 二单元
GLUE = rf"(?:[\s,，、.。的…-]|嗯|呃|额|哦|噢|啊|那个|然后|{_BEGUN}|{CORRECTED}){{0,5}}"
"""Between the parts of an address as it is said."""

_HAMLET = f"(?:村[{_HAN}]{{0,2}}|家)[屋湾塆垸冲岭坪坝坳沟坡岗寨堡圩塘塬营]"
_ROAD = "大道|[一二三四五六七八九十]道|(?<![知报味管隧弯车航难说通频赛跑渠轨地人坡索赤街])道"  # 弥敦道
_ROW = "[一二三四五六七八九十0-9]{1,3}排"  # of low houses
_ENDS = (
    f"{_HAMLET}|{_ROAD}|{_ROW}|胡同|小区|社区|花园|花苑|家园|家苑|公寓|大厦|大楼|广场|中心|新村|国际|天地|名都|碧桂园|宿舍|家属[院楼]|街道|开发区"
    "|壹号|别墅区?|校区|大学城"
    "|自治[区州县]|[东西南北中][路街里区段]|[路街道巷弄条村屯庄里城苑园府庭湾邸墅郡都寓居阁院轩台坊岸塔省市区县镇乡]"
    "|路?[一二三四五六七八九十0-9][组队段社]"
)
_STREET = re.compile(
    rf"(?:路|街|{_ROAD}|(?:[村屯庄]|小区|宿舍|平房|(?<![影剧戏法医学])院){_ROW}|巷|胡同|弄|村|屯|庄|条|[组队]|[一二三四五六七八九十0-9][段社]"
    rf"|[东西南北中]段|别墅区?|{_HAMLET}){GLUE}$"
)
HOUSE_NAME = rf"[{_HAN}]{{1,6}}?(?:公寓|大厦|小区|花园|家园|宿舍|[苑园阁轩居府舍邸])"
"""Of what stands at a house number, before a room of it: 163号南苑四舍502."""
_ESTATE = re.compile(r".{2}(?:小区|花园|新村|国际|名都|公寓|壹号|[苑园府庭湾邸墅城里阁轩居郡院])$")
# What no name of a place has in it: words that stand before an address.
_NO_NAME = "在住是到我你他们了寄送给的吗呢吧请这那说叫往把被也就想要让跟去以"
_NAME = re.compile(
    rf"(?:(?:[省市区县镇](?=[府前政委])|镇(?=[江海平雄宁康远坪安巴原])|路(?=桥))?"  # 县前街, 镇江市
    rf"(?:(?!院部|[{_NO_NAME}省市区县镇路])[{_HAN}A-Za-z0-9]){{1,10}}?(?:{_ENDS})(?:[东西南北中]段?)?|(?<=区){_ROW}|市[中南北]区|前镇区){GLUE}$"
)
# Before a flat whatever stands alone is a name: 锦绣江南12栋1806. None has what talk has: 漏水了5栋1806.
_TALK = (
    f"[{_NO_NAME}是这您好或还都没有不只对嗯呃啊哦个几每第号码修漏放]|院部|[今明昨]天|[上下][午面门周]|楼[上下]|刚才|现在|因为|所以"
    "|师傅|业主|[客用住]户|先生|女士|麻烦|快递|包裹|收货|电话|地址|报警|隔壁|对面|附近"
)
_BARE_NAME = re.compile(rf"(?:^|[\s,，。：:；;、放在住到是叫去送就往给寄回])((?:(?!{_TALK})[{_HAN}]){{1,6}}){GLUE}$")
# After these words a name need not end like one: 小区叫锦绣江南，三十六栋.
_TOLD_NAME = re.compile(
    rf"(?:住(?!院)址?|家在|地址|小区[叫是]|送到|寄到|[我就]在|[我你他]们?是)[是在：:]?((?:(?![{_NO_NAME}])[{_HAN}A-Za-z]){{2,12}}{GLUE})$"
)
_NO_PART = re.compile(r"^.{0,6}(?:地址|住址|门牌号?)|^(?:我?家|师傅|上门|麻烦|帮忙?|位于|业主)")
_SAME = re.compile(rf"{GLUE}(?:(?![{_NO_NAME}和或])[{_HAN}]){{0,10}}{GLUE}")
_REGION = re.compile("[省市县镇乡]")
_LOOK_BACK = 24  # characters
_MOST_NAMES = 7

_AT_HOME = re.compile(
    r"(?:住(?!院)|[我你他]家|家[里在]|收货|寄[到给]|送[到货]|上门|业主|户主|搬[到来])[^。！？；\n]{0,12}$"
)
_ADDRESS = re.compile(r"(?:地址|住址|门牌)[^。！？；\n]{0,6}$")
_PUBLIC = (
    "营业厅|门店|网点|分店|旗舰店|专卖店|公司|总部|办事处|办公室|柜台|窗口|前台|大厅|支行|分行|银行|医院|酒店|宾馆|学校|法院"
    "|派出所|政务|会议|活动室|(?:服务|客服|物业|投诉|售后)中心|服务站|服务台|维修点|售后|展厅|自提点"
)
_OF_A_PLACE = re.compile(rf"(?:{_PUBLIC}|欢迎|[请以]到)[^。！？；\n]{{0,14}}$")
_PLACE_AFTER = re.compile(
    rf"[^。！？；，,\n]{{0,4}}(?:{_PUBLIC}|办理)|\s?号?(?:诊室|病[房区]|教室|包[间厢]|[展车铺]位)"
)
_OF_A_THING = re.compile(
    r"(?:(?:取件|提货|取货|编|条)码|编号|单号|型号|货架|格口|[库车铺展]位|商铺|柜|门诊楼?|急诊楼?|住院部|百货|商场|超市|影[院城]"
    r"|健身房|幼儿园|教学楼|驿站|[车地]库|登机口|物业)号?(?:[是在为：:,，\s]|嗯|呃){0,4}$"
)
_NEAR = 26  # characters


def with_names(text: str, start: int, floor: int) -> int:
    """Where the names of places that end at `start` of `text` begin, not before `floor`."""
    for _ in range(_MOST_NAMES):
        back = max(floor, start - _LOOK_BACK)
        name = _NAME.search(text, back, start)
        if name is None:
            break
        start = name.start()
        if (word := _NO_PART.match(name[0])) is not None:
            return start + word.end()
    told = _TOLD_NAME.search(text, max(floor, start - _LOOK_BACK), start)
    return start if told is None else told.start(1)


def with_bare_name(text: str, start: int, floor: int) -> int:
    """Where a name begins that does not end as those of places do, before a flat at `start`."""
    name = _BARE_NAME.search(text, max(floor, start - _LOOK_BACK), start)
    if name is None or is_public(text, name.end(1), start):
        return start
    is_cut = len(name[1]) == 1 and text[start] not in "东西南北中"  # 铁 | 西三小区
    return start if is_cut else name.start(1)


def is_of_a_street(text: str, start: int, end: int) -> bool:
    """Whether the names from `start` to `end` are a street's, or a village's."""
    return _STREET.search(text[start:end].rstrip(BETWEEN)) is not None


def is_of_an_estate(text: str, start: int, end: int) -> bool:
    """Whether the names from `start` to `end` are of where people live: 翠湖花园, of which 16-2405 is a flat."""
    return _ESTATE.search(text[start:end].rstrip(BETWEEN)) is not None


def is_same_address(text: str, start: int, end: int) -> bool:
    """Whether what lies between two parts can be within one address."""
    return end - start <= _LOOK_BACK and _SAME.fullmatch(text, start, end) is not None


def is_home(text: str, start: int) -> bool:
    """Whether the words before `start` say that somebody lives there or has something brought there."""
    return _AT_HOME.search(text, max(0, start - _NEAR), start) is not None


def is_told(text: str, start: int) -> bool:
    return _ADDRESS.search(text, max(0, start - _NEAR), start) is not None


def has_region(text: str, start: int, end: int) -> bool:
    """Whether the names from `start` to `end` are told from the town or county on, as in an address."""
    return _REGION.search(text, start, end) is not None


def is_of_a_thing(text: str, start: int) -> bool:
    """Whether what begins at `start` is a parcel's, a place in a car park, a shop and the like: 取件码 3-2-5017."""
    return _OF_A_THING.search(text, max(0, start - _NEAR), start) is not None


def is_public(text: str, start: int, end: int) -> bool:
    """Whether the words around say that it is a place for everybody: an office, a shop, a hotel."""
    before = _OF_A_PLACE.search(text, max(0, start - _NEAR), start)
    return before is not None or _PLACE_AFTER.match(text, end, end + _NEAR) is not None
