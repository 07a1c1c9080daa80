"""What the centre gives to go by: a rulebook that takes long to read holds up no heartbeat, and a good one is kept."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import pytest

from pipeline.coach.rulebook.schema import Rulebook
from pipeline.desk.given import GivenByCentre
from pipeline.desk_protocol.frames import written
from pipeline.desk_protocol.messages import Alive, Message, Rulebook as RulebookGiven
from tests.desk.small_centre import link_to, small_centre, started
from tests.waiting import LIMIT_S, wait_until


def test_a_rulebook_that_takes_long_to_read_holds_up_no_heartbeat(
    tmp_path: Path, rulebook: Rulebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, read = threading.Event(), threading.Event()
    taken = list[Rulebook]()

    def slowly(path: Path) -> Rulebook:
        reading.set()
        assert read.wait(LIMIT_S)
        return rulebook

    monkeypatch.setattr("pipeline.desk.given.load_rulebook", slowly)
    body = b"id: handbook"
    with small_centre() as centre:
        link = link_to(centre)
        given = GivenByCentre(link, tmp_path, taken.append, lambda line: None)
        with started(link):
            frame = written(Message(RulebookGiven(hashlib.sha256(body).hexdigest()), body))
            centre._lines[-1].send(frame)
            assert reading.wait(LIMIT_S)
            centre.say(Alive(0, False))
            wait_until(lambda: not link.has_room)  # it was heard meanwhile
            assert taken == []
            read.set()
            wait_until(lambda: taken)
        given.close()
    assert given.rulebook is not None
    assert given.rulebook.read_bytes() == body
