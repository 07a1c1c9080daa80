"""The customer is too faint: when the hints come, what answers them, and when they go (handbook 002 no. 6)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soxr

from pipeline.audio.resample import saturate
from pipeline.coach.matching import SpokenText
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.channels import Channel, ChannelBack, ChannelLost
from pipeline.events.hints import HintCleared, HintDone, HintRaised
from pipeline.events.measures import LevelMeasured
from pipeline.events.score import Verdict
from pipeline.events.turns import TurnEnded, TurnStarted
from pipeline.ports import SAMPLE_RATE_HZ, Pcm
from tests.coach.story import AGENT, CUSTOMER, Story, item, words
from tests.conftest import Hear
from tests.sound import Played, ms, speech

REQUEST, REPEAT, CHANGE = "faint-audio-request", "faint-audio-repeat-until-ok", "faint-audio-change-phone"
OWN_VOLUME = "faint-audio-keep-own-volume"
ASKS = "非常抱歉，我这边听不清楚，请您大声一点，好吗？"


def _says(
    story: Story, dbfs: float, length_ms: int = 2_000, snr_db: float | None = 25.0,
    channel: Channel = CUSTOMER, text: str = "",
) -> Story:  # fmt: skip
    """A turn with its readings every half second and at its end, then its words and a second of silence."""
    begin = story.now
    story.feed(TurnStarted(begin, channel, begin))
    for end in (*range(begin + 500, begin + length_ms, 500), begin + length_ms):
        story.until(end + 300)
        ended = [TurnEnded(story.now, channel, begin, end)] if end == begin + length_ms else []
        story.feed(*ended, LevelMeasured(story.now, channel, begin, end, dbfs, snr_db, 0.0))
    if text:
        story.until(begin + length_ms + 600)
        story.feed(words(story.now, channel, begin, begin + length_ms, text))
    return story.until(story.now + 1_000)


def _asks(story: Story, text: str = ASKS) -> Story:
    return _says(story, -24, 3_000, channel=AGENT, text=text)


def test_two_faint_utterances_are_a_cause_and_the_words_are_the_handbooks(talk: Story) -> None:
    _says(talk, -40)
    assert talk.hints == []
    _says(talk, -41)
    (hint,) = talk.all(HintRaised)
    assert (hint.rule, hint.say) == (REQUEST, ASKS)
    assert hint.why == "客户声音太小：−41 dBFS"


@pytest.mark.parametrize(
    ("turns", "raised"),
    [
        ([(-50.0, 400, 20.0)] * 6, False),  # soft 嗯, however many
        ([(-40.0, 600, 20.0)] * 2, False),  # too little to judge
        ([(-40.0, 600, 20.0)] * 3, True),
        ([(-40.0, 6_000, 20.0)], False),  # one utterance
        ([(-34.0, 2_000, None)] * 4, False),
        ([(-40.0, 2_000, None)] * 2, True),  # a line without noise
        ([(-24.0, 2_000, 8.0)] * 2, True),  # loud, but the noise is nearly as loud
        ([(-24.0, 2_000, 12.0)] * 4, False),
        ([(-44.0, 2_000, -3.0)] * 4, False),  # nothing stands out of the noise: a line, no voice
        ([(-40.0, 2_000, 20.0), (-30.0, 2_000, 20.0)] * 3, False),  # never two in a row
    ],
)
def test_what_is_faint(talk: Story, turns: list[tuple[float, int, float | None]], raised: bool) -> None:
    for dbfs, length_ms, snr_db in turns:
        _says(talk, dbfs, length_ms, snr_db)
    assert (REQUEST in talk.hints) is raised


def test_a_voice_in_noise_is_told_in_both_languages(talk: Story) -> None:
    _says(_says(talk, -24, snr_db=8.0), -24, snr_db=8.0)
    (hint,) = talk.all(HintRaised)
    assert (hint.why, hint.why_en) == (
        "客户声音太小：比噪声只高 8 dB", "The customer is too faint: only 8 dB over the noise",
    )  # fmt: skip
    (found,) = hint.evidence
    assert (found.quote, found.quote_en) == ("比噪声只高 8 dB", "only 8 dB over the noise")


def test_a_faint_agent_is_no_faint_customer(talk: Story) -> None:
    for _ in range(3):
        _says(talk, -50, channel=AGENT)
    assert talk.hints == []


def test_asking_answers_the_hint(talk: Story) -> None:
    _says(_says(talk, -40), -40)
    _asks(talk)
    assert [(done.note, done.note_en) for done in talk.all(HintDone)] == [("已说", "said")]
    assert talk.cleared == [(1, "done")]


def test_a_louder_customer_answers_it_too_but_not_within_the_hysteresis(talk: Story) -> None:
    _says(_says(talk, -40), -40)
    _says(talk, -33)
    assert talk.cleared == []
    _says(talk, -28)
    figures = "−40 dBFS → −28 dBFS"
    assert [(done.note, done.note_en) for done in talk.all(HintDone)] == [(figures, figures)]
    assert talk.cleared == [(1, "done")]


def test_from_request_to_repetition_to_another_phone(talk: Story) -> None:
    _says(_says(talk, -40), -40)
    _asks(talk)
    assert talk.hints == [REQUEST]
    _says(talk.until(talk.now + 3_000), -40)
    assert talk.hints == [REQUEST, REPEAT]
    _asks(talk, "我这边还是听不清楚,请您再大声一点,好吗?")
    _says(talk.until(talk.now + 3_000), -40)
    assert talk.hints == [REQUEST, REPEAT, CHANGE]
    _asks(talk, "对不起!您的电话声音太小,我这边听不清楚,请您换一部电话再打过来,好吗?")
    assert [reason for _, reason in talk.cleared] == ["done", "done", "done"]


def test_asking_twice_in_one_breath_is_asking_once(talk: Story) -> None:
    _says(_says(talk, -40), -40)
    _asks(_asks(talk, "我这边听不清楚"), "请您大声一点好吗")
    _says(talk.until(talk.now + 6_000), -40)
    assert talk.hints == [REQUEST, REPEAT]


def test_a_loud_answer_makes_the_next_faintness_a_new_one(talk: Story) -> None:
    _says(_says(talk, -40), -40)
    _says(_asks(talk), -25)
    _says(_says(talk.until(60_000), -40), -40)
    assert talk.hints == [REQUEST, REQUEST]


def test_a_lost_channel_is_not_faint(talk: Story) -> None:
    _says(talk, -40)
    talk.feed(ChannelLost(talk.now, CUSTOMER, talk.now - 1_000))
    _says(_says(talk, -40), -40)
    assert talk.hints == []
    talk.feed(ChannelBack(talk.now, CUSTOMER, talk.now - 5_000, talk.now))
    _says(_says(talk, -40), -40)
    assert talk.hints == [REQUEST]
    talk.until(talk.now + 3_000).feed(ChannelLost(talk.now, CUSTOMER, talk.now))
    assert talk.cleared == [(1, "cause_gone")]


def test_an_agent_who_grows_louder_is_told_so(talk: Story) -> None:
    for _ in range(3):
        _says(talk, -26, channel=AGENT)
    _says(_says(talk, -40), -40)
    talk.until(talk.now + 25_000)
    _says(talk, -24, channel=AGENT)
    assert OWN_VOLUME not in talk.hints
    _says(talk, -21, channel=AGENT)
    (hint,) = [hint for hint in talk.all(HintRaised) if hint.rule == OWN_VOLUME]
    assert (hint.say, hint.why) == ("音量照旧，不用提高", "客户声音小，您的音量比平时高：+5 dB")
    _says(talk, -25, 8_000, channel=AGENT)
    assert talk.all(HintDone) == []
    _says(talk, -25, channel=AGENT)
    assert [done.note for done in talk.all(HintDone)] == ["+5 → +1 dB"]
    assert item(talk.finish(), OWN_VOLUME).verdict is Verdict.MISSED


def test_an_agent_may_grow_louder_while_the_customer_is_loud(talk: Story) -> None:
    for dbfs in (-26, -26, -26, -18, -18):
        _says(_says(talk, -25), dbfs, channel=AGENT)
    assert talk.hints == []
    assert item(talk.finish(), OWN_VOLUME).verdict is Verdict.NOT_APPLICABLE


def test_not_hearing_well_is_no_banned_ignorance(handbook: Rulebook) -> None:
    ban = handbook.rule("ban-bu-qingchu").when.listen()  # type: ignore[union-attr]
    for rule in (REQUEST, REPEAT, CHANGE):
        for text in (handbook.rule(rule).say, handbook.rule(rule).why, *handbook.rule(rule).examples.hits):
            assert ban.find(SpokenText(text)) is None, text


# --- through the whole chain: a call made fainter step by step ------------------------------------------

STEPS_DBFS = (-20, -26, -32, -38, -44)
LINES = ("我家的水管漏水了，你们什么时候能来看看？", "昨天已经打过一次电话了，到现在还没有人来。")


def _at(pcm: Pcm, dbfs: float) -> np.ndarray:
    samples = pcm.astype(float) / 32768
    return samples * 10 ** ((dbfs - 10 * np.log10(np.mean(samples**2))) / 20)


def _call(steps: tuple[int, ...], noise_dbfs: float | None, on: str) -> tuple[Pcm, list[int]]:
    """Two utterances a step on the customer's side; when each step begins."""
    pieces, begins, at = [], [], 1_000
    for dbfs in steps:
        begins.append(at)
        for text in LINES:
            pieces.append((at, _at(speech(text, "f4"), dbfs)))
            at += ms(speech(text, "f4")) + 1_500
    customer = np.zeros(SAMPLE_RATE_HZ * at // 1000)
    for begin, samples in pieces:
        first = begin * SAMPLE_RATE_HZ // 1000
        customer[first : first + len(samples)] = samples
    if noise_dbfs is not None:
        customer += _office(len(customer), noise_dbfs)
    if on == "telephone":
        customer = _telephone(customer)
    call = np.zeros((len(customer), 2), np.int16)
    call[:, 1] = saturate(customer.astype(np.float32))
    return call, begins


def _office(length: int, dbfs: float) -> np.ndarray:
    """Noise like a room's: falling 6 dB an octave from 200 Hz on, its level swelling by 3 dB."""
    random = np.random.default_rng(5)
    spectrum = np.fft.rfft(random.standard_normal(length))
    hz = np.fft.rfftfreq(length, 1 / SAMPLE_RATE_HZ)
    room = np.fft.irfft(spectrum / np.maximum(1, hz / 200), length)
    room *= 10 ** (3 / 20 * np.sin(2 * np.pi * np.arange(length) / SAMPLE_RATE_HZ / 3.7))
    return np.asarray(room * 10 ** (dbfs / 20) / np.sqrt(np.mean(room**2)))


def _telephone(samples: np.ndarray) -> np.ndarray:
    """8 kHz, 300-3400 Hz, G.711 µ-law."""
    from scipy.signal import butter, sosfilt

    narrow = soxr.resample(samples, SAMPLE_RATE_HZ, 8_000)
    narrow = np.clip(sosfilt(butter(6, [300, 3400], "bandpass", fs=8_000, output="sos"), narrow), -1, 1)
    coded = np.rint(127 * np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256)) / 127
    return np.asarray(soxr.resample(np.sign(coded) * (256 ** np.abs(coded) - 1) / 255, 8_000, SAMPLE_RATE_HZ))


@pytest.mark.parametrize(("on", "noise_dbfs"), [("clean", None), ("telephone", None), ("telephone", -58.0)])
def test_a_call_made_fainter_step_by_step(hear: Hear, tmp_path: Path, on: str, noise_dbfs: float | None) -> None:
    call, begins = _call((*STEPS_DBFS, -20), noise_dbfs, on)
    events = hear(Played(call))  # as a file, with its silent agent, it would be a mix
    hints = [e for e in events if isinstance(e, HintRaised) and e.rule.startswith("faint-audio")]
    assert [hint.rule for hint in hints][:1] == [REQUEST]
    faint = begins[STEPS_DBFS.index(-38)]
    second = faint + ms(speech(LINES[0], "f4")) + 1_500
    assert second < hints[0].at_ms < begins[STEPS_DBFS.index(-44)]
    loud = begins[-1]
    assert all(hint.at_ms < loud for hint in hints)
    cleared = [e for e in events if isinstance(e, HintCleared) and e.hint == hints[-1].hint]
    assert cleared
    assert cleared[0].at_ms < loud + 2_500


def test_a_call_loud_enough_raises_nothing(hear: Hear) -> None:
    call, _ = _call((-20, -26, -32), -58.0, "telephone")
    assert not [e for e in hear(call) if isinstance(e, HintRaised) and e.rule.startswith("faint-audio")]


def test_line_noise_alone_raises_nothing(hear: Hear) -> None:
    call = np.zeros((30 * SAMPLE_RATE_HZ, 2), np.int16)
    call[:, 1] = saturate(_telephone(_office(len(call), -44.0)).astype(np.float32))
    assert not [e for e in hear(call) if isinstance(e, HintRaised) and e.rule.startswith("faint-audio")]
