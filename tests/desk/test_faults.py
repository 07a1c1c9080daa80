"""What fails at a desk or at its centre: one clear line, and what becomes of the call."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.desk.credentials import DeskSettings, fingerprint_of, ssl_context
from pipeline.desk.link import Credentials, Link
from pipeline.desk_protocol.kinds import MAJOR, NEWEST
from pipeline.desk_protocol.messages import Hello, Listen, Watch
from pipeline.errors import StoreError
from pipeline.events.call import PhaseChanged
from pipeline.events.record import Event
from pipeline.events.upcasting import NewerEvent
from pipeline.session.consent import Consents
from pipeline.session.outbox import Outbox
from pipeline.session.session import Session
from tests.desk.conftest import ANOTHER, TLS, Serve
from tests.desk.places import DeskHere, ServedCentre, lose, places
from tests.waiting import let_pass, wait_until


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[ServedCentre, DeskHere]]:
    monkeypatch.setattr("pipeline.desk.link.REFUSED_RETRY_S", 0.3)
    with places(tmp_path) as (centre, (desk,)):
        yield centre, desk


def go_on(session: Session, count: int = 20) -> None:
    for _ in range(count):
        at_ms = session.outbox.at_ms + 20
        session.outbox.feed([PhaseChanged(at_ms, f"phase {at_ms}")])


def refused(desk: DeskHere, why: str) -> str:
    """The one line of why."""
    wait_until(lambda: (desk.link.status.state, desk.link.status.why) == ("refused", why))
    return desk.link.status.detail


def enrol_again(centre: ServedCentre, desk: DeskHere) -> None:
    desk.token, desk.installation, _ = centre.enrol(desk.name, desk.agent_id, desk.installation)
    wait_until(lambda: desk.link.is_open)


def revoke(centre: ServedCentre, desk: DeskHere) -> None:
    desks = centre.here.registry.desks
    (known,) = [one for one in desks.desks() if one.name == desk.name]
    desks.revoke(known.id)


def test_a_token_revoked_in_mid_call_and_enrolled_again(pair: tuple[ServedCentre, DeskHere]) -> None:
    centre, desk = pair
    session = desk.call()
    wait_until(lambda: desk.is_same_there(session.call_id))
    revoke(centre, desk)
    assert refused(desk, "token")
    go_on(session)
    assert len(desk.lines(session.call_id)) == 21
    assert len(centre.here.store.read(session.call_id)) == 1
    enrol_again(centre, desk)
    desk.finish(session)
    wait_until(lambda: desk.is_same_there(session.call_id))
    assert desk.said == []


def test_a_call_that_the_centre_has_ended_meanwhile_stays_at_the_desk(pair: tuple[ServedCentre, DeskHere]) -> None:
    centre, desk = pair
    session = desk.call()
    wait_until(lambda: desk.is_same_there(session.call_id))
    revoke(centre, desk)
    refused(desk, "token")
    go_on(session)
    at_centre = centre.here.running.take_up(session.call_id, lambda: _outbox(centre, session.call_id))
    at_centre.end()  # as its aftercare does once nothing was heard of it for leases' left_ms
    enrol_again(centre, desk)
    wait_until(lambda: desk.said)
    assert f"call {session.call_id} is not taken by the centre (over)" in desk.said[0]
    assert len(desk.lines(session.call_id)) == 21
    other = desk.call()
    wait_until(lambda: desk.is_same_there(other.call_id))


def _outbox(centre: ServedCentre, call_id: str) -> Outbox:
    return Outbox(call_id, centre.here.store, centre.here.hub, after=centre.here.store.last(call_id))


def test_a_full_disk_at_the_desk_holds_nothing_up(pair: tuple[ServedCentre, DeskHere]) -> None:
    centre, desk = pair
    session = desk.call()
    wait_until(lambda: desk.is_same_there(session.call_id))
    append = desk.store.append

    def full(call_id: str, owner: int, first_seq: int, events: list[Event]) -> None:
        raise StoreError("database or disk is full", "full")

    desk.store.append = full  # type: ignore[method-assign, assignment]
    go_on(session, 200)
    assert session.outbox.count >= 200
    assert "full" in session.outbox.reason
    last = session.outbox.waiting()[-1].seq
    wait_until(lambda: centre.here.store.last(session.call_id).seq == last)  # type: ignore[union-attr]
    desk.store.append = append  # type: ignore[method-assign]
    desk.finish(session)
    wait_until(lambda: desk.is_same_there(session.call_id))
    assert desk.said == []


def test_a_full_disk_at_the_centre_is_waited_for(
    pair: tuple[ServedCentre, DeskHere], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    centre, desk = pair

    def full(brought: object) -> list[int | StoreError]:
        raise StoreError("database or disk is full", "full")

    with monkeypatch.context() as patched:
        patched.setattr(centre.running._writer._keeps, "bring", full)
        session = desk.call()
        go_on(session)
        wait_until(lambda: "cannot be kept just now: database or disk is full" in caplog.text)
    desk.finish(session)
    wait_until(lambda: desk.is_same_there(session.call_id))


def test_records_that_the_centre_is_too_old_to_read_are_sent_once_it_is_not(
    pair: tuple[ServedCentre, DeskHere], monkeypatch: pytest.MonkeyPatch
) -> None:
    centre, desk = pair

    def too_old(line: str) -> Event:
        raise NewerEvent("PhaseChanged is of version 9")

    with monkeypatch.context() as patched:
        patched.setattr("pipeline.ingest.records_in.event_from_json", too_old)
        session = desk.call()
        wait_until(lambda: desk.said)
        assert "(unread): the centre is too old for it" in desk.said[0]
        go_on(session)
        centre.stop()
    centre.start()
    desk.finish(session)
    wait_until(lambda: desk.is_same_there(session.call_id))
    assert len(desk.said) == 1


def test_records_that_the_centre_has_lost_are_sent_again(pair: tuple[ServedCentre, DeskHere]) -> None:
    """Its database is of yesterday, or its power failed before the last ones were on its disk."""
    centre, desk = pair
    session = desk.call()
    go_on(session)
    wait_until(lambda: desk.is_same_there(session.call_id))
    lose(centre.here.store, session.call_id, after=5)
    go_on(session)
    desk.finish(session)
    wait_until(lambda: desk.is_same_there(session.call_id))
    assert desk.said == []


def test_another_version_is_refused_and_the_one_before_is_served(pair: tuple[ServedCentre, DeskHere]) -> None:
    centre, desk = pair
    made = desk.hello
    desk.end()
    desk.hello = lambda: replace(made(), version="2.0")  # type: ignore[method-assign]
    desk.begin()
    spoken = f"{MAJOR}.0 to {MAJOR}.{NEWEST}"
    assert refused(desk, "version") == f"this desk speaks version 2.0; the centre speaks {spoken}"
    desk.end()
    desk.hello = lambda: replace(made(), version="1.0")  # type: ignore[method-assign]
    desk.begin()
    session = desk.call()
    wait_until(lambda: desk.is_same_there(session.call_id))
    (line,) = centre.running.centre.lines()
    assert not line.say(Watch(session.call_id, True))
    assert not line.say(Listen(session.call_id, True, "chen"))


def linked(desk: DeskHere, hello: Hello) -> Link:
    link = Link(desk.credentials, lambda: hello)
    link.start()
    return link


def test_another_machine_with_the_same_token_is_refused(pair: tuple[ServedCentre, DeskHere]) -> None:
    _, desk = pair
    other = linked(desk, replace(desk.hello(), installation="another", machine="stolen"))
    wait_until(lambda: other.status.why == "taken")
    assert "enrol stolen by a code of its own" in other.status.detail
    assert desk.link.is_open
    other.close()


def test_a_clone_takes_the_line_once_and_they_do_not_take_it_for_ever(pair: tuple[ServedCentre, DeskHere]) -> None:
    _, desk = pair
    clone = linked(desk, replace(desk.hello(), process="clone"))
    wait_until(lambda: clone.is_open)
    assert "another copy of this installation" in refused(desk, "taken")
    let_pass(2.0)
    assert clone.connection == 1  # it has held the line since
    assert desk.link.status.why == "taken"
    clone.close()
    wait_until(lambda: desk.link.is_open)


def test_consent_taken_back_at_the_centre_while_the_desk_is_away(pair: tuple[ServedCentre, DeskHere]) -> None:
    """The recording, not sent yet, never arrives, and is deleted at the desk."""
    centre, desk = pair
    session = desk.call()
    wait_until(lambda: desk.is_same_there(session.call_id))
    desk.proxy.cut()
    wait_until(lambda: not desk.link.is_open)
    desk.record(session.call_id, 0.5, 1)
    Consents(centre.here.store, centre.here.running, centre.here.hub, centre.recordings).withdraw(session.call_id)
    go_on(session)
    desk.finish(session)
    desk.proxy.mend()
    wait_until(lambda: desk.recordings.find(session.call_id) is None)
    assert centre.recordings.ids() == []
    assert any("(held)" in line for line in desk.said)


def test_a_certificate_that_changed(serve: Serve, tmp_path: Path) -> None:
    served = serve(ANOTHER)
    pem = (TLS / "cert.pem").read_text()
    (tmp_path / "desk-centre.pem").write_text(pem)
    pinned = DeskSettings(served.url, "d1", "A-01", fingerprint_of(ssl.PEM_cert_to_DER_cert(pem)))
    context = ssl_context(pinned, tmp_path)
    address = served.url.replace("https", "wss") + "/ws/desk"
    link = Link(lambda: Credentials(address, "a token", context), lambda: Hello("1.1", "i", "p", "m", "c", 0))
    link.start()
    wait_until(lambda: link.status.why == "certificate")
    assert link.status.detail.startswith("the centre's certificate is not the one of the enrolment")
    link.close()
