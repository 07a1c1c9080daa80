"""Numbers of mobile telephones, identity cards and bank cards among the runs of digits of a text.

Recognisers mishear digits, so a check sum that fails proves nothing: a number whose form or whose announcement says
enough is private without it. It decides only where the form says little (a bank card that does not begin with 62), and
then it has to be right. A number that is announced (我的手机号是…) may lack a digit or two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from pipeline.masking.context import Context
from pipeline.masking.digits import Group, Run, runs
from pipeline.masking.private import Kind, Private

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_MOBILES = re.compile(r"(?:1[3-9][0-9]{9})+")  # in one group: several without a pause
_COUNTRY = re.compile(r"(?:00|0)?860?(?=1[3-9])")
_COUNTRY_BEFORE = re.compile(r"[(（]?(?:[+＋]|加号?)[(（\s]{0,2}$|[(（]\s?$")  # +86, (86), 加八六
# Of Hong Kong, Macau and Taiwan; of elsewhere only as it is written with a plus (ITU-T E.164).
_NEAR_MOBILE = re.compile(r"(?:00)?(?:852[4-9][0-9]{7}|8536[0-9]{7}|8860?9[0-9]{8})")
_ABROAD = re.compile(
    r"(?<![0-9A-Za-z+])(?:\+(?!86|0|[48]00)[0-9]{1,3}|00(?:85[23]|886))(?:[\s()-]{0,2}[0-9]){7,11}(?![0-9]|[\s-]?[A-Za-z元块])"
)
_BEGUN_MOBILE = re.compile(r"1[3-9][0-9]{5,11}|(?![48]00)[3-9][0-9]{9}")  # some digits lost or doubled
_LENGTH_IMEI = 15  # digits of a device's number (3GPP TS 23.003): many begin with 86, too
_MOST_GROUPS = 4  # as it is written; of three digits and fewer they are prices
_PROVINCES = "1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]"  # GB/T 2260
_DAY = "(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_ID_CARD = re.compile(
    rf"(?:{_PROVINCES})[0-9]{{4}}(?:(?:19|20)[0-9]{{2}}{_DAY}[0-9]{{3}}[0-9X]|[0-9]{{2}}{_DAY}[0-9]{{3}})"
)
_SHORTEST = 11  # digits of a number that nothing announces
_NEARLY_ID_CARD = re.compile(rf"(?:{_PROVINCES})[0-9]{{4}}(?:19|20)[0-9]{{8,10}}[0-9X]")
_GANSU = re.compile("62(?:0[1-9]|1[0-2]|29|30)[0-9]{12,13}[0-9X]")  # its cities; else 62 is UnionPay, as are 19 digits
_BEGUN_ID_CARD = re.compile(rf"(?:{_PROVINCES})[0-9]{{4}}(?:19[0-9]{{2}}|200[0-9]){_DAY}[0-9]{{0,2}}")  # told so far
_UNION_PAY = re.compile(r"62[0-9]{13,18}")  # 16 to 19 digits, and one lost or doubled
_OTHER_CARD = re.compile(r"(?:4[0-9]|5[1-5]|2[2-7]|35|9[0-9])[0-9]{14}|3[47][0-9]{13}")
_EARLIER_CARD = re.compile(r"(?:955[89]|601[34]|4367|4563)[0-9]{12,15}")  # of Chinese banks, from before 62
_FORMS = (_NEAR_MOBILE, _ID_CARD, _NEARLY_ID_CARD, _BEGUN_ID_CARD, _UNION_PAY, _OTHER_CARD, _EARLIER_CARD)
_WHOLE = re.compile(f"(?:{_COUNTRY.pattern})?{_MOBILES.pattern}|" + "|".join(f"(?:{form.pattern})" for form in _FORMS))
_BY_FOURS = [4, 4, 4, 4]  # as a card has it printed on
_LONGEST = 21  # digits: of a number with some doubled
_ANNOUNCED_LENGTHS = {Kind.ID_CARD: range(12, 21), Kind.BANK_CARD: range(13, 22)}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def numbers(text: str, *, only_whole: bool = False) -> Iterator[Private]:
    """Private numbers of `text` (in one form), in order; none lies over another.

    `only_whole`: not those of which words say that they are one, but a digit or two.
    """
    context = Context(text)
    abroad = [Private(Kind.MOBILE, found.start(), found.end()) for found in _ABROAD.finditer(text)]
    inland = (private for run in runs(text) for private in _of_run(run, context, only_whole))
    taken = 0
    for private in sorted([*abroad, *inland], key=lambda private: private.start):
        if private.start >= taken:
            taken = private.end
            yield private


def may_be_whole(digits: str) -> bool:
    """Whether `digits` have the form of a number of China, Hong Kong, Macau or Taiwan: no others are one together."""
    return _WHOLE.fullmatch(digits) is not None


def is_identity(digits: str) -> bool:
    """Whether `digits` are 18, the last a digit or X, and it checks by ISO 7064 MOD 11-2, as GB 11643 has it."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=False))
    return len(digits) == 18 and "10X98765432"[total % 11] == digits[-1]


def is_card(digits: str) -> bool:
    """Whether the last digit checks by Luhn (ISO/IEC 7812-1)."""
    doubled = (sum(divmod(int(digit) * (1 + place % 2), 10)) for place, digit in enumerate(reversed(digits)))
    return sum(doubled) % 10 == 0


def _of_run(run: Run, context: Context, only_whole: bool) -> Iterator[Private]:
    at = 0
    things = False
    while at < len(run):
        start = run[at].start
        announced = context.announced(start) or context.told_after(start, run[-1].end)
        things = (things and (run[at].is_correction or not run[at].before)) or context.is_of_a_thing(start)
        found = _longest(run, at, announced, things)
        if found is None and announced is not None and not things and not only_whole:
            found = _announced(run, at, announced)
        if found is None:
            at += 1
            continue
        kind, after = found
        if kind is Kind.MOBILE and _COUNTRY.match("".join(group.digits for group in run[at:after])):
            start = context.before(_COUNTRY_BEFORE, start)
        yield Private(kind, start, run[after - 1].end)
        at = after


def _longest(run: Run, at: int, announced: Kind | None, things: bool) -> tuple[Kind, int] | None:
    """The kind of the longest number that begins with group `at`, and the group after it."""
    found = None
    for after, digits in _prefixes(run, at):
        kind = _kind(run[at:after], digits, announced, things)
        found = found if kind is None else (kind, after)
    return found


def _prefixes(run: Run, at: int) -> list[tuple[int, str]]:
    """The groups from `at` on, each time one more: the group after them and their digits."""
    found = [(at + 1, run[at].digits)]
    for after, (before, group) in enumerate(pairwise(run[at : at + _LONGEST]), at + 2):
        digits = _with(found[-1][1], before, group)
        if len(digits) > _LONGEST:
            break
        found.append((after, digits))
    return found


def _with(digits: str, last: Group, group: Group) -> str:
    """`digits`, of which `last` is the last group, and a group more.

    One that corrects them stands where its first two digits stood; if nowhere, at the end of `last`, in its place.
    """
    more = group.digits
    if not group.is_correction:
        return digits + more
    kept = max(0, len(digits) - len(more))
    if digits.startswith(more[:2], kept):
        return digits[:kept] + more
    same = digits.rfind(more[:2])
    return digits[: same if same >= 0 else len(digits) - min(len(last.digits), len(more))] + more


def _kind(groups: Run, digits: str, announced: Kind | None, things: bool) -> Kind | None:
    if len(digits) < _SHORTEST:
        return None
    digits, groups = _without_country(digits, groups)
    if _MOBILE.fullmatch(digits) or (len(groups) == 1 and _MOBILES.fullmatch(digits)):
        return Kind.MOBILE if not things and _is_mobile(groups, announced) else None
    if _NEAR_MOBILE.fullmatch(digits) and not things and (announced is Kind.MOBILE or digits.startswith("00")):
        return Kind.MOBILE
    if groups[0].is_unsure:
        return None
    if _ID_CARD.fullmatch(digits):
        is_sure = is_identity(digits)
        if is_sure or not (things or announced is Kind.BANK_CARD):
            return Kind.ID_CARD
    if things or any(group.is_date for group in groups):
        return None
    is_identity_like = announced is Kind.ID_CARD or not digits.startswith("62") or _GANSU.fullmatch(digits)
    if is_identity_like and _NEARLY_ID_CARD.fullmatch(digits):
        return Kind.ID_CARD
    if announced is None and _BEGUN_ID_CARD.fullmatch(digits):
        return Kind.ID_CARD
    if _UNION_PAY.fullmatch(digits) or _EARLIER_CARD.fullmatch(digits):
        return Kind.BANK_CARD
    is_printed = [len(group.digits) for group in groups] == _BY_FOURS and not _are_prices(groups)
    if _OTHER_CARD.fullmatch(digits) and (is_printed or is_card(digits)):
        return Kind.BANK_CARD
    return None


def _without_country(digits: str, groups: Run) -> tuple[str, Run]:
    """A mobile number's `digits` and groups without the code of China before it: 86 138…, 0086-138…, 八六幺三八…."""
    code = _COUNTRY.match(digits)
    if code is None or _MOBILES.fullmatch(digits, code.end()) is None:
        return digits, groups
    rest = len(code[0])
    for at, group in enumerate(groups):
        if rest < len(group.digits):
            return digits[code.end() :], (replace(group, digits=group.digits[rest:]), *groups[at + 1 :])
        rest -= len(group.digits)
    return digits, groups


def _is_mobile(groups: Run, announced: Kind | None) -> bool:
    if any(group.is_date for group in groups):
        return False
    if announced is Kind.MOBILE or any(group.is_spoken for group in groups):
        return True
    sizes = [len(group.digits) for group in groups]
    if any(set(",，、") & set(group.before) for group in groups[1:]):
        is_told_so = sizes == [4, 4, 3] or (sizes[0] == 3 and len(sizes) <= _MOST_GROUPS and max(sizes) == 4)
        return is_told_so and not _are_prices(groups)
    return len(groups) in (1, 11) or (len(groups) <= _MOST_GROUPS and min(sizes) > 1 and max(sizes) > 3)


def _are_prices(groups: Run) -> bool:
    """Several end as prices do: 1300, 2500, 4999."""
    return sum(group.digits.endswith(("00", "99")) for group in groups) > 1


def _announced(run: Run, at: int, announced: Kind) -> tuple[Kind, int] | None:
    """The longest that may be the number that was announced, some of its digits misheard, lost or doubled.

    None where a whole one begins within it: 13522, 不好意思, 135 2204 6671.
    """
    found = None
    for after, digits in _prefixes(run, at):
        if any(group.is_date for group in run[at:after]) and announced is not Kind.ID_CARD:
            break
        if announced is Kind.MOBILE:
            begun = _COUNTRY.sub("", digits, count=1) if len(digits) < _LENGTH_IMEI else digits
            fits = _BEGUN_MOBILE.fullmatch(begun) is not None and not _tells_parts(run[at:after], digits)
        else:
            fits = len(digits) in _ANNOUNCED_LENGTHS[announced]
        found = (announced, after) if fits else found
    within = range(at + 1, found[1] if found is not None else 0)
    return None if any(_longest(run, begin, announced, things=False) for begin in within) else found


def _tells_parts(groups: Run, digits: str) -> bool:
    """138开头，尾号5678: parts of a number that nobody gives whole."""
    return len(digits) < _SHORTEST - 1 and any(set("位尾头") & set(group.before) for group in groups)
