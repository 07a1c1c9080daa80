"""The shared recogniser as one call sees it: whose utterances these are, and whether words can be had at all."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from pipeline.asr.text.glossary import Glossary
from pipeline.asr.text.normalisation import simplify
from pipeline.errors import AsrError
from pipeline.events.channels import Channel
from pipeline.events.faults import StageBack, StageFailed
from pipeline.overload import NO_CAPTIONS, WORDS_LATER
from pipeline.ports import SAMPLE_RATE_HZ, Pcm, Pending, Recognised, Transcriber, Utterance

MOST_HELD_MS = 120_000  # of speech held back in one call (4 MB); beyond it the oldest is asked all the same


class _Held:
    """A turn's words that will be asked for when there is time again: late, never lost."""

    def __init__(self, transcriber: Transcriber, utterance: Utterance) -> None:
        self._transcriber = transcriber
        self._utterance = utterance
        self._pending: Pending | None = None
        self.samples = len(utterance.pcm)

    def ask(self) -> Pending:
        if self._pending is None:
            self._pending = self._transcriber.ask(self._utterance)
        return self._pending

    def ready(self) -> bool:
        return self._pending is not None and self._pending.ready()

    def result(self) -> Recognised:
        return self.ask().result()


class RecogniserSession:
    """One call's own way to the recogniser. `feed` tells once that words fail, and once that they are back."""

    def __init__(self, transcriber: Transcriber, call_id: str, glossary: Glossary | None = None) -> None:
        self._transcriber = transcriber
        self._call_id = call_id
        self._glossary = glossary or Glossary(())
        self._failure = ""  # of the last utterance
        self._said = ""
        self._level = 0
        self._held: deque[_Held] = deque()

    @property
    def hears_words(self) -> bool:
        return self._transcriber.engine != "none"

    @property
    def has_room(self) -> bool:
        return self.hears_words and self._level < NO_CAPTIONS and self._transcriber.has_room

    def shed(self, level: int) -> None:
        """What is left out for want of time (pipeline.overload); what was held back is asked once it is over."""
        self._level = level
        if level < WORDS_LATER:
            self._ask_held(0)

    def ask(self, pcm: Pcm, channel: Channel, *, is_final: bool) -> Pending:
        utterance = Utterance(pcm, self._call_id, channel, is_final)
        if not is_final or self._level < WORDS_LATER:
            return self._transcriber.ask(utterance)
        held = _Held(self._transcriber, utterance)
        self._held.append(held)
        self._ask_held(MOST_HELD_MS)
        return held

    def _ask_held(self, keep_ms: int) -> None:
        """The oldest of what was held back, until no more than so much speech is left."""
        while self._held and sum(held.samples for held in self._held) * 1000 // SAMPLE_RATE_HZ > keep_ms:
            self._held.popleft().ask()

    def take(self, pending: Pending) -> Recognised | None:
        """What was recognised, in simplified Han, names as the glossary has them; None when it failed (see `feed`)."""
        try:
            found = pending.result()
        except AsrError as error:
            self._failure = str(error)
            return None
        self._failure = ""
        words = [replace(word, text=simplify(word.text)) for word in found.words]
        return replace(found, words=self._glossary.mend(words))

    def feed(self, at_ms: int) -> list[StageFailed | StageBack]:
        reason = self._transcriber.fault or self._failure
        if bool(reason) == bool(self._said):
            return []
        self._said = reason
        return [StageFailed(at_ms, "asr", reason) if reason else StageBack(at_ms, "asr")]
