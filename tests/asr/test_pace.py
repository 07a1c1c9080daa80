"""Pace from words and turns at given times: exact characters a minute."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given, settings, strategies as st

from pipeline.asr.text.pace import PaceMeter, PaceSettings
from pipeline.events.channels import Channel
from pipeline.events.measures import PaceMeasured
from pipeline.events.turns import TurnEnded, TurnStarted
from pipeline.events.words import Word, WordsHeard
from tests.asr import script
from tests.conftest import Hear
from tests.prompter import Prompter
from tests.sound import ms, speech, stereo


def turn(start_ms: int, end_ms: int, channel: Channel = Channel.AGENT) -> TurnEnded:
    return TurnEnded(end_ms + 320, channel, start_ms, end_ms)


def words(start_ms: int, text: str, each_ms: int = 200) -> list[Word]:
    return [Word(c, start_ms + i * each_ms, start_ms + (i + 1) * each_ms, 1.0) for i, c in enumerate(text)]


def meter(*turns: tuple[int, int], each_ms: int = 250) -> PaceMeter:
    made = PaceMeter(PaceSettings())
    for start, end in turns:
        made.turn_ended(turn(start, end), [], sound(start, end, each_ms))
    return made


def sound(start_ms: int, end_ms: int, each_ms: int = 250) -> list[tuple[int, float]]:
    """One character in each cell."""
    return [(at, 1.0) for at in range(start_ms, end_ms, each_ms)]


def test_characters_over_speaking_time() -> None:
    pace = meter((1_000, 5_000))
    pace.words(1_000, 5_000, words(1_000, "一" * 10))
    found = pace.window(6_000)
    assert found is not None
    assert (found.characters, found.speaking_ms, found.basis) == (10, 4_000, "words")
    assert found.speaking_rate == 150.0


def test_below_three_seconds_there_is_no_figure() -> None:
    assert meter((1_000, 3_900)).window(6_000) is None


def test_own_pauses_up_to_a_second_are_speaking_but_not_articulation() -> None:
    pace = meter((0, 2_000), (2_800, 4_800))
    found = pace.window(6_000)
    assert found is not None
    assert (found.speaking_ms, found.articulation_ms) == (4_800, 4_000)


def test_a_pause_over_a_second_or_with_the_customer_in_it_is_not_joined() -> None:
    assert meter((0, 2_000), (3_100, 5_100)).window(6_000).speaking_ms == 4_000  # type: ignore[union-attr]
    pace = meter((0, 2_000), (2_800, 4_800))
    pace.other_turn(turn(2_100, 2_600, Channel.CUSTOMER))
    assert pace.window(6_000).speaking_ms == 4_000  # type: ignore[union-attr]


def test_before_words_come_the_pace_is_an_estimate_and_marked_so() -> None:
    pace = meter((1_000, 5_000))
    found = pace.window(6_000)
    assert found is not None
    assert (found.characters, found.basis) == (16, "acoustic")
    pace.words(1_000, 5_000, words(1_000, "一" * 12))
    assert pace.window(6_000).basis == "words"  # type: ignore[union-attr]


def test_while_a_turn_runs_its_sound_adds_up() -> None:
    pace = meter()
    for until in range(1_500, 5_001, 500):
        pace.turn_goes_on(1_000, until, [], sound(until - 500, until))
    found = pace.window(5_000)
    assert found is not None
    assert (found.characters, found.speaking_ms, found.basis) == (16, 4_000, "acoustic")


def test_a_long_turn_is_an_estimate_until_its_last_words_have_come() -> None:
    pace = meter((0, 12_000))
    pace.words(0, 8_000, words(0, "一" * 20, 400))
    found = pace.window(13_000)
    assert found is not None
    assert (found.characters, found.basis) == (20 + 16, "acoustic")  # 16 for the last four seconds
    pace.words(8_000, 12_000, words(8_000, "一" * 10, 400))
    assert (pace.window(13_000).characters, pace.window(13_000).basis) == (30, "words")  # type: ignore[union-attr]


def test_one_turn_without_words_makes_the_window_an_estimate_and_keeps_the_words_of_the_other() -> None:
    pace = meter((0, 4_000), (6_000, 10_000))
    pace.words(0, 4_000, words(0, "一" * 10))
    found = pace.window(11_000)
    assert found is not None
    assert (found.characters, found.basis) == (10 + 16, "acoustic")
    whole = pace.call(11_000, "words")
    assert whole is not None
    assert (whole.characters, whole.speaking_ms, whole.basis) == (10, 4_000, "words")


def test_only_what_lies_in_the_last_20_seconds_counts() -> None:
    pace = meter((0, 10_000), (20_000, 24_000))
    pace.words(0, 10_000, words(0, "一" * 50))
    pace.words(20_000, 24_000, words(20_000, "一" * 10, 400))
    found = pace.window(25_000)
    assert found is not None
    assert found.characters == 10 + 25  # five seconds of the first turn are left
    assert found.speaking_ms == 5_000 + 4_000


def test_the_whole_call_adds_up_and_forgets_nothing() -> None:
    pace = meter()
    for start in range(0, 600_000, 10_000):
        pace.turn_ended(turn(start, start + 5_000), [], sound(start, start + 5_000))
        pace.words(start, start + 5_000, words(start, "一" * 10))
    call = pace.call(600_000, "words")
    assert call is not None
    assert (call.characters, call.speaking_ms, call.speaking_rate) == (600, 300_000, 120.0)
    acoustic = pace.call(600_000, "acoustic")
    assert acoustic is not None
    assert acoustic.characters == 60 * 20


# --- against an oracle on a grid of 1 ms (tests/asr/script.py) ------------------------------------------------------

PAUSES_MS = st.sampled_from([200, 240, 260, 300, 320, 900, 1_000, 1_020, 1_100, 3_000, 22_000])
RUNS_MS = st.integers(5, 200).map(lambda slices: slices * 20)
AGENT = st.lists(st.tuples(PAUSES_MS, RUNS_MS), min_size=1, max_size=10)
CUSTOMER = st.lists(st.tuples(PAUSES_MS | st.integers(1, 900).map(lambda n: n * 20), RUNS_MS), max_size=8)


@settings(deadline=None, max_examples=30)
@given(AGENT, CUSTOMER, st.integers(40, 700))
@example([(0, 5_000), (900, 20_500)], [(22_000, 90_000)], 260)
@example([(0, 3_000), (900, 60_000), (320, 4_000)], [], 400)
@example([(0, 2_000), (600, 4_000), (600, 4_000)], [(2_100, 200), (6_000, 100)], 300)
def test_rates_are_those_of_the_oracle(agent: list[Any], customer: list[Any], word_ms: int) -> None:
    for what, error in script.errors(script.write(agent, customer, word_ms)):
        assert error < 0.005, what


def test_the_oracle_is_not_vacuous() -> None:
    """The scripts do give windows by words, of short turns and of one with several utterances."""
    found = [what for what, _ in script.errors(script.write([(200, 3_000), (900, 60_000), (1_100, 4_000)], []))]
    assert found.count("window") > 10
    assert found.count("call") == 2


def test_an_open_customer_turn_separates_two_agent_turns() -> None:
    pace = meter((0, 2_000))
    pace.other_turn(TurnStarted(2_500, Channel.CUSTOMER, 2_400))
    pace.turn_ended(turn(2_800, 4_800), [], [])
    assert pace.window(5_000).speaking_ms == 4_000  # type: ignore[union-attr]
    pace.other_turn(turn(2_850, 6_000, Channel.CUSTOMER))  # its onset is corrected to later: nobody spoke between
    assert pace.window(5_000).speaking_ms == 4_800  # type: ignore[union-attr]


def test_a_turn_with_corrected_onset_keeps_its_words() -> None:
    pace = meter()
    pace.turn_goes_on(1_200, 3_000, [], [])
    pace.turn_ended(turn(1_000, 5_000), [], [])
    pace.words(1_200, 5_000, words(1_200, "一" * 10))
    found = pace.window(6_000)
    assert found is not None
    assert (found.characters, found.speaking_ms, found.basis) == (10, 4_000, "words")


def test_an_utterance_without_words_leaves_its_time_to_the_estimate() -> None:
    pace = meter((0, 12_000))
    pace.words(8_000, 12_000, words(8_000, "一" * 10, 400))  # no words before this piece
    assert pace.window(12_600).basis == "acoustic"  # type: ignore[union-attr]
    whole = pace.call(13_000, "words")
    assert whole is not None
    assert (whole.characters, whole.speaking_ms) == (10, 4_000)


def test_words_are_read_in_the_context_of_their_utterance() -> None:
    pace = meter((0, 4_000))
    pace.words(0, 4_000, [Word(text, at, at + 500, 1.0) for at, text in ((0, "1"), (500, "50"), (1_000, "元"))])
    assert pace.window(5_000).characters == 5  # type: ignore[union-attr]  # 一百五十元


def test_in_a_call_the_estimate_comes_while_speaking_is_marked_and_gives_way_to_words(hear: Hear) -> None:
    texts = ["您好很高兴为您服务请问您今天想咨询哪方面的业务", "我这边马上帮您查询一下请您稍等"]
    first, second = (speech(text) for text in texts)
    begins, ends = 1_000, 1_000 + ms(first)
    call = stereo([(begins, first), (ends + 2_000, second)], [], ends + 2_000 + ms(second) + 2_000)
    events = hear(call, Prompter([texts[0], None]))
    paces = [e for e in events if isinstance(e, PaceMeasured) and e.channel is Channel.AGENT and e.start_ms > 0]
    words_at = next(e.at_ms for e in events if isinstance(e, WordsHeard))

    while_speaking = [p for p in paces if p.at_ms < words_at]
    assert while_speaking[0].at_ms < begins + 3_000 + 1_500  # with the first three seconds of speech
    assert {p.basis for p in while_speaking} == {"acoustic"}
    rate = len(texts[0]) * 60_000 / ms(first)
    assert all(abs(p.speaking_rate / rate - 1) < 0.25 for p in while_speaking)

    replaced = [p for p in paces if words_at <= p.at_ms < ends + 2_000]
    assert [p.basis for p in replaced] == ["words"]
    assert replaced[0].characters == len(texts[0])

    # The second turn gets no words: the window is an estimate again, though the first turn's words still count.
    assert {p.basis for p in paces if p.at_ms > ends + 3_000} == {"acoustic"}
    assert paces[-1].characters > len(texts[0])
