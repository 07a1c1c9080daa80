"""Inverse text normalisation: read aloud, the result gives the words that were said."""

from __future__ import annotations

import cn2an
import pytest
from hypothesis import example, given, strategies as st

from pipeline.asr.text.inverse_normalisation import inverse_normalised
from pipeline.asr.text.normalisation import read_aloud
from pipeline.events.words import Word


def heard(text: str, pauses: tuple[int, ...] = ()) -> list[Word]:
    """`pauses`: numbers of characters after which there is half a second of silence."""
    words, at = [], 0
    for index, char in enumerate(text):
        words.append(Word(char, at, at + 200, 0.9))
        at += 700 if index in pauses else 200
    return words


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("您的电话是幺三八零零零零零零零零，对吗？", "您的电话是13800000000，对吗？"),
        ("一共一百五十元。", "一共150元。"),
        ("二零二六年三月。", "2026年三月。"),
        ("百分之九十九点五。", "99.5%。"),
        ("三点五公里。", "3.5公里。"),
        ("住在十二号楼二单元三零二。", "住在12号楼二单元302。"),
        ("一百万元。", "一百万元。"),
        ("一共七万零一元。", "一共70001元。"),
        ("电话是幺三八洞拐勾两五六八八。", "电话是13807925688。"),
        ("您的电话是要三八动拐勾两五六八八，对吗？", "您的电话是13807925688，对吗？"),
        ("订单号是三两要勾勾动四。", "订单号是3219904。"),
        ("尾号是洞洞拐幺。", "尾号是0071。"),
        ("我要二三四号楼的钥匙。", "我要二三四号楼的钥匙。"),
        ("一要二看三通过。", "一要二看三通过。"),
        ("三两个人。", "三两个人。"),
        ("您要三八节的花吗？", "您要三八节的花吗？"),
        ("下午三点五十。", "下午三点五十。"),
        ("第十二页。", "第十二页。"),
        ("九九八十一。", "九九八十一。"),
    ],
)
def test_numbers_become_digits_where_a_reader_expects_them(said: str, wanted: str) -> None:
    assert inverse_normalised(heard(said)) == wanted


@pytest.mark.parametrize(
    "said", ["请稍等一下。", "十分感谢。", "统一处理。", "万一没有呢？", "三言两语。", "一点也不。", "二十点半。"]
)
def test_words_stay_words(said: str) -> None:
    assert inverse_normalised(heard(said)) == said


def test_where_the_model_wrote_no_punctuation_pauses_do() -> None:
    assert inverse_normalised(heard("好的我帮您查一下", pauses=(1,))) == "好的，我帮您查一下。"
    assert inverse_normalised(heard("您好请问有什么可以帮您吗", pauses=(1,))) == "您好，请问有什么可以帮您吗？"
    assert inverse_normalised(heard("好的，再见", pauses=(0,))) == "好的，再见"
    assert inverse_normalised([]) == ""


def test_spaces_between_han_and_narrow_punctuation_go() -> None:
    assert inverse_normalised(heard("好的 谢谢 您,再见! VIP 客户")) == "好的谢谢您，再见！ VIP 客户"


@example(70_001, "元")
@given(st.integers(10, 99_999), st.sampled_from(["元", "块钱", "分钟", "公里", "平方米"]))
def test_amounts_are_read_aloud_as_they_were_said(amount: int, unit: str) -> None:
    said = cn2an.an2cn(amount) + unit
    assert read_aloud(inverse_normalised(heard(said))) == said
    assert (str(amount) in inverse_normalised(heard(said))) == (amount % 10_000 != 0)  # 三万元 stays as it is


@given(st.text(alphabet="零二三四五六七八九", min_size=10, max_size=10))
def test_telephone_numbers_are_read_aloud_as_they_were_said(tail: str) -> None:
    said = "幺" + tail
    assert inverse_normalised(heard(f"号码是{said}。")).removeprefix("号码是").rstrip("。").isdigit()
    assert read_aloud(inverse_normalised(heard(f"号码是{said}。"))).replace("一", "幺") == f"号码是{said}"
