"""Characters as they are read aloud in Mandarin."""

from __future__ import annotations

import pytest

from pipeline.asr.text import count_characters, simplify


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("您好，请问有什么可以帮您？", 11),
        ("150", 4),  # 一百五十
        ("12", 2),  # 十二
        ("13812345678", 11),
        ("010", 3),
        ("2026年", 5),  # 二零二六年
        ("80元", 3),  # 八十元
        ("3.5", 3),  # 三点五
        ("50%", 5),  # 百分之五十
        ("VIP客户", 5),
        ("hello", 2),
        ("……！？ ，", 0),
        ("", 0),
    ],
)
def test_count(text: str, count: int) -> None:
    assert count_characters(text) == count


def test_traditional_becomes_simplified() -> None:
    assert simplify("對不起，讓您久等了") == "对不起，让您久等了"
