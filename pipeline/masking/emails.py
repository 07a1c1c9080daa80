"""E-mail addresses, written and spoken: zhangsan@qq.com, zhang san 艾特 qq 点 com."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.masking.private import Kind, Private
from pipeline.spoken_digits import MISHEARD, VALUES

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_SAID = "".join(VALUES)
_S = r"[\s,，、]{0,3}"
_AT = r"(?:[@＠]|[(（\[]at[)）\]]|艾特|爱特|埃特|[圈花]a|小老鼠|(?<![A-Za-z])at(?![A-Za-z]))(?:符号|标志)?"
_DOT = rf"(?:{_S}(?:[.．。·]|点儿?|dot){_S})"
_PAUSE = r"(?:[\s,，、]|嗯|呃|额|那个|就是|后面是?|是){0,4}"
_TOP = r"(?:c\s?o\s?m|c\s?n|n\s?e\s?t|[a-z]{2,10}|康姆|康母|抗姆|靠姆|肯姆)"
_HOSTS = r"(?:扣扣|网易|新浪|搜狐|谷歌|雅虎|阿里云|腾讯|移动|电信|联通|企业)(?:邮箱?)?"
_PART = rf"(?!dot(?![A-Za-z0-9]))(?:[A-Za-z0-9-]{{1,63}}|[{_SAID}]{{1,4}})"
_SPELLED = rf"[{_HAN}]{{1,6}}?的?(?:全拼|拼音|缩写|首字母|域名)[是,，\s]{{0,2}}"  # or all of it: 腾跃的拼音
_MORE = rf"(?:\s?(?:横杠|中划线|减号|杠|\s)\s?{_PART}|[{_SAID}]{{1,4}}|(?<=[{_SAID}])[A-Za-z0-9-]{{1,63}})"
_LABEL = rf"(?>(?:{_HOSTS}\s?|{_SPELLED})?{_PART}{_MORE}{{0,5}}|{_HOSTS}|{_SPELLED})"
_KNOWN = "(?:qq|扣扣|163|一六三|126|一二六|gmail|foxmail|outlook|hotmail|sina)(?:邮箱)?"  # also without their end
_FULL = rf"{_LABEL}(?:{_DOT}{_LABEL}){{0,4}}{_DOT}{_TOP}(?:{_DOT}c\s?n)?"
_NAME = rf"(?:(?![点是的就说吧呢啊了])[{_HAN}]){{2,8}}"  # of a company, as it is said: 华瑞点com点cn
_BY_NAME = (
    rf"(?:{_PART}{_DOT})?{_NAME}(?:\s?{_PART})?{_DOT}(?:c\s?o\s?m|c\s?n|n\s?e\s?t|org|edu|gov|康姆|康母|抗姆|靠姆|肯姆)"
    rf"(?:{_DOT}c\s?n)?"
)
_DOMAIN = re.compile(rf"{_AT}{_PAUSE}(?:{_FULL}|{_BY_NAME}|{_KNOWN})(?![A-Za-z0-9])", re.IGNORECASE)
# The part before the @, backwards from it: the text is turned round, so each word is, too.
_WORDS = "小写|大写|字母|数字|下划线|横杠|中划线|横线|减号|杠|点|加|后面|然后|再|嗯|呃|的|两个|三个|四个"
_TURNED = "|".join(word[::-1] for word in _WORDS.split("|"))
_NAMED = rf"(?:音拼|拼全|写缩|母字首)的?(?:字名)?的?(?:(?![是为叫箱就我你])[{_HAN}]){{0,4}}"
_PIECE = rf"(?:{_NAMED}|{_TURNED}|[A-Za-z0-9._%+．-]|[{_SAID}{''.join(MISHEARD)}])"
_LOCAL = re.compile(rf"{_S}(?:{_PIECE}{_S}){{1,80}}")
_LONGEST = 120  # characters of the part before the @, as it is said
_NO_PART = re.compile(r"^(?:[\s,，、.的点加再]|然后|后面|嗯|呃)+")
# Boxes of a company are nobody's, by their names and by what is said before them.
_OF_A_COMPANY = re.compile(r"(?:service|support|kefu|info|help|contact|hotline|webmaster)\d?", re.IGNORECASE)
_TOLD_AS_COMPANY = re.compile(
    r"(?:客服|官方|我们(?:公司|企业)|[本贵]公司|[我本贵]司|投诉|对公|服务|公共)的?(?:电子)?(?:邮箱|邮件)(?:地址)?[是为：:\s]*$"
)


def emails(text: str) -> Iterator[Private]:
    """E-mail addresses in `text` (in one form), in order; none lies over another."""
    taken = 0
    for domain in _DOMAIN.finditer(text):
        before = text[max(taken, domain.start() - _LONGEST) : domain.start()]
        local = _LOCAL.match(before[::-1])
        if local is None:
            continue
        said = local[0][::-1]
        lead = _NO_PART.match(said)
        said = said[lead.end() :] if lead is not None else said
        begin = domain.start() - len(said)
        is_company = _OF_A_COMPANY.fullmatch(said.strip()) or _TOLD_AS_COMPANY.search(text, max(0, begin - 16), begin)
        if said.strip() and not is_company:
            taken = domain.end()
            yield Private(Kind.EMAIL, begin, taken)
