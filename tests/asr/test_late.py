"""A recogniser that is loaded when it is first needed: once, for all who ask, and again after a failure."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from pipeline.asr.engine.late import LateTranscriber
from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.errors import ModelError
from pipeline.events.channels import Channel
from pipeline.ports import Transcriber, Utterance


def test_it_is_loaded_once_and_says_nothing_of_itself_before() -> None:
    made: list[Transcriber] = []

    def make() -> Transcriber:
        made.append(NoTranscriber("only sound"))
        return made[-1]

    late = LateTranscriber(make)
    assert (late.engine, late.notice, late.fault, late.trust, late.has_room) == ("", "", "", None, False)
    asking = [threading.Thread(target=late.load) for _ in range(8)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert len(made) == 1
    assert (late.engine, late.notice) == ("none", "only sound")
    assert late.ask(Utterance(np.zeros(320, np.int16), "c", Channel.AGENT)).result().words == ()


def test_what_could_not_be_loaded_is_tried_again() -> None:
    faults = [ModelError("no weights")]

    def make() -> Transcriber:
        if faults:
            raise faults.pop()
        return NoTranscriber()

    late = LateTranscriber(make)
    with pytest.raises(ModelError, match="no weights"):
        late.load()
    assert late.engine == ""
    assert late.load().engine == "none"
