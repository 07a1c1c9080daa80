"""What the agent and the team lead tell each other during a call, on its way into the records."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from pipeline.bucket import Bucket
from pipeline.errors import MailboxFull
from pipeline.events.actor import Actor
from pipeline.events.help import (
    HelpAsked,
    HelpClosed,
    HelpReason,
    HelpReceived,
    HelpTaken,
    ListenEnded,
    ListenStarted,
    WhisperSeen,
    WhisperSent,
)
from pipeline.events.record import FloorNote, PageNote
from pipeline.ports import HelpMessage, SeenMessage

WAITING = 32
AT_ONCE = 10  # then one a second of audio


@dataclass(slots=True)
class FloorNotes:
    """Guarded by its mailbox. What changes nothing is left out: help is asked for once, a sentence sent and seen once.

    Who listens waits for no turn: its sound goes out at once, and the agent is to see it as soon. Raises MailboxFull
    for more than WAITING at a time. `audio_s`: how much of the call has passed.
    """

    audio_s: Callable[[], float]
    _waiting: deque[PageNote] = field(default_factory=deque)
    _listens: deque[PageNote] = field(default_factory=deque)
    _left: Bucket = field(init=False)
    _reason: HelpReason | None = None  # null: no help is wanted
    _answer: FloorNote | None = None  # to the help that is wanted
    _whispers: dict[str, bool] = field(default_factory=dict)  # by id, whether it was seen
    _listening: set[tuple[str, Actor]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._left = Bucket(AT_ONCE, 1, self.audio_s)

    def ask(self, message: HelpMessage, actor: Actor) -> None:
        if message.type == "help_withdrawn":
            if self._reason is not None:
                self._put(HelpClosed(0, "withdrawn", actor=actor))
                self._reason, self._answer = None, None
        elif message.reason != self._reason:
            self._put(HelpAsked(0, message.reason, actor))
            self._reason = message.reason

    def see(self, message: SeenMessage, actor: Actor) -> None:
        """Raises ValueError for a sentence that was not sent to this call."""
        if message.whisper not in self._whispers:
            raise ValueError(f"whisper is {message.whisper}; no sentence of this call has that id")
        if not self._whispers[message.whisper]:
            self._put(WhisperSeen(0, message.whisper, actor))
            self._whispers[message.whisper] = True

    def tell(self, note: FloorNote) -> None:
        """Answers to help that nobody wants any more are left out."""
        note = replace(note, at_ms=0)
        match note:
            case WhisperSent():
                if note.whisper not in self._whispers:
                    self._put(note)
                    self._whispers[note.whisper] = False
            case ListenStarted() if (note.by, note.actor) not in self._listening:
                self._put(note, self._listens)
                self._listening.add((note.by, note.actor))
            case ListenEnded() if (note.by, note.actor) in self._listening:
                self._listens.append(note)  # always: the agent's page shows it until then
                self._listening.remove((note.by, note.actor))
            case HelpReceived() | HelpTaken() | HelpClosed() if self._reason is not None and note != self._answer:
                self._put(note)
                self._answer = note
                if isinstance(note, HelpClosed):
                    self._reason, self._answer = None, None

    def take(self) -> Iterable[PageNote]:
        """Asked once a slice: audio is the clock of what is allowed."""
        while self._listens:
            yield self._listens.popleft()
        while self._waiting and self._left.take():
            yield self._waiting.popleft()

    def _put(self, note: PageNote, waiting: deque[PageNote] | None = None) -> None:
        waiting = self._waiting if waiting is None else waiting
        if len(waiting) >= WAITING:
            raise MailboxFull(f"{WAITING} messages wait to be told: one a second is taken")
        waiting.append(note)
