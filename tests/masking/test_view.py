"""A call without what is private in it: every text of every event, words and times as before, lines as they come."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from typing import Any, get_args, get_type_hints

import pytest

from pipeline.codec import EVENT_TYPES, to_json
from pipeline.events.call import CallEnded, CallFacts, CallStarted, FactsNoted
from pipeline.events.channels import Channel
from pipeline.events.faults import StageFailed
from pipeline.events.hints import Citation, HintDone, HintRaised, Severity, SilentCallStep, Span
from pipeline.events.legend import Legend
from pipeline.events.prompts import PromptPlayed
from pipeline.events.record import Event, Record
from pipeline.events.score import CallScored, ScoreItem, Verdict
from pipeline.events.turns import WaitRequested
from pipeline.events.words import Word, WordsGuessed, WordsHeard, WordsSuppressed
from pipeline.masking.view import PRIVATE, MaskedView, masked_records, peer_shown

PROGRAM = frozenset({  # texts of the program, its rulebook and its people, never of a customer
    "CallStarted.call_id", "CallStarted.started_at", "CallStarted.rulebook_id", "CallStarted.rulebook_version",
    "CallStarted.settings_hash", "CallStarted.engine", "CallStarted.engine_notice", "CallStarted.actor",
    "CallFacts.agent_id", "CallFacts.team", "CallFacts.timezone",
    "PhaseTitle.id", "PhaseTitle.title", "PhaseTitle.title_en", "Title.id", "Title.title", "Title.title_en",
    "CallEnded.actor", "FactsNoted.actor", "PhaseChanged.phase", "CaptureMeasured.device",
    "RecordingStopped.detail", "RecordingStopped.actor", "StageFailed.stage", "StageFailed.cause", "StageBack.stage",
    "PromptPlayed.actor", "WordsHeard.language", "LanguageHeard.language", "HintRaised.rule", "Citation.document",
    "Citation.quote", "Span.quote_en", "HintDismissed.actor", "HintDone.actor", "ScoreGroup.name", "ScoreItem.rule",
    "ScoreItem.group", "HelpAsked.actor", "HelpReceived.by", "HelpTaken.by", "HelpTaken.actor", "HelpClosed.by",
    "HelpClosed.actor", "WhisperSent.whisper", "WhisperSent.by", "WhisperSent.actor", "WhisperSeen.whisper",
    "WhisperSeen.actor", "ListenStarted.by", "ListenStarted.actor", "ListenEnded.by", "ListenEnded.actor",
})  # fmt: skip
NUMBER = "13800138000"
A, C = Channel.AGENT, Channel.CUSTOMER
END = CallEnded(100_000, "finished")


def texts_of(cls: type, seen: set[type]) -> Iterator[str]:
    """Fields of a dataclass, and of those inside, that hold free text."""
    if cls in seen:
        return
    seen.add(cls)
    for field, hint in get_type_hints(cls).items():
        for inside in types_in(hint):
            if inside is str:
                yield f"{cls.__name__}.{field}"
            elif dataclasses.is_dataclass(inside):
                yield from texts_of(inside, seen)


def types_in(hint: Any) -> Iterator[type]:
    if isinstance(hint, type) and not issubclass(hint, Enum):
        yield hint
    for inside in get_args(hint):
        yield from types_in(inside)


def test_every_text_of_every_event_is_known_to_be_private_or_not() -> None:
    seen: set[type] = set()
    found = {name for cls in EVENT_TYPES.values() for name in texts_of(cls, seen)}
    private = {f"{cls.__name__}.{name}" for cls, names in PRIVATE.items() for name in names}
    assert private | PROGRAM == found
    assert not private & PROGRAM


def heard(
    start_ms: int, text: str, channel: Channel = C, shown: str = "", otherwise: tuple[str, ...] = ()
) -> WordsHeard:
    """A word for each character, 200 ms each."""
    words = tuple(Word(char, start_ms + 200 * at, start_ms + 200 * at + 200, 0.9) for at, char in enumerate(text))
    end_ms = start_ms + 200 * len(text)
    return WordsHeard(end_ms + 400, channel, start_ms, end_ms, text, words, 400, shown or text, otherwise=otherwise)


def records(*events: Event) -> list[Record]:
    return [Record("c", seq, event) for seq, event in enumerate(events, 1)]


def view(*events: Event) -> list[Any]:
    """Of a call that is over."""
    return [record.event for record in masked_records(records(*events, END))][:-1]


TOLD = f"我的电话{NUMBER}，谢谢"
EVENTS: list[Event] = [
    CallStarted(0, "c", "2026-11-22T09:00:00+08:00", (A, C), CallFacts(peer=NUMBER, customer_name=f"王{NUMBER}"),
                "support-zh", "1", "abc", "none", legend=Legend(come_back=f"回电{NUMBER}")),
    FactsNoted(0, CallFacts(peer=NUMBER, company=f"华信{NUMBER}", agent_name=f"小林{NUMBER}")),
    heard(1_000, TOLD, otherwise=(f"我的电话是{NUMBER}",)),
    WordsGuessed(1_500, C, 9_000, TOLD, 12),
    WordsSuppressed(2_000, C, 1_000, 1_500, TOLD, "phantom_line"),
    WaitRequested(4_000, C, 1_000, 4_000, TOLD, None, 30_000),
    PromptPlayed(4_000, C, 1_000, 4_000, TOLD, "words"),
    PromptPlayed(4_000, C, 1_000, 4_000, TOLD, "telephony"),
    SilentCallStep(5_000, 1, "say", TOLD, TOLD, None, 0),
    HintRaised(5_000, 1, "r", Severity.TIP, TOLD, TOLD, TOLD, TOLD, Citation("004", "语速适中"), 1_000, 4_000,
               (Span(C, 1_000, 4_000, f"电话{NUMBER}"),), "do", TOLD, TOLD, TOLD, TOLD),
    HintDone(6_000, 1, "coach", TOLD, note_en=TOLD),
    StageFailed(6_000, "record", TOLD),
    CallScored(7_000, 90.0, 0, (), (ScoreItem("r", TOLD, "g", Verdict.MISSED, 1, None, False,
               (Span(C, 1_000, 4_000, TOLD),), TOLD, TOLD, 0, TOLD),)),
]  # fmt: skip


def test_a_number_is_in_no_text_of_any_event() -> None:
    seen = masked_records(records(*EVENTS))
    assert [type(record.event) for record in seen] == [type(event) for event in EVENTS]
    for record in seen:
        assert "138001" not in to_json(record), record
        assert record.event.at_ms == EVENTS[(record.seq or 0) - 1].at_ms


def test_what_is_masked_already_stays_as_it_is() -> None:
    once = masked_records(records(*EVENTS))
    assert masked_records(once) == [
        replace(record, event=replace(record.event, facts=replace(record.event.facts, peer=peer_shown("…8000"))))
        if isinstance(record.event, CallStarted | FactsNoted) else record
        for record in once
    ]  # fmt: skip
    assert peer_shown("…8000") == "…8000"


def test_of_the_other_partys_number_the_last_digits_are_left_as_in_lists() -> None:
    (noted,) = view(FactsNoted(0, CallFacts(peer=NUMBER)))
    assert noted.facts.peer == "…8000"
    assert (peer_shown(None), peer_shown("")) == (None, None)


@pytest.mark.parametrize(("peer", "shown"), [("110", "…"), ("8000", "…"), ("10086", "…0086"), ("…", "…")])
def test_a_number_that_has_no_more_digits_than_are_shown_is_not_shown_whole(peer: str, shown: str) -> None:
    assert peer_shown(peer) == shown == peer_shown(shown)


def test_nothing_private_is_the_same_record() -> None:
    told = records(heard(0, "您好，请问有什么可以帮您"), FactsNoted(0, CallFacts(company="华信")))
    assert all(new is old for new, old in zip(masked_records(told), told, strict=True))


@pytest.mark.parametrize("channel", list(Channel))
def test_a_number_is_masked_on_whatever_channel_it_was_heard(channel: Channel) -> None:
    """One side of a call, the other, or both in one channel."""
    records = [
        Record("a", 1, heard(0, "我的号码是幺三八零零幺三八零零零", channel)),
        Record("a", 2, CallEnded(9_000, "finished")),
    ]
    seen = masked_records(records)[0].event
    assert isinstance(seen, WordsHeard)
    assert (seen.channel, "三八零零" in seen.text, seen.text[:5]) == (channel, False, "我的号码是")


def test_words_keep_their_count_and_times() -> None:
    line = heard(1_000, "电话幺三八零零幺三八零零零，好")
    (seen,) = view(line)
    assert seen.text == "".join(word.text for word in seen.words) == "电话［手机号］，好"
    assert [(word.start_ms, word.end_ms) for word in seen.words] == [(w.start_ms, w.end_ms) for w in line.words]


def test_words_that_are_not_those_of_the_text_are_gone_where_something_is_private() -> None:
    line = replace(heard(0, f"电话{NUMBER}"), words=(Word("电话", 0, 400, 0.9), Word("一三八", 400, 900, 0.9)))
    (seen,) = view(line)
    assert [word.text for word in seen.words] == ["［手机号］", ""]


def test_a_number_told_in_three_turns_is_masked_in_each_and_in_what_quotes_them() -> None:
    first, second, third = heard(0, "幺三八", shown="138"), heard(5_000, "零零幺三"), heard(9_000, "八零零零，对")
    quoted = HintRaised(
        12_000, 1, "r", Severity.TIP, "", "", "", "", Citation("", ""), 0, 0,
        (Span(C, 0, 600, "幺三八"), Span(C, 9_000, 9_800, "零零零对"), Span(A, 0, 600, "幺三八")),
    )  # fmt: skip
    *lines, hint = view(first, heard(1_000, "好的您说", A), second, third, quoted)
    assert [line.text for line in lines] == ["［手机号］", "好的您说", "［手机号］", "［手机号］，对"]
    assert lines[0].shown == "［手机号］"
    assert [span.quote for span in hint.evidence] == ["［手机号］", "［手机号］对", "幺三八"]


def test_texts_that_quote_a_part_of_what_is_masked_are_marked_there() -> None:
    first, second = heard(0, "我的电话一三八零零一三"), heard(5_000, "八零零零，就是那个，住三栋二单元五零二")
    why, say, note = "客户说：一三八零零一三…", "就是那个 38，00一对吗？", "345 → 182 字/分，二单元五零二"
    evidence = (Span(C, 0, 3_000, "一三八零零一三"),)
    hint = HintRaised(9_000, 1, "r", Severity.TIP, "", say, why, "", Citation("", ""), 0, 0, evidence, why_en=why)
    done = HintDone(9_500, 1, "coach", note)
    item = ScoreItem("r", "", "g", Verdict.MISSED, 1, None, False, evidence, why)
    *_, hint_seen, done_seen, scored = view(first, second, hint, done, CallScored(9_900, 1.0, 0, (), (item,)))
    assert hint_seen.evidence[0].quote == "［手机号］"
    assert (hint_seen.why, hint_seen.why_en) == ("客户说：［手机号］…",) * 2
    assert hint_seen.say == "就是那个 ［手机号］对吗？"
    assert done_seen.note == "345 → 182 字/分，［门牌地址］"
    assert scored.items[0].note == "客户说：［手机号］…"


def test_while_a_call_runs_a_text_that_quotes_half_a_number_is_marked_there() -> None:
    line, done = records(heard(0, "幺三八零零"), HintDone(9_500, 1, "coach", "听到：幺三八零零"))
    live = MaskedView([line])
    assert live.masked(done).event == replace(done.event, note="听到：［号码］")
    live.hear(END)
    assert live.masked(done) == done


def test_what_only_one_writing_gives_away_is_gone_from_the_other() -> None:
    by_shown, by_text = (
        heard(0, "电话要三吧零零要三吧零零零", shown=f"电话{NUMBER}"),
        heard(9_000, f"电话{NUMBER}", shown="电话是1,3,8那个"),
    )
    one, other = view(by_shown, by_text)
    assert one.shown == "电话［手机号］"
    assert "三吧" not in one.text + "".join(word.text for word in one.words)
    assert other.shown == other.text == "电话［手机号］"


def test_other_readings_of_a_private_line_are_gone() -> None:
    assert view(heard(0, TOLD, otherwise=("我的电话幺三八零零",)))[0].otherwise == ()
    assert view(heard(0, "您好", otherwise=("你好",)))[0].otherwise == ("你好",)


def test_a_reading_that_tells_a_number_is_gone_where_the_text_tells_none() -> None:
    misheard = "我的电话药散吧灵灵"
    line = heard(0, misheard, otherwise=(f"我的电话{NUMBER}", "我的电话要散了", "我的电话一三八零零"))
    (seen,) = view(line)
    assert seen == replace(line, otherwise=("我的电话要散了",))


def seen(view: MaskedView, record: Record) -> Record:
    """As it comes."""
    view.hear(record.event)
    return view.masked(record)


@pytest.mark.parametrize(
    ("lines", "masked"),
    [
        (["我的手机是幺三八", "零零幺三", "八零零零", "谢谢"],
         ["我的手机是［号码］", "［手机号］", "［手机号］", "谢谢"]),
        (["工号是八零一七", "好的"], ["工号是［号码］", "好的"]),
        (["一共一百五十八元", "二零二四年三月五号"], ["一共一百五十八元", "二零二四年三月五号"]),
        (["住朝阳区望京街道", "八号楼三单元五零二"], ["住朝阳区望京街道", "［门牌地址］"]),
    ],
)  # fmt: skip
def test_while_a_call_runs_a_number_half_told_is_masked_as_one(lines: list[str], masked: list[str]) -> None:
    live = MaskedView()
    told = [seen(live, record).event for record in records(*(heard(4_000 * n, line) for n, line in enumerate(lines)))]
    assert [event.text for event in told if isinstance(event, WordsHeard)] == masked


def test_looked_at_again_it_is_what_it_was() -> None:
    told = records(heard(0, "工号是八零一七"), heard(4_000, "电话幺三八"))
    live = MaskedView()
    assert seen(live, told[0]) != told[0]
    assert seen(live, told[1]) != told[1]
    assert live.masked(told[0]) == told[0]
    assert live.hear(END)
    assert [live.masked(record) for record in told] == told
    assert not live.hear(END)
    assert not live.hear(told[1].event)


def test_what_is_masked_as_half_a_number_stays_so_as_long_as_it_may_go_on() -> None:
    said = ["我的电话是一三八零零", "你等一下我找找本子", "你别挂啊马上就好", "好了，一三八零零零谢谢"]
    told = records(*(heard(4_000 * number, line) for number, line in enumerate(said)))
    live = MaskedView()
    for number, record in enumerate(told, 1):
        live.hear(record.event)
        assert not any("八零零" in to_json(live.masked(one)) for one in told[:number])
        caption = WordsGuessed(99_000, C, 98_000, "好了，一三八零零零谢谢")
        assert number != 3 or "八零零" not in to_json(live.masked(Record("c", None, caption)))
    live.hear(END)
    assert not any("八零零" in to_json(live.masked(one)) for one in told)


def test_half_a_number_that_nothing_goes_on_with_is_seen_again_after_some_lines() -> None:
    half, *others = records(heard(0, "大概是一三八零零"), *(heard(4_000 * n, "对吧我也不知道的") for n in range(1, 5)))
    live = MaskedView([half])
    assert [seen(live, other) == other and live.masked(half) == half for other in others] == [False] * 3 + [True]


def test_a_line_that_was_rewritten_takes_the_place_of_what_it_was() -> None:
    line = records(heard(0, TOLD))[0]
    live = MaskedView([line])
    erased = live.masked(line)
    assert seen(live, erased) == erased


def test_a_caption_is_masked_with_the_lines_before_it() -> None:
    live = MaskedView(records(heard(0, "您记一下，幺三八"), heard(2_000, "零零幺三", A)))
    half = live.masked(Record("c", None, WordsGuessed(5_000, C, 4_000, "您好零零幺三八", 4))).event
    assert half == WordsGuessed(5_000, C, 4_000, "您好［号码］", 2)
    own = live.masked(Record("c", None, WordsGuessed(5_000, C, 4_000, "零零幺三八零零零，对", 2))).event
    assert own == WordsGuessed(5_000, C, 4_000, "［手机号］，对", 0)


def test_late_words_are_put_where_they_were_said() -> None:
    told = view(heard(0, "手机幺三八"), heard(9_000, "八零零零"), heard(5_000, "零零幺三"))
    assert [event.text for event in told] == ["手机［手机号］", *["［手机号］"] * 2]


def test_a_long_call_is_masked_line_by_line_as_at_once() -> None:
    said = ["您好", "手机幺三八", "零零幺三", "八零零零，对", "好的谢谢", "住三号楼", "二单元，五零幺", "没有了"] * 8
    told = records(*(heard(4_000 * number, line) for number, line in enumerate(said)))
    live = MaskedView()
    for record in told:
        seen(live, record)
    live.hear(END)
    assert [live.masked(record) for record in told] == masked_records([*told, *records(END)])[:-1]
