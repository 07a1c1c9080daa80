"""The agent's own voice and background voices are told apart by level, by timbre, and by who is asked."""

from __future__ import annotations

from pipeline.audio.tape import Tape
from pipeline.audio.voice.own_voice import OwnVoice, OwnVoiceSettings
from pipeline.ports import SLICE_MS

# Levels of the slices of a syllable of 200 ms, relative to its loudest.
SYLLABLE = (-14.0, -6.0, -2.0, 0.0, 0.0, -1.0, -3.0, -6.0, -10.0, -16.0)


def spoken(own: OwnVoice, begin_ms: int, seconds: float, dbfs: float) -> list[int]:
    """Feeds syllables whose loudest slice has `dbfs`; the accepted slices."""
    counted = []
    for number in range(int(seconds * 1000 / SLICE_MS)):
        counted += own.feed(begin_ms + number * SLICE_MS, dbfs + SYLLABLE[number % len(SYLLABLE)])
    return counted


def test_before_the_agents_level_is_known_every_voice_counts() -> None:
    assert len(spoken(OwnVoice(OwnVoiceSettings(), Tape()), 0, 2, -50)) == 100


def test_a_voice_fifteen_db_fainter_is_not_the_agent() -> None:
    own = OwnVoice(OwnVoiceSettings(), Tape())
    spoken(own, 0, 10, -20)
    assert spoken(own, 11_000, 5, -35) == []
    assert len(spoken(own, 17_000, 2, -20)) == 100


def test_the_agent_speaking_six_db_softer_is_still_the_agent() -> None:
    own = OwnVoice(OwnVoiceSettings(), Tape())
    spoken(own, 0, 10, -20)
    assert len(spoken(own, 11_000, 2, -26)) >= 95


def test_soft_sounds_beside_loud_ones_are_the_agents() -> None:
    own = OwnVoice(OwnVoiceSettings(), Tape())
    spoken(own, 0, 10, -20)
    onset = [own.feed(11_000 + at, -40.0) for at in range(0, 100, SLICE_MS)]
    loud = [at for number in range(10) for at in own.feed(11_100 + number * SLICE_MS, -20.0)]
    tail = [at for number in range(10) for at in own.feed(11_300 + number * SLICE_MS, -40.0)]
    assert not any(onset)
    assert loud[:6] == [11_000, 11_020, 11_040, 11_060, 11_080, 11_100]
    assert len(tail) == 10


def test_an_agent_who_speaks_softly_from_now_on_is_accepted_again() -> None:
    own = OwnVoice(OwnVoiceSettings(), Tape())
    spoken(own, 0, 10, -20)
    assert spoken(own, 11_000, 40, -36)
