"""A call with sound on the customer's side only, through the whole pipeline, and the words of utterances in it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from benchmarks.accuracy import sound
from benchmarks.asr.bench import Utterance
from benchmarks.speed import RULEBOOK, Decoded
from pipeline.asr.engine.transcribers import load_transcriber
from pipeline.call import listen
from pipeline.events.channels import Channel, Heard
from pipeline.events.record import Event
from pipeline.events.words import Word, WordsHeard
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, SLICE_SAMPLES, Pcm, Slice
from pipeline.settings import CallSettings

GAP_MS = 1_500  # between utterances of a call: longer than any pause that stays inside a turn
_HEARD = {Channel.AGENT: Heard.YES, Channel.CUSTOMER: Heard.YES}


def told_of(pcm: Pcm, model: str) -> list[Event]:
    """All events of the call, with the words of `model`; an incomplete last slice is left out."""
    quiet = np.zeros(SLICE_SAMPLES, np.int16)
    whole = pcm[: len(pcm) // SLICE_SAMPLES * SLICE_SAMPLES].reshape(-1, SLICE_SAMPLES)
    slices = [
        Slice(number * SLICE_MS, {Channel.AGENT: quiet, Channel.CUSTOMER: piece}, _HEARD)
        for number, piece in enumerate(whole)
    ]
    call = Decoded((Channel.AGENT, Channel.CUSTOMER), slices)
    transcriber = load_transcriber(model)
    try:
        told = listen(call, transcriber, RULEBOOK, CallSettings(), call_id="bench", started_at="")
        return [event for events in told for event in events]
    finally:
        transcriber.close()  # type: ignore[attr-defined]  # a Scheduler: its process would stay for the next section


def in_a_call(utterances: Sequence[Utterance], model: str) -> list[list[Word]]:
    """The utterances one after another on one side of a call: the words of each, with times from its own start."""
    gap = sound.pcm(sound.white(GAP_MS / 1000, -60))
    begins_ms: list[int] = []
    pieces: list[Pcm] = [gap]
    at = len(gap)
    for utterance in utterances:
        begins_ms.append(at * 1000 // SAMPLE_RATE_HZ)
        pieces += [utterance.pcm, gap]
        at += len(utterance.pcm) + len(gap)
    heard: list[list[Word]] = [[] for _ in utterances]
    for event in told_of(np.concatenate(pieces), model):
        if isinstance(event, WordsHeard):
            # A turn may have half an utterance; with such gaps never two.
            index = bisect_right(begins_ms, (event.start_ms + event.end_ms) / 2) - 1
            begin_ms = begins_ms[index]
            heard[index] += [
                replace(word, start_ms=word.start_ms - begin_ms, end_ms=word.end_ms - begin_ms) for word in event.words
            ]
    return heard
