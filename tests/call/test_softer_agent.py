"""The agent's microphone becomes softer within a call; another voice beside the agent does not become the agent."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.call import listen
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.events.channels import Channel
from pipeline.events.record import Event
from pipeline.events.turns import SilenceReached, TurnEnded
from pipeline.folders import bundled
from pipeline.ports import SLICE_SAMPLES, Pcm
from pipeline.settings import CallSettings
from tests.sound import Played, ms, speech, stereo

RULEBOOK = load_rulebook(bundled("rules", "handbook.yaml"))
AGENT = (
    "您好，请问有什么可以帮您？", "好的，我帮您查一下上个月的账单。", "您的订单已经发出，预计三天内送达。",
    "这个问题我帮您记录下来，会有同事联系您。", "请您把登记的手机号码再说一遍。", "除此之外还有什么可以帮您的吗？",
)  # fmt: skip
CUSTOMER = ("我想查一下账单。", "就是上个月的那一张。", "那我的快递什么时候能到呢？")

Spans = list[tuple[int, int]]
Pieces = list[tuple[int, Pcm]]


def softer(pcm: Pcm, db: float) -> Pcm:
    return (pcm * 10 ** (-db / 20)).astype(np.int16)


def dialogue(agent_db: Sequence[float], gap_ms: int = 700) -> tuple[Pieces, Pieces, Spans, int]:
    """Agent and customer in turn, each agent sentence so much softer: pieces of both, the agent's spans, the end."""
    agent: Pieces = []
    customer: Pieces = []
    spans: Spans = []
    at_ms = 1_000
    for number, db in enumerate(agent_db):
        said = softer(speech(AGENT[number % len(AGENT)], "f2"), db)
        agent.append((at_ms, said))
        spans.append((at_ms, at_ms + ms(said)))
        at_ms += ms(said) + gap_ms
        answer = speech(CUSTOMER[number % len(CUSTOMER)], "m3")
        customer.append((at_ms, answer))
        at_ms += ms(answer) + gap_ms
    return agent, customer, spans, at_ms


def heard(agent: Pieces, customer: Pieces, until_ms: int, lost_ms: tuple[int, int] = (0, 0)) -> list[Event]:
    noise = np.random.default_rng(1).normal(0, 12, (until_ms * 16, 2))
    samples = (stereo(agent, customer, until_ms) + noise).astype(np.int16)
    lost = np.zeros((len(samples) // SLICE_SAMPLES, 2), bool)
    lost[lost_ms[0] // 20 : lost_ms[1] // 20, 0] = True
    call = Played(samples, lost=lost)
    told = listen(call, NoTranscriber(), RULEBOOK, CallSettings(), call_id="c", started_at="t")
    return [event for events in told for event in events]


def share_heard(events: list[Event], spans: Spans) -> list[float]:
    turns = [(e.start_ms, e.end_ms) for e in events if isinstance(e, TurnEnded) and e.channel is Channel.AGENT]
    return [
        sum(max(0, min(end, b) - max(start, a)) for a, b in turns) / (end - start) for start, end in spans
    ]  # fmt: skip


@pytest.mark.parametrize("db", [6, 12])
def test_an_agent_who_is_softer_from_one_sentence_to_the_next_is_heard_at_once(db: int) -> None:
    agent, customer, spans, until_ms = dialogue([0, 0, 0, 0, db, db, db])
    events = heard(agent, customer, until_ms)
    assert min(share_heard(events, spans)) > 0.9
    assert not [e for e in events if isinstance(e, SilenceReached)]


def test_an_agent_who_is_back_from_lost_may_be_much_softer() -> None:
    agent, customer, spans, until_ms = dialogue([0, 0, 0, 0, 20, 20, 20])
    began_ms = spans[4][0]
    events = heard(agent, customer, until_ms, (began_ms - 1_600, began_ms - 400))
    assert min(share_heard(events, spans)) > 0.9


@pytest.mark.parametrize("voice", ["m7", "Annie"])
def test_another_voice_beside_the_agent_does_not_end_a_silence(voice: str) -> None:
    agent, customer, _, until_ms = dialogue([0, 0, 0, 0])
    silent_from_ms = customer[-1][0] + ms(customer[-1][1])
    colleague = np.concatenate([speech(text, voice) for text in AGENT])[: 6 * 16_000]
    agent.append((silent_from_ms + 600, softer(colleague, 15)))
    events = heard(agent, customer, until_ms + 8_000)
    reached = [e.at_ms for e in events if isinstance(e, SilenceReached)]
    assert reached
    assert abs(reached[0] - silent_from_ms - 5_000) <= 300
