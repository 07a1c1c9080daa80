"""One call's use of the shared recogniser: identity of its utterances, glossary, load shedding, and failures."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace

from pipeline.asr.text.glossary import Glossary
from pipeline.errors import AsrError
from pipeline.events.channels import Channel
from pipeline.events.faults import StageBack, StageFailed
from pipeline.events.words import COACHED
from pipeline.han import simplified, simplified_pieces
from pipeline.overload import NO_CAPTIONS, WORDS_LATER
from pipeline.ports import SAMPLE_RATE_HZ, Pcm, Pending, Recognised, Transcriber, Utterance

MOST_HELD_MS = 120_000  # limit of speech held back in one call (4 MB); beyond it the oldest is sent all the same


class _Held:
    """A request held back during overload; a `Pending` that is sent later, or by `result`."""

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

    def when_ready(self, tell: Callable[[], None]) -> None:
        self.ask().when_ready(tell)

    def result(self) -> Recognised:
        return self.ask().result()


class RecogniserSession:
    """The recogniser for one call. Used on the thread of the call. Reports failure and recovery once each (`feed`)."""

    def __init__(self, transcriber: Transcriber, call_id: str, glossary: Glossary | None = None) -> None:
        self._transcriber = transcriber
        self._call_id = call_id
        self._glossary = glossary or Glossary(())
        self._failure = ""  # why the last utterance failed
        self._is_away = False  # the recogniser itself, whatever was asked of it
        self._reported = ""
        self._level = 0
        self._held: deque[_Held] = deque()

    @property
    def hears_words(self) -> bool:
        """Whether there is a model at all."""
        return self._transcriber.engine != "none"

    @property
    def has_room(self) -> bool:
        """Whether guesses are welcome now."""
        return self.hears_words and self._level < NO_CAPTIONS and self._transcriber.has_room

    def shed(self, level: int) -> None:
        """Sets the level of load shedding (pipeline.overload); requests held back are sent when it falls below 2."""
        self._level = level
        if level < WORDS_LATER:
            self._ask_held(0)

    def ask(self, pcm: Pcm, channel: Channel, language: str = COACHED, *, is_final: bool) -> Pending:
        """Requests recognition of int16 of shape (n,) at 16 kHz, or holds the request back; never blocks."""
        utterance = Utterance(pcm, self._call_id, channel, is_final, language)
        if not is_final or self._level < WORDS_LATER:
            return self._transcriber.ask(utterance)
        held = _Held(self._transcriber, utterance)
        self._held.append(held)
        self._ask_held(MOST_HELD_MS)
        return held

    def _ask_held(self, keep_ms: int) -> None:
        """Sends the oldest requests held back until at most `keep_ms` of speech is left."""
        while self._held and sum(held.samples for held in self._held) * 1000 // SAMPLE_RATE_HZ > keep_ms:
            self._held.popleft().ask()

    def take(self, pending: Pending, language: str = COACHED) -> Recognised | None:
        """The result, Chinese in simplified Han with names corrected; None when it failed (see `feed`).

        Blocks until ready. `language`: the one it was asked for in.
        """
        try:
            found = pending.result()
        except AsrError as error:
            self._failure = str(error)
            return None
        self._failure = ""
        if language != COACHED:
            return found
        texts = simplified_pieces([word.text for word in found.words])
        words = [replace(word, text=text) for word, text in zip(found.words, texts, strict=True)]
        suppressed = tuple(replace(doubt, text=simplified(doubt.text)) for doubt in found.suppressed)
        otherwise = tuple(map(simplified, found.otherwise))
        return replace(found, words=self._glossary.correct(words), suppressed=suppressed, otherwise=otherwise)

    def feed(self, at_ms: int) -> list[StageFailed | StageBack]:
        """Once per slice: an event when recognition has begun to fail or to work again."""
        fault = self._transcriber.fault
        if self._is_away and not fault:
            self._failure = ""  # started anew: what failed before says nothing of it, and nobody may speak for long
        self._is_away = bool(fault)
        reason = fault or self._failure
        if bool(reason) == bool(self._reported):
            return []
        self._reported = reason
        return [StageFailed(at_ms, "asr", reason) if reason else StageBack(at_ms, "asr")]
