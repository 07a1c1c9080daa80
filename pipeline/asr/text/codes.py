"""Digits that are read one by one: telephone, card and identity numbers, codes, rooms, plates, names made of digits.

Every pattern is bounded or consumes the whole run it matches, so that time is linear.
"""

from __future__ import annotations

from pipeline.asr.text.numerals import HAN, UNIT

# A measure word follows: the digits before it are a number, never a code.
MEASURE = (
    r"(?=\s?(?:[元块圆角毛万亿千百多几余个人位名次天日周月岁点时分秒米克斤吨升度台部条件张份套笔页本辆间层楼户组倍"
    r"种项例步字票股亩公平英美港欧年单片瓶箱包盒袋双只杯趟遍场批轮%‰]|家(?!政|庭|电|居|装)|号楼))"
)
NO_MEASURE = MEASURE.replace("(?=", "(?!", 1)

# --- groups of digits that together are one number -----------------------------------------------------

_DIGIT = r"(?:[ –-]?[0-9])"
_EXTENSION = r"(?:\s?(?:-|转)\s?[0-9]{1,6}(?![0-9]))?"
_BREATHS = r"(?:[,、.]\s?[0-9]{4}){2}(?![0-9])"  # a recogniser puts a comma where the speaker breathes
_TELEPHONE = (
    # Known by how they begin, whatever their grouping: mobile, 400 and 800, with area code, from abroad.
    rf"(?:\+?86[- ]?)?1[3-9]{_DIGIT}{{9}}(?![0-9])|(?:1[3-9][0-9]|0[1-9][0-9]{{1,2}}){_BREATHS}"
    rf"|[48]00{_DIGIT}{{7}}(?![0-9])"
    rf"|\(?0[1-9][0-9]{{1,2}}\)?{_DIGIT}{{7,8}}(?![0-9]){_EXTENSION}"
    r"|\+[1-9][0-9]{0,2}(?:[- ()]{1,2}[0-9]{1,11}){1,5}(?![0-9])"
    # Local numbers begin with 2 to 8.
    rf"|[2-8][0-9]{{2,3}}-[0-9]{{4}}(?!\s?[-0-9.~%]){NO_MEASURE}"
)
# Seven digits or more in groups, one of four or more, are a number of somebody or something.
_GROUPS = (
    r"(?=(?:[- ]?[0-9]){7})(?=(?:[0-9]{1,3}[- ]){0,5}[0-9]{4})(?![0-9]{1,12}-[0-9]{1,12}(?![- ]?[0-9]))"
    rf"[0-9]{{2,12}}(?:[ -][0-9]{{1,12}}){{1,9}}[Xx]?(?![.,:/~-]?[0-9]|[A-Za-z%]|\s?{UNIT}){NO_MEASURE}"
)
# Amounts beside one another end alike: 2999-3999, 80000-90000, 1280 1580.
_AMOUNTS = r"[0-9]{1,4}(?P<alike>[0-9]{2})[- ][0-9]{1,4}(?P=alike)(?![- ]?[0-9])"
_GROUPED = rf"(?!{_AMOUNTS})(?:{_TELEPHONE}|{_GROUPS})"
_MASKED = r"[0-9]{0,18}\*{2,18}(?:[0-9]{1,17}[Xx]?|[Xx])(?![0-9A-Za-z])"  # 138****5678: the asterisks are not read
_IDENTITY = r"[0-9]{17}[0-9Xx](?![0-9A-Za-z])"  # GB 11643

# --- digits after words ----------------------------------------------------------------------------------

# After these words digits are read one by one; after _WEAK_CODE_WORDS only three or more digits.
_CODE_WORDS = (
    r"(?:(?:验证|校验|动态|识别|取件|提取|提货|邀请|优惠|兑换)码|(?:动态)?密码|口令"
    r"|(?:[工尾卡单编学户表]|[账帐]|房间?|门牌|座位|航班|车牌|运单|订单|流水|合同|保单|发票|序列|批次|身份证|护照|微信"
    r"|手机|分机|电话|QQ)号|编码|代码|号码|邮编|车次|[后末前][两二三四五六七八2-8]位)"
)
_WEAK_CODE_WORDS = (
    r"(?:航班|房间|订单|手机|座机|分机|电话|热线|内线|传真|客服|坐席|账户|身份证|尾数|后面|单元|号楼|[栋幢座]"
    rf"|(?<![A-Za-z])(?:CVV2?|CVC|PIN|IMEI|SN)码?|(?<=[{HAN}])(?<![零一二三四五六七八九十几])号)"
)
_GLUE = r"(?:号码?|码|数字|就?是|为|叫|[您你]的|[:,]|\s){0,3}"
_MORE = rf"(?:\s?[-,、 ]\s?[0-9]{{1,12}}[Xx]?(?![0-9A-Za-z]){NO_MEASURE}){{0,9}}"
_CODE = rf"(?=[A-Za-z]{{0,8}}[0-9])[A-Za-z0-9]{{2,32}}(?![A-Za-z0-9]){_MORE}"
_SPACED_CODE = rf"[A-Za-z0-9](?=\s?[-,、 ]\s?[0-9]){_MORE.replace('{0,9}', '{1,9}')}"
_SERIAL = rf"[A-Za-z]{{1,8}}-[0-9]{{2,30}}(?![A-Za-z0-9]){_MORE}"
_LONG_CODE = _CODE.replace("{2,32}", "{3,32}", 1)

# --- numbers of rooms, trains, plates, models; names made of digits ------------------------------------

_PLATE = r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][· .-]?[A-Z0-9]{4,6}(?![A-Za-z0-9])"
_MODEL = (  # MU5138, AB-1024, 1080P; but R15 is R 十五, and V10.0.1 a version
    r"(?!(?:[A-Z]-?[0-9]{2}|[A-Z]{1,8}-?10|[A-Z]-?[0-9]{1,5}\.[0-9]{1,5})(?![0-9A-Z]))"
    r"[A-Z]{1,8}-?[0-9]{2,30}(?:-?[A-Z0-9]{1,30}){0,6}(?![a-z0-9]|\s?[元块万])|[0-9]{2,30}[A-Z][A-Z0-9]{0,30}(?![a-z])"
)
_AIRCRAFT_AND_CARS = r"(?:波音|空客|宝马|奔驰|标致|马自达|诺基亚)\s?[0-9]{3,4}(?![0-9])"
# Police, ambulance, universities, days of bargains; and companies, by what follows.
_NAMES = r"(?:110|119|315|618|666|985|996)(?![.,:]?[0-9]|[%~/-]|\s?[A-Za-z])" + NO_MEASURE
_COMPANIES = (
    r"(?:58(?=同城|到家)|51(?=job|信用卡|社保)|91(?=助手|金融)|360(?=安全|杀毒|浏览器|手机|金融|借条|公司)"
    r"|211(?=大学|院校|高校)|1[0-9]{2}(?=邮箱)|4399(?=小?游戏)|[0-9]{3,6}(?=网[站上址购]|热线|专线)"
    r"|7-11|3M(?=口罩|胶|公司|产品)|[0-9][05](?=后(?![面来的])))"  # and 90后
)
CODES: tuple[str, ...] = (
    _GROUPED,
    _IDENTITY,
    _MASKED,
    rf"{_CODE_WORDS}{_GLUE}(?:{_SERIAL}|{_SPACED_CODE}|{_CODE})",
    rf"{_WEAK_CODE_WORDS}{_GLUE}{_LONG_CODE}{NO_MEASURE}",
    rf"(?:拨打|[打拨转])了?\s?[0-9]{{3,4}}(?![ -]?[0-9])(?<!00){NO_MEASURE}",
    rf"[叫报喊]了?\s?1(?:10|14|19|20|22)(?![0-9]){NO_MEASURE}",
)
"""Looked for before numbers are."""

NAMES: tuple[str, ...] = (
    rf"(?<![0-9路街道巷弄村])(?<![0-9][-~.:])(?:{_NAMES}|{_COMPANIES})",
    _AIRCRAFT_AND_CARS,
    r"(?<![路街道巷弄村])[0-9]{3,4}(?<!00)(?=\s?(?:号房|号线|号(?!楼)|室|房|路))|[0-9]{2}(?=折)|[0-9]{2,7}(?=\s?(?:开头|打头|号段))",
    _PLATE,
)
MODELS = (_MODEL,)
