"""The shared recogniser as one call sees it: whose utterances these are, and whether words can be had at all."""

from __future__ import annotations

from dataclasses import replace

from pipeline.asr.glossary import Glossary
from pipeline.asr.text import simplify
from pipeline.errors import AsrError
from pipeline.events import Channel, StageBack, StageFailed
from pipeline.ports import Pcm, Pending, Recognised, Transcriber, Utterance


class Lane:
    """One call's own way to the recogniser. `feed` tells once that words fail, and once that they are back."""

    def __init__(self, transcriber: Transcriber, call_id: str, glossary: Glossary | None = None) -> None:
        self._transcriber = transcriber
        self._call_id = call_id
        self._glossary = glossary or Glossary(())
        self._failure = ""  # of the last utterance
        self._said = ""

    @property
    def hears_words(self) -> bool:
        return self._transcriber.engine != "none"

    @property
    def has_room(self) -> bool:
        return self.hears_words and self._transcriber.has_room

    def ask(self, pcm: Pcm, channel: Channel, *, is_final: bool) -> Pending:
        return self._transcriber.ask(Utterance(pcm, self._call_id, channel, is_final))

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
