"""Text without what is private: marks, lines, kinds, and numbers however they are said."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from pipeline.masking.masking import find, masked, masked_lines
from pipeline.masking.numbers import is_card, is_identity
from pipeline.masking.private import Kind

WAYS = ("0123456789", "零一二三四五六七八九", "洞幺两三四五六拐八勾", "０１２３４５６７８９")
PAUSES = ("", "，", " ", "，嗯，", "-", "。那个，", "\n", "，对\n", "、然后")


def test_nothing_is_left_that_tells_two_people_apart() -> None:
    text = "手机13812345678，邮箱a@qq.com，卡6222021000112233449，住3栋502，身份证110101199003071233。"
    assert masked(text) == "手机［手机号］，邮箱［邮箱］，卡［银行卡号］，住［门牌地址］，身份证［身份证号］。"


def test_only_the_kinds_that_are_asked_for_are_masked() -> None:
    text = "13812345678，住3栋502"
    assert masked(text, frozenset({Kind.ADDRESS})) == "13812345678，住［门牌地址］"
    assert masked(text, frozenset()) == text


@pytest.mark.parametrize(
    ("lines", "seen"),
    [
        (["我说", "一三八", "零零幺三", "八零零零", "好"], ["我说", *["［手机号］"] * 3, "好"]),
        (["一三八", "您记一下", "零零幺三", "嗯对", "八零零零啊"], [*["［手机号］"] * 4, "［手机号］啊"]),
        (["身份证三二零幺零六", "一九八五零三幺二", "四五二九"], ["身份证［身份证号］", *["［身份证号］"] * 2]),
        (["三号楼", "二单元，五零幺"], ["［门牌地址］", "［门牌地址］"]),
        (["138", "一共158元", "1234 5678"], ["138", "一共158元", "1234 5678"]),
        (["我的电话是一三八零零", "你等一下我找找本子", "好了找到了，一三八零零零谢谢"],
         ["我的电话是［手机号］", "你等一下我找找本子", "好了找到了，［手机号］谢谢"]),
        (["一三八", "等我找一下本子啊", "零零幺三，你别挂啊", "马上就找到了好吧", "八零零零"],
         ["［手机号］", "等我找一下本子啊", "［手机号］，你别挂啊", "马上就找到了好吧", "［手机号］"]),
        (["身份证三二零幺零六", "我得把证件拿出来看", "一九八五零三幺二四五二九"],
         ["身份证［身份证号］", "我得把证件拿出来看", "［身份证号］"]),
        (["一三八零零", "等我找一下本子啊", "订单号一三八零零零"],
         ["一三八零零", "等我找一下本子啊", "订单号一三八零零零"]),
        (["订单号一三八零零", "等我找一下本子啊", "一三八零零零"],
         ["订单号一三八零零", "等我找一下本子啊", "一三八零零零"]),
        (["一三八零零", *["等我找一下本子啊"] * 4, "一三八零零零"],
         ["一三八零零", *["等我找一下本子啊"] * 4, "一三八零零零"]),
        ([], []),
        (["", "13812345678", ""], ["", "［手机号］", ""]),
    ],
)  # fmt: skip
def test_what_is_told_in_several_lines_is_marked_in_each(lines: list[str], seen: list[str]) -> None:
    assert masked_lines(lines) == seen


def test_a_mark_announces_nothing() -> None:
    assert (
        masked("［手机号］3800138000和［银行卡号］12345678901234") == "［手机号］3800138000和［银行卡号］12345678901234"
    )


def test_a_number_of_a_thing_is_no_number_of_a_person() -> None:
    assert not find("订单号是13812345678")
    assert [private.kind for private in find("手机号是13812345678")] == [Kind.MOBILE]


def test_a_misheard_digit_makes_no_number_of_nobody() -> None:
    assert not is_identity("110101199003071234")
    assert [private.kind for private in find("110101199003071234")] == [Kind.ID_CARD]
    assert not is_card("6222021000112233448")
    assert [private.kind for private in find("6222021000112233448")] == [Kind.BANK_CARD]


def test_a_card_that_looks_like_any_number_has_to_check() -> None:
    assert is_card("4033610012345673")
    assert find("4033610012345673")
    assert not find("4033610012345674")
    assert not find("403361 0012 345674")
    assert find("卡号4033610012345674")
    assert find("4033610012345674，招行的")
    assert find("4033 6100 1234 5674")  # as it is printed


@pytest.mark.parametrize(
    ("digits", "checks"),
    [
        ("37020219880815105X", True),
        ("110101199003071233", True),
        ("110101199003071234", False),
        ("11010119900307123", False),
    ],
)
def test_an_identity_number_checks_by_its_last_digit(digits: str, checks: bool) -> None:
    assert is_identity(digits) is checks


@given(st.text() | st.text("0123456789一二三幺零个，、.-@ \n号楼单元室路手机卡身份证住在艾特点comxX杠年月日"))
def test_any_text_is_masked_and_passages_are_apart_and_in_order(text: str) -> None:
    found = find(text)
    ends = [0, *(private.end for private in found)]
    assert all(end <= private.start < private.end <= len(text) for end, private in zip(ends, found, strict=False))
    seen = masked(text)
    assert seen.count("［") == text.count("［") + len(found) - sum(text[p.start : p.end].count("［") for p in found)
    assert "\n".join(masked_lines(text.split("\n"))).count("\n") == text.count("\n")


@given(
    start=st.sampled_from(["13", "15", "17", "18", "19"]),
    rest=st.text("0123456789", min_size=9, max_size=9),
    ways=st.lists(st.sampled_from(WAYS[:3]), min_size=3, max_size=3),
    pauses=st.tuples(st.sampled_from(PAUSES), st.sampled_from(PAUSES)),
)
def test_a_mobile_number_is_found_however_it_is_said(
    start: str, rest: str, ways: list[str], pauses: tuple[str, str]
) -> None:
    digits = start + rest
    parts = [digits[:3], digits[3:7], digits[7:]]
    said = ["".join(way[int(digit)] for digit in part) for way, part in zip(ways, parts, strict=True)]
    text = f"手机号是{said[0]}{pauses[0]}{said[1]}{pauses[1]}{said[2]}，谢谢"
    (private,) = find(text)
    assert private.kind is Kind.MOBILE
    assert (private.start, private.end) == (4, len(text) - 3)


@given(st.text("0123456789", min_size=11, max_size=11).filter(lambda digits: digits[0] != "1"), st.sampled_from(WAYS))
def test_eleven_digits_that_begin_otherwise_are_no_mobile_number(digits: str, way: str) -> None:
    assert not find(f"编号{''.join(way[int(digit)] for digit in digits)}")
