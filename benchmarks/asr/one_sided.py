"""A call with sound on the customer's side only, through the whole pipeline."""

from __future__ import annotations

import numpy as np

from benchmarks.speed import RULEBOOK, Decoded
from pipeline.asr.engine.transcribers import load_transcriber
from pipeline.call import listen
from pipeline.events.channels import Channel, Heard
from pipeline.events.record import Event
from pipeline.ports import SLICE_MS, SLICE_SAMPLES, Pcm, Slice
from pipeline.settings import CallSettings

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
