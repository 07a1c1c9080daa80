"""Another language: nothing rests on its words, before it was told either, and the way back is open."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.audio.turn_taking import TurnTakingSettings
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.conversation import Conversation
from pipeline.events.call import CallFacts, CallStarted
from pipeline.events.channels import Channel
from pipeline.events.hints import HintCleared, HintRaised
from pipeline.events.measures import PaceMeasured
from pipeline.events.record import Event
from pipeline.events.score import CallScored, Verdict
from pipeline.events.turns import TurnEnded, TurnStarted, WaitRequested
from pipeline.events.words import LanguageHeard, WordsHeard

AGENT, CUSTOMER = Channel.AGENT, Channel.CUSTOMER
BAN = "这个不归我管，不关我的事"


def call(rulebook: Rulebook, *told: Event, end_ms: int = 90_000) -> list[Event]:
    """What follows from what is heard; each event comes at its `at_ms`, in its slice."""
    started = CallStarted(
        0, "c", "2026-01-05T10:00:00+08:00", (AGENT, CUSTOMER), CallFacts(direction="outbound"),
        rulebook.id, rulebook.version, "", "scripted", "", (),
    )  # fmt: skip
    conversation = Conversation(rulebook, TurnTakingSettings(), started)
    out = conversation.feed(0, [started])
    for at_ms in range(20, end_ms, 20):
        out += conversation.feed(at_ms, [event for event in told if event.at_ms == at_ms])
    return out + conversation.finish(end_ms)


def said(start_ms: int, text: str, channel: Channel = AGENT, seconds: int = 3) -> list[Event]:
    """A turn, and its words 600 ms after it."""
    end_ms = start_ms + 1_000 * seconds
    return [
        TurnStarted(start_ms + 100, channel, start_ms),
        TurnEnded(end_ms + 300, channel, start_ms, end_ms),
        WordsHeard(end_ms + 600, channel, start_ms, end_ms, text, (), 600, text),
    ]


def talk(from_ms: int, until_ms: int, text: str) -> list[Event]:
    """Both sides by turns."""
    both = [AGENT, CUSTOMER]
    return [e for at, ms in enumerate(range(from_ms, until_ms, 4_000)) for e in said(ms, text, both[at % 2])]


def rules(rulebook: Rulebook, events: Sequence[Event]) -> list[str]:
    """Those that rest on words and have a hint."""
    return [event.rule for event in events if isinstance(event, HintRaised) and event.rule in by_words(rulebook)]


def by_words(rulebook: Rulebook) -> set[str]:
    return {rule.id for rule in rulebook.rules if rule.kind.words == "needed"}


def verdicts(events: Sequence[Event]) -> dict[str, Verdict]:
    (scored,) = [event for event in events if isinstance(event, CallScored)]
    return {item.rule: item.verdict for item in scored.items}


def of_language(at_ms: int, start_ms: int, language: str = "en", channel: Channel = AGENT) -> LanguageHeard:
    return LanguageHeard(at_ms, channel, start_ms, language, False)


def test_the_same_words_are_a_fault_in_mandarin_and_nothing_in_another_language(rulebook: Rulebook) -> None:
    words = [*talk(0, 60_000, "好的"), *said(60_000, BAN)]
    assert rules(rulebook, call(rulebook, *words)) == ["ban-none-of-my-business"]
    found = call(rulebook, of_language(5_000, 0), of_language(5_000, 0, channel=CUSTOMER), *words)
    assert rules(rulebook, found) == []
    (scored,) = [event for event in found if isinstance(event, CallScored)]
    of_words = {item.verdict for item in scored.items if item.rule in by_words(rulebook)}
    assert of_words == {Verdict.NOT_APPLICABLE}
    assert scored.total is None
    assert "说的不是普通话，无法判断" in {item.note for item in scored.items}


def test_what_was_raised_by_words_of_before_is_taken_back(rulebook: Rulebook) -> None:
    words = [*talk(0, 30_000, "好的"), *said(32_000, BAN)]
    first = call(rulebook, *words)
    raised = next(event for event in first if isinstance(event, HintRaised) and event.start_ms >= 32_000)
    found = call(rulebook, *words, of_language(40_000, 32_000))
    cleared = [event for event in found if isinstance(event, HintCleared) and event.hint == raised.hint]
    assert [(event.at_ms, event.reason) for event in cleared] == [(40_000, "cause_gone")]
    assert verdicts(first)[raised.rule] is not verdicts(found)[raised.rule]


def test_mandarin_after_it_is_coached_again(rulebook: Rulebook) -> None:
    words = [*talk(0, 48_000, "好的"), *said(50_000, BAN)]
    back = of_language(49_000, 48_000, "zh")
    assert rules(rulebook, call(rulebook, of_language(5_000, 0), *words, back)) == ["ban-none-of-my-business"]


def test_a_foreign_customer_takes_nothing_from_the_agents_words(rulebook: Rulebook) -> None:
    words = [*talk(0, 60_000, "好的"), *said(60_000, BAN)]
    assert rules(rulebook, call(rulebook, of_language(5_000, 0, channel=CUSTOMER), *words)) == rules(
        rulebook, call(rulebook, *words)
    )


def test_neither_a_wait_nor_a_pace_comes_of_it(rulebook: Rulebook) -> None:
    rush = [PaceMeasured(ms, AGENT, ms - 20_000, ms, 400, 450, 120, 18_000, 16_000, "acoustic")
            for ms in range(20_000, 60_000, 500)]  # fmt: skip
    words = [*talk(0, 16_000, "好的"), *said(16_000, "请您稍等一下"), *talk(22_000, 60_000, "好的")]
    for told, waits, hints in (((), 1, ["speech-rate-150"]), ((of_language(5_000, 0),), 0, [])):
        found = call(rulebook, *told, *words, *rush)
        assert sum(isinstance(event, WaitRequested) for event in found) == waits
        assert sorted(set(rules(rulebook, found))) == hints


def test_words_written_in_another_language_are_no_words_of_the_coached_one(rulebook: Rulebook) -> None:
    """They were asked for before the channel came back to Mandarin."""
    late = [WordsHeard(e.at_ms, e.channel, e.start_ms, e.end_ms, BAN, (), 600, BAN, "en")
            for e in said(20_000, BAN) if isinstance(e, WordsHeard)]  # fmt: skip
    assert rules(rulebook, call(rulebook, *talk(0, 16_000, "好的"), *late)) == rules(
        rulebook, call(rulebook, *talk(0, 16_000, "好的"))
    )
