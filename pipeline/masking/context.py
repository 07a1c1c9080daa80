"""Which number the words before it announce: 手机号是 …, 身份证 …, 订单号 …."""

from __future__ import annotations

import re
from bisect import bisect_left

from pipeline.han import one_form
from pipeline.masking.private import Kind

_BRANDS = "(?:附属|贷记|主)卡|visa|master(?:card)?|jcb|万事达|运通"
_ANNOUNCED_BY = {
    Kind.MOBILE: (
        "手机|移动电话|电话|联系方式|联系人|号码|微信|机主|回拨|致电|来电|主叫|打给|呼叫|的号|mobile|phone|tel"
    ),
    Kind.ID_CARD: "身份证|身份号|证件|公民号",
    Kind.BANK_CARD: (
        "(?:银行|信用|储蓄|借记|工资|收款|还款)卡|银行账?户|卡的?号|账号|账户|开户|[我你他](?:的|那|这)?张?卡"
        f"|[这那]张(?=[3-69])|{_BRANDS}"
        "|(?:工|建|农|中|招|交|邮储|民生|浦发|兴业|光大|中信)行?的?卡"
    ),
}
# Numbers of things: of nobody's kind, however they look.
_THINGS = (
    "订单|运单|快递|物流|快件|包裹|工单|流水|保单|合同|受理|投诉|报修|客户|用户|会员|设备|产品|商品|发票|案件|报案|交易|凭证"
    "|协议|项目|机身|资产|宽带|证书|序列|参考|任务|申请|服务|户|条|批次?|编|单|税|工"
)
_CARDS = "交通|公交|燃气|社保|医保|购物|储值|充值|加油|油|门禁|水|电|气|校园|礼品|流量|上网|会员|SIM|ETC"
_OF_THINGS = (
    rf"(?:{_CARDS})卡的?(?:号码?|密码)?|(?:{_THINGS})(?:编|单|卡|账)?(?:号码?|码)|(?:合同|保单|工单|协议)(?=[0-9]{{12}})|条码|订单|运单|信用代码|编码|代码|型号|积分|余额|金额|流量|邮编|座机|传真|(?:IMEI|MEID|ICCID|SN|序列)(?:号码?|码)?"
    r"|(?:验证|校验|兑换|激活|提货|取件)码|尾号|[后末尾][几两二三四五六七八2-8]位"
)
_WORDS = re.compile(
    one_form(
        "|".join(rf"(?P<{kind}>(?:{words})(?:的?号码?)?)" for kind, words in _ANNOUNCED_BY.items())
        + f"|(?P<things>{_OF_THINGS})"
    ),
    re.IGNORECASE,
)
_NEAR = 16  # characters between a word and the number it announces
_NEXT = re.compile(
    r"(?:编?号码?|是|就|为|叫|嗯|呃|那个|[:：#,，的呢\s]){0,4}"
)  # between the name of a thing and its number
_FIGURE = re.compile(
    r"(?:第[0-9一二三四五六七八九十]{1,2}[款档种项个样份期]|价格?|月租|费用?|金额|余额|押金|套餐|分机)(?:就?是|为|[，,\s]){0,2}$"
)
_ASKED = re.compile(
    r"[号码单](?:[报说念讲给看查找翻是呢吗吧啊嗯呃哦您你我请好的\s，,。？?：:]|一[下遍]|多少|什么|几位|提供|麻烦|告诉|稍等)*"
)

# Of a telephone number alone people say that it lacks a digit, or has one too many.
_COUNTED = re.compile(
    r"[^0-9。！？\n]{0,8}?(?:(?:[少多缺漏差]|不够)了?[报说写]?了?[一两几12]?个?(?:位|数字)|位数|(?:1[0-3]|十[一二三]?)位)"
)
_OF_A_CARD = "34569三四五六九"  # its first digit
_CARD_AFTER = re.compile(
    rf"[,，\s]?(?:[是这那我]{{0,2}}张?的?)?(?:{_BRANDS}|(?:信用|储蓄|借记|银行|工资)卡|(?:工|建|农|中|招|交)行)",
    re.IGNORECASE,
)


class Context:
    """What the words of a text (in one form) announce."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ends: list[int] = []
        self._kinds: list[Kind | None] = []
        for found in _WORDS.finditer(text):
            if not text.startswith("［", found.start() - 1):  # our own marks announce nothing
                self._ends.append(found.end())
                self._kinds.append(None if found["things"] else Kind(found.lastgroup or ""))

    def announced(self, start: int) -> Kind | None:
        """The kind that the nearest word before `start` announces."""
        kind, gap = self._nearest(start)
        return kind if gap <= _NEAR else None

    def names(self, start: int) -> bool:
        """Whether words near before `start` say which number begins there, a person's or a thing's."""
        return self._nearest(start)[1] <= _NEAR

    def told_after(self, start: int, end: int) -> Kind | None:
        """Where nothing is announced, what the words after `end` say: a card, or digits that are not 11."""
        if self.names(start):
            return None
        if self._text[start] in _OF_A_CARD and _CARD_AFTER.match(self._text, end):
            return Kind.BANK_CARD
        return Kind.MOBILE if _COUNTED.match(self._text, end) else None

    def is_of_a_thing(self, start: int) -> bool:
        """Whether what begins at `start` is the number of an order, a contract and the like."""
        kind, gap = self._nearest(start)
        return kind is None and gap <= _NEAR and _NEXT.fullmatch(self._text, start - gap, start) is not None

    def is_of_a_figure(self, start: int) -> bool:
        """Whether what begins at `start` is a price, an extension or one of several: 第二款1380, 月租是138."""
        return _FIGURE.search(self._text, max(0, start - _NEAR), start) is not None

    def asks_for_a_thing(self) -> bool:
        """Whether the text ends by asking for the number of an order, a contract and the like."""
        kind, gap = self._nearest(len(self._text))
        asked = len(self._text) - gap
        return kind is None and gap <= _NEAR and _ASKED.fullmatch(self._text, asked - 1) is not None

    def before(self, pattern: re.Pattern[str], start: int) -> int:
        """Where what `pattern` finds right before `start` begins; `start` where nothing is."""
        found = pattern.search(self._text, max(0, start - _NEAR), start)
        return start if found is None else found.start()

    def _nearest(self, start: int) -> tuple[Kind | None, int]:
        at = bisect_left(self._ends, start + 1) - 1
        return (self._kinds[at], start - self._ends[at]) if at >= 0 else (None, _NEAR + 1)
