"""Our detector and its peers as functions from samples to one decision per step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import webrtcvad
from numpy.typing import NDArray

from benchmarks.accuracy import sound
from benchmarks.accuracy.corpus import Samples
from benchmarks.speed import RULEBOOK, Decoded
from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.audio.voice.silero import CONTEXT, WINDOW, Silero, shared_silero
from pipeline.audio.voice.turns import TurnSettings, TurnTracker
from pipeline.audio.voice.vad import VadSettings, VoiceDetector
from pipeline.call import listen
from pipeline.events.call import CallFacts
from pipeline.events.channels import Channel, Heard
from pipeline.events.record import Event
from pipeline.events.turns import SilenceReached, TurnEnded
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, SLICE_SAMPLES, Slice
from pipeline.settings import CallSettings

_HEARD = {Channel.AGENT: Heard.YES, Channel.CUSTOMER: Heard.YES}

Verdicts = NDArray[np.bool_]


@dataclass(frozen=True)
class Detector:
    """`verdicts(samples)` says for each `step_s` whether there is speech."""

    name: str
    step_s: float
    verdicts: Callable[[Samples], Verdicts]


def our_turns(samples: Samples, channel: Channel = Channel.CUSTOMER) -> list[TurnEnded]:
    detector, tracker = VoiceDetector(VadSettings(), shared_silero()), TurnTracker(channel, TurnSettings())
    pcm = sound.pcm(samples)
    turns, at = [], 0
    for begin in range(0, len(pcm) - SLICE_SAMPLES + 1, SLICE_SAMPLES):
        start_ms = begin * 1000 // SAMPLE_RATE_HZ
        at = start_ms + 20
        for verdict in detector.feed(start_ms, pcm[begin : begin + SLICE_SAMPLES]):
            turns += tracker.feed(verdict.start_ms, verdict.voiced, at)
    turns += tracker.finish(at)
    return [turn for turn in turns if isinstance(turn, TurnEnded)]


def two_sided_call(agent: Samples, customer: Samples, settings: CallSettings | None = None) -> list[Event]:
    """All events of an outbound call without words, as long as the shorter of the two."""
    count = min(len(agent), len(customer)) // SLICE_SAMPLES
    sides = [sound.pcm(side[: count * SLICE_SAMPLES]).reshape(-1, SLICE_SAMPLES) for side in (agent, customer)]
    slices = [
        Slice(number * SLICE_MS, {Channel.AGENT: left, Channel.CUSTOMER: right}, _HEARD)
        for number, (left, right) in enumerate(zip(*sides, strict=True))
    ]
    call = Decoded((Channel.AGENT, Channel.CUSTOMER), slices, CallFacts(direction="outbound"))
    told = listen(call, NoTranscriber(), RULEBOOK, settings or CallSettings(), call_id="bench", started_at="")
    return [event for events in told for event in events]


def one_sided_call(
    samples: Samples, channel: Channel = Channel.CUSTOMER, settings: CallSettings | None = None
) -> list[Event]:
    """The same in which only `channel` is heard."""
    quiet = np.zeros(len(samples))
    return two_sided_call(*((samples, quiet) if channel is Channel.AGENT else (quiet, samples)), settings)


def our_silences(samples: Samples, channel: Channel = Channel.CUSTOMER) -> list[tuple[float, float]]:
    """(start, when five seconds were full) of each SilenceReached after the call's start."""
    return [
        (event.start_ms / 1000, event.at_ms / 1000)
        for event in one_sided_call(samples, channel)
        if isinstance(event, SilenceReached) and event.start_ms > 0
    ]


def _ours(samples: Samples) -> Verdicts:
    verdicts = np.zeros(len(samples) // SLICE_SAMPLES, bool)
    for turn in our_turns(samples):
        verdicts[turn.start_ms // 20 : turn.end_ms // 20] = True
    return verdicts


def silero_probabilities(samples: Samples) -> NDArray[np.float32]:
    """Frame by frame, with the state carried from the first window to the last."""
    silero = shared_silero()
    audio = np.concatenate([np.zeros(CONTEXT), samples]).astype(np.float32)
    state, out = Silero.fresh(), []
    for begin in range(0, len(audio) - CONTEXT - WINDOW + 1, WINDOW):
        found, state = silero.probabilities(audio[None, begin : begin + CONTEXT + WINDOW], state)
        out.append(found[0])
    return np.array(out)


def _silero(samples: Samples) -> Verdicts:
    return silero_probabilities(samples) >= 0.5


def _silero_reset(samples: Samples) -> Verdicts:
    """A fresh state whenever webrtcvad (mode 2) hears something after 320 ms of nothing, with 256 ms of pre-roll."""
    silero, gate, pcm = shared_silero(), webrtcvad.Vad(2), sound.pcm(samples)
    heard = [gate.is_speech(pcm[b : b + 320].tobytes(), SAMPLE_RATE_HZ) for b in range(0, len(pcm) - 319, 320)]
    audio = np.concatenate([np.zeros(CONTEXT), samples]).astype(np.float32)
    out = np.zeros(len(samples) // WINDOW, bool)
    state, quiet, done = Silero.fresh(), 99, 0
    for number, yes in enumerate(heard):
        quiet = 0 if yes else quiet + 1
        if yes and quiet == 0 and (number == 0 or not any(heard[max(0, number - 16) : number])):
            state, done = Silero.fresh(), max(done, (number * 320 - 4096) // WINDOW)
        while quiet <= 16 and done < len(out) and (done + 1) * WINDOW <= (number + 1) * 320:
            begin = done * WINDOW
            found, state = silero.probabilities(audio[None, begin : begin + CONTEXT + WINDOW], state)
            out[done] = found[0] >= 0.5
            done += 1
        if quiet > 16:
            done = max(done, (number + 1) * 320 // WINDOW)
    return out


def _webrtc(samples: Samples) -> Verdicts:
    gate, pcm = webrtcvad.Vad(2), sound.pcm(samples)
    return np.array([gate.is_speech(pcm[b : b + 320].tobytes(), SAMPLE_RATE_HZ) for b in range(0, len(pcm) - 319, 320)])


def _ten(samples: Samples) -> Verdicts:
    from ten_vad import TenVad

    detector: Any = TenVad(256, 0.5)
    pcm = sound.pcm(samples)
    return np.array([detector.process(pcm[b : b + 256])[1] == 1 for b in range(0, len(pcm) - 255, 256)])


def detectors() -> list[Detector]:
    """Ours first. A peer that is not installed is left out."""
    found = [
        Detector("ours", 0.02, _ours),
        Detector("silero", WINDOW / SAMPLE_RATE_HZ, _silero),
        Detector("silero reset", WINDOW / SAMPLE_RATE_HZ, _silero_reset),
        Detector("webrtcvad 2", 0.02, _webrtc),
    ]
    try:
        import ten_vad  # noqa: F401
    except (ImportError, OSError):
        return found
    return [*found, Detector("ten-vad", 0.016, _ten)]


def silences(
    verdicts: Verdicts, step_s: float, limit_s: float = 5.0, burst_s: float = 0.12
) -> list[tuple[float, float]]:
    """(start, when the limit was full) of each run without speech; bursts shorter than `burst_s` are ignored."""
    found, start, run = [], 0.0, 0
    reached = False
    for number, speech in enumerate(verdicts):
        now = (number + 1) * step_s
        run = run + 1 if speech else 0
        if run * step_s >= burst_s:
            start, reached = now, False
        elif not reached and now - start >= limit_s and start > 0:
            found.append((start, now))
            reached = True
    return found
