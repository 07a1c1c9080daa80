"""The other desks of the demo: calls of the demo's week, played again and again in real time, for a floor that lives.

Each goes through the whole live pipeline, as the demo's own call does. Two cores do not hear eight calls with Whisper:
their words are those that Whisper base heard in these recordings when they were made, and the pages say so.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from itertools import islice

from pipeline.asr.engine.catalogue import known
from pipeline.asr.engine.recorded import RecordedTranscriber
from pipeline.audio.sources.file import FileSource
from pipeline.cli.choices import say
from pipeline.cli.first_people import ON_THE_FLOOR
from pipeline.cli.week import HEARD_BY, WORDS, WeekCall, calls_of_week
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.errors import CallcoachError
from pipeline.people.directory import UserFields
from pipeline.ports import Bus, Store, Transcriber
from pipeline.session.played_desk import PlayedDesk
from pipeline.session.sessions import Sessions
from pipeline.settings import CallSettings

STAGGER_S = 4.0  # between the first calls of two desks
BETWEEN_S = 12.0  # two calls of a desk
_NOTICE = "这一通的文字是录音做好时听写的：两个处理器核心来不及同时听写八通电话"
_ENDING_S = 2.0


class DemoFloor:
    """Desks that play on from `start` to `stop`, each in a thread of its own."""

    def __init__(
        self, settings: CallSettings, store: Store, sessions: Sessions, bus: Bus, *, stagger_s: float = STAGGER_S
    ) -> None:
        self._settings = settings
        self._store = store
        self._sessions = sessions
        self._bus = bus
        self._stagger_s = stagger_s
        self._stopped = threading.Event()
        self._desks: dict[str, PlayedDesk] = {}
        self._threads: list[threading.Thread] = []

    def start(self, rulebook: Rulebook) -> None:
        model = known(HEARD_BY)
        transcriber = RecordedTranscriber(WORDS, f"whisper-{HEARD_BY}", model.trust if model else None, _NOTICE)
        calls = calls_of_week()
        for number, agent in enumerate(ON_THE_FLOOR):
            own = [*islice(calls, number, None, len(ON_THE_FLOOR)), *islice(calls, number)]
            work = (agent, own, (number + 1) * self._stagger_s, transcriber, rulebook)
            thread = threading.Thread(target=self._play_on, args=work, name=f"desk of {agent.login}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Calls that run break off, and their ends are kept."""
        self._stopped.set()
        for desk in list(self._desks.values()):
            desk.stop()
        for thread in self._threads:
            thread.join(_ENDING_S)

    def _play_on(
        self, agent: UserFields, calls: list[WeekCall], wait_s: float, transcriber: Transcriber, rulebook: Rulebook
    ) -> None:
        number = 0
        while not self._stopped.wait(wait_s):
            call, wait_s = calls[number % len(calls)], BETWEEN_S
            number += 1
            facts = replace(call.facts, agent_id=agent.agent_id, agent_name=agent.name, team=agent.team)
            desk = self._desks[agent.login] = PlayedDesk(FileSource(call.path, facts=facts), self._settings)
            try:
                desk.play(transcriber, rulebook, self._sessions, self._store, self._bus)
            except CallcoachError as error:
                say(f"a call of {agent.name} ended: {error}")
