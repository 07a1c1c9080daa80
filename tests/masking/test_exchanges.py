"""Numbers that the two speakers of a call tell together, as those see it who may not know them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from pipeline.events.call import CallEnded
from pipeline.events.channels import Channel
from pipeline.events.record import Record
from pipeline.events.words import Word, WordsHeard
from pipeline.masking.sound import SpanMs, of_call
from pipeline.masking.view import MaskedView, masked_records

APART_MS = 3_000


def records(*said: str) -> list[Record]:
    """`said`: the speaker, C or A, and the words, in order; the call is over."""
    events: list[Record] = []
    for number, line in enumerate(said):
        channel = Channel.AGENT if line[0] == "A" else Channel.CUSTOMER
        start_ms, text = APART_MS * number, line[1:]
        end_ms = start_ms + 100 * len(text)
        words = tuple(Word(char, start_ms + 100 * n, start_ms + 100 * n + 100, 0.9) for n, char in enumerate(text))
        events.append(
            Record("c", number + 1, WordsHeard(end_ms, channel, start_ms, end_ms, text, words, 400, f"{text}。"))
        )
    return [*events, Record("c", len(said) + 1, CallEnded(APART_MS * len(said), "finished"))]


def texts(seen: Iterable[Record]) -> list[str]:
    return [record.event.text for record in seen if isinstance(record.event, WordsHeard)]


def seen(*said: str) -> list[str]:
    return texts(masked_records(records(*said)))


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (
            ("C我手机是幺三八", "A零零幺三对吧", "C八零零零，没错"),
            ["我手机是［手机号］", "［手机号］对吧", "［手机号］，没错"],
        ),
        (("A您的手机是幺五零三三二七，后面呢", "C八四幺九"), ["您的手机是［手机号］，后面呢", "［手机号］"]),
        (("C我打+86 138", "A0013 8000"), ["我打+［手机号］", "［手机号］"]),
        (
            ("A您登记的是1503", "C1503", "A327，然后", "C8419"),
            ["您登记的是［手机号］", "［手机号］", "［手机号］，然后", "［手机号］"],
        ),
        (
            ("C卡号六二二八", "A六二二八，您说", "C四八零四五幺二零", "A好", "A后面六七九三", "C八四幺", "A八四幺"),
            [
                "卡号［银行卡号］",
                "［银行卡号］，您说",
                "［银行卡号］",
                "好",
                "后面［银行卡号］",
                "［银行卡号］",
                "［银行卡号］",
            ],
        ),
        (
            ("C三三零幺零五", "A一九九零零三幺二", "C对，七七幺九"),
            ["［身份证号］", "［身份证号］", "对，［身份证号］"],
        ),
    ],
)
def test_a_number_of_which_each_speaker_tells_a_part_is_masked_in_both(
    said: tuple[str, ...], wanted: list[str]
) -> None:
    assert seen(*said) == wanted


def test_pieces_of_a_number_that_the_other_repeats_are_masked() -> None:
    told = ("C我电话幺三八零零幺三", "A零零幺三", "C八零零零", "A八零零零是吧", "A好的，尾号八零零零")
    assert seen(*told) == ["我电话［手机号］", "［手机号］", "［手机号］", "［手机号］是吧", "好的，尾号八零零零"]


@pytest.mark.parametrize(
    "said",
    [
        ("A订单号是幺三八", "C零零幺三", "A八零零零"),
        ("A请问订单号", "C幺三八零零", "A幺三八零零零"),
        ("A尾号是零零幺三吗", "C不是，八零零零", "A那是幺三八开头"),
        ("A一共一百三十八", "C两千三百块", "A四千"),
        ("A您要幺三八的套餐", "C什么时候", "A马上", "C好", "A嗯", "C那行", "C零零幺三八零零零"),
        ("A验证码四四七幺九三", "C四四七幺九三"),
        ("A拨幺零零八六", "C幺二三四五"),
        ("A十二期", "C二十四期", "A一三五七九", "C二四六"),
    ],
)
def test_what_both_say_that_is_no_number_of_a_person_stays(said: tuple[str, ...]) -> None:
    assert seen(*said) == [line[1:] for line in said]


@pytest.mark.parametrize(
    "said",
    [
        ("C159", "A159", "C4420", "A4420", "C887", "A887", "C3", "A3"),
        ("C我电话1594", "A4208", "C87", "A3"),
        ("C15", "A15", "C94", "A94", "C42", "A42", "C08", "A08", "C87", "A87", "C3", "A3，好的我记好了"),
        ("C15", "C94", "C42", "C08", "C87", "C3"),
        tuple(f"{who}{digit}{behind}" for digit in "15944208873" for who, behind in (("C", ""), ("A", "，嗯"))),
        ("C我手机15944", "A44208873对吗"),
        ("C我手机159442", "A4420887，您看对吗", "C3"),
        ("C159", "A4421", "C不对，4420", "A4420", "C8873"),
        ("C手机15944208", "A我再跟您核对核对您看后面几位是不是873"),
        ("C四二零幺零六", "A一九八五零七二三", "C五五幺", "A八"),
        ("C6217", "A6217，嗯", "C0012", "A0012", "C3400", "A3400", "C5678", "A5678", "C90", "A90", "C1", "A1，好"),
        ("A订单号您有吗", "C没有，手机行吗", "A行", "C159", "A4420对吗", "C8873"),
        ("C15944208873", "A44208请您听我念完了再说行不行"),
        ("C15944208873", "A15", "A94", "A42", "A08", "A87", "A3"),
        ("C15944208873", "A那个号码就是4420对吧", "A前面159", "A8873没错吧", "A是159开头吗", "A号码里有4420"),
        ("C159", "A4420", "C8873", "A好的", "A4420对吧"),
    ],
)
def test_nothing_of_a_number_is_seen_however_its_pieces_are_told(said: tuple[str, ...]) -> None:
    assert not [line for line in seen(*said) if any(digit in line for digit in "0123456789零一二三四五六七八九幺")]


@pytest.mark.parametrize(
    "said",
    [
        ("A月租159",),
        ("A就是四四二",),
        ("A原价是442",),
        ("A分机8873",),
        ("A稍后8873会给您回电",),
        ("A您说的是四四二的那个套餐",),
        ("A四四二那个套餐",),
        ("A工号是208",),
        ("A尾号8873",),
    ],
)
def test_figures_that_happen_to_be_in_a_number_told_before_stay(said: tuple[str, ...]) -> None:
    assert seen("C我电话15944208873", *said) == ["我电话［手机号］", *(line[1:] for line in said)]


@pytest.mark.parametrize(
    "said",
    [
        ("A第一档1594", "C1594", "A第二档4208", "C嗯", "A第三档873"),
        ("A会员号1594", "C1594", "A4208", "C873"),
        ("A取件码159", "C159", "A442", "C08873"),
        ("A额度159442元", "C159442", "A08873期"),
        ("A您的运单号报一下", "C嗯我找找", "C1594420", "A8873"),
        ("A请按1", "C1", "A请按3", "C3", "A请按8", "C8"),
        ("A几位", "C三", "A几点", "C八", "A一", "C四"),
    ],
)
def test_figures_and_numbers_of_things_that_both_say_stay(said: tuple[str, ...]) -> None:
    assert seen(*said) == [line[1:] for line in said]


def test_it_is_found_as_the_lines_come_in_any_order_and_stays_when_more_come() -> None:
    lines = records("C我手机是幺三八", "A零零幺三对吧", "C八零零零", *["A好的", "C嗯"] * 20)
    view = MaskedView()
    for record in (lines[2], lines[0], lines[1]):
        view.hear(record.event)
    wanted = ["我手机是［手机号］", "［手机号］对吧", "［手机号］"]
    assert texts(map(view.masked, lines[:3])) == wanted
    for record in lines[3:]:
        view.hear(record.event)
        view.masked(record)
    assert texts(map(view.masked, lines[:3])) == wanted


def test_it_is_muted() -> None:
    told = records("A登记的是幺三八", "C零零幺三", "A八零零零")
    assert of_call(told) == (SpanMs(100, 1_000), SpanMs(2_700, 3_700), SpanMs(5_700, 6_700))


def test_a_line_that_was_rewritten_is_looked_at_anew() -> None:
    first, second, third, *_ = records("C我的是幺三八", "A零零幺三对吧", "C八零零零")
    view = MaskedView([first, second, third])
    assert texts([view.masked(first)]) == ["我的是［手机号］"]
    assert isinstance(first.event, WordsHeard)
    changed = replace(first, event=replace(first.event, text="我的在家里面", words=(), shown=""))
    view.hear(changed.event)
    assert view.masked(changed) == changed
