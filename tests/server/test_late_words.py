"""Words of a call whose recogniser was away: heard from its recording once it has ended, once, and counted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.audio.sources.file import FileSource
from pipeline.call import listen
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.errors import AsrError
from pipeline.events.call import CallEnded
from pipeline.events.channels import Channel
from pipeline.events.faults import StageBack, StageFailed
from pipeline.events.hints import HintRaised
from pipeline.events.record import Event
from pipeline.events.score import CallScored
from pipeline.events.turns import TurnEnded
from pipeline.events.words import Word, WordsHeard, WordsSuppressed
from pipeline.folders import bundled
from pipeline.ports import SAMPLE_RATE_HZ, Pcm, Pending, Recognised, Transcriber, Utterance
from pipeline.session import late_words as module
from pipeline.session.buses import NoBus
from pipeline.session.late_words import LateWords, Places, missing
from pipeline.session.recordings import FolderRecordings
from pipeline.session.sessions import Sessions
from pipeline.settings import CallSettings
from pipeline.store.memory import MemoryStore
from tests.conftest import Slices
from tests.desk.small_centre import link_to, small_centre, started
from tests.desk.test_transcriber import hello, remote
from tests.sound import FACTS
from tests.waiting import wait_until

AGENT, CUSTOMER = Channel.AGENT, Channel.CUSTOMER


class Answer:
    def __init__(self, found: Recognised | AsrError) -> None:
        self._found = found

    def ready(self) -> bool:
        return True

    def result(self) -> Recognised:
        if isinstance(self._found, AsrError):
            raise self._found
        return self._found


class Scripted(NoTranscriber):
    """Hears the same in everything, and keeps what it was given. `fault`: it is away, and whatever is asked fails."""

    engine = "base"

    def __init__(self, text: str = "您好", fault: str = "") -> None:
        super().__init__()
        self.text, self.fault = text, fault
        self.asked: list[Utterance] = []

    def ask(self, utterance: Utterance) -> Pending:
        self.asked.append(utterance)
        if self.fault or not self.text:
            return Answer(AsrError(self.fault or "not this one"))
        return Answer(Recognised((Word(self.text, 200, 600, 0.9),)))


class Desk:
    """A machine with a store and a folder of recordings, over several runs of it."""

    def __init__(self, folder: Path) -> None:
        self.store, self.recordings = MemoryStore(), FolderRecordings(folder)
        self.folder = folder
        self.consents = True
        self.sessions = Sessions()

    def late(self, transcriber: Transcriber) -> LateWords:
        """Of a new process."""
        self.sessions = Sessions()
        places = Places(self.store, self.sessions, NoBus(), self.recordings, lambda call_id: self.consents)
        return LateWords(places, transcriber, CallSettings())

    def keep(self, events: list[Event], call_id: str = "c1") -> None:
        session = self.sessions.begin(call_id, self.store, NoBus())
        session.run([events])
        self.sessions.end(call_id)

    def record(self, pcm: Pcm, call_id: str = "c1") -> None:
        """int16 of shape (n, 2)."""
        self.folder.mkdir(exist_ok=True)
        soundfile.write(self.folder / f"{call_id}.flac", pcm, SAMPLE_RATE_HZ, subtype="PCM_16")

    def behind(self, call_id: str = "c1") -> list[Event]:
        """What stands behind the call's first score."""
        events = [record.event for record in self.store.read(call_id)]
        first = next(at for at, event in enumerate(events) if isinstance(event, CallScored))
        return events[first + 1 :]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "recordings")


def rounds(late: LateWords, rulebook: Rulebook, count: int = 30) -> None:
    for _ in range(count):
        late.care(rulebook)


def noise(seconds: float) -> Pcm:
    return np.random.default_rng(3).integers(-3_000, 3_000, (int(seconds * SAMPLE_RATE_HZ), 2)).astype(np.int16)


def held(desk: Desk, rulebook: Rulebook, transcriber: Transcriber, call: Path | None = None) -> list[Event]:
    """The demo call at this desk, with this recogniser, and its recording."""
    source = FileSource(call or bundled("demo", "call.opus"), facts=replace(FACTS, recording_consent=True))
    slices = list(source)
    desk.record(np.concatenate([np.stack([one.pcm[AGENT], one.pcm[CUSTOMER]], axis=1) for one in slices]))
    events = [
        event
        for events in listen(source, transcriber, rulebook, CallSettings(), call_id="c1", started_at="2026-11-22")
        for event in events
    ]
    desk.keep(events)
    return events


def test_a_call_whose_recogniser_was_away_gets_its_words_and_a_new_score(
    desk: Desk, rulebook: Rulebook, demo_model: Transcriber, demo_call: Slices
) -> None:
    events = held(desk, rulebook, Scripted(fault="the centre is away"))
    late = desk.late(demo_model)

    wait_until(lambda: late.care(rulebook) or desk.behind())

    *heard, back, scored = desk.behind()
    words = [event for event in heard if isinstance(event, WordsHeard)]
    assert heard == [event for event in heard if isinstance(event, WordsHeard | WordsSuppressed)]
    assert all(event.heard_later and event.at_ms == events[-1].at_ms for event in words)
    in_time = {(e.channel, e.start_ms): e.text for es in demo_call for e in es if isinstance(e, WordsHeard)}
    same = [one for one in words if in_time.get((one.channel, one.start_ms)) == one.text]
    assert len(same) >= 0.9 * len(in_time)
    assert back == StageBack(events[-1].at_ms, "asr")
    before, usual = events[-1], demo_call[-1][-1]
    assert isinstance(scored, CallScored)
    assert isinstance(before, CallScored)
    assert isinstance(usual, CallScored)
    assert {i.rule: i.verdict for i in scored.items} == {i.rule: i.verdict for i in usual.items}
    assert before.assessed < scored.assessed == usual.assessed
    assert not any(isinstance(event, HintRaised) for event in desk.behind())


def test_it_is_done_once_and_a_restart_changes_nothing(desk: Desk, rulebook: Rulebook) -> None:
    events = held(desk, rulebook, Scripted(fault="the centre is away"))
    late = desk.late(recogniser := Scripted())
    rounds(late, rulebook, 100)
    kept, asked = desk.store.read("c1"), len(recogniser.asked)

    rounds(late, rulebook)
    rounds(desk.late(recogniser), rulebook)

    assert asked == len(missing(events)) > 5
    assert len(recogniser.asked) == asked
    assert desk.store.read("c1") == kept


def test_nothing_is_heard_while_the_recogniser_is_away_or_half_of_a_call(desk: Desk, rulebook: Rulebook) -> None:
    held(desk, rulebook, recogniser := Scripted(fault="the centre is away"))
    late = desk.late(recogniser)
    recogniser.asked.clear()

    rounds(late, rulebook)
    assert recogniser.asked == []
    recogniser.fault = ""
    late.care(rulebook)
    assert recogniser.asked
    recogniser.fault = "away again"
    rounds(late, rulebook)
    assert desk.behind() == []
    recogniser.fault = ""
    rounds(late, rulebook, 100)
    assert isinstance(desk.behind()[-1], CallScored)


def told(desk: Desk, rulebook: Rulebook, *events: Event, fails: bool = True) -> None:
    """A short call by hand, of ten seconds, with a recording of noise."""
    source = FileSource(bundled("demo", "call.opus"), facts=FACTS)
    first = next(listen(source, Scripted(), rulebook, CallSettings(), call_id="c1", started_at="2026-11-22"))
    failed: list[Event] = [StageFailed(5_000, "asr", "the centre is away")] if fails else []
    desk.record(noise(10))
    desk.keep([first[0], *events, *failed, CallEnded(10_000, "finished"), CallScored(10_000, None, 0, (), ())])


def said(channel: Channel, start_ms: int, end_ms: int) -> TurnEnded:
    return TurnEnded(min(end_ms + 320, 5_000), channel, start_ms, end_ms)


def test_only_what_nobody_has_heard_is_heard_with_its_margins(desk: Desk, rulebook: Rulebook) -> None:
    told(
        desk,
        rulebook,
        said(AGENT, 1_000, 2_000),
        WordsHeard(2_600, AGENT, 1_000, 2_000, "有了", (), 600),
        said(CUSTOMER, 2_100, 2_380),  # too short
        said(CUSTOMER, 3_000, 4_000),
        WordsSuppressed(4_400, CUSTOMER, 3_100, 3_200, "谢谢观看", "phantom_line"),
        said(AGENT, 4_000, 4_600),
    )
    rounds(desk.late(recogniser := Scripted()), rulebook)

    [only] = recogniser.asked
    assert (only.call_id, only.channel, only.is_final) == ("c1", AGENT, True)
    recorded, _ = soundfile.read(desk.folder / "c1.flac", dtype="int16")
    assert np.array_equal(only.pcm, recorded[16 * (4_000 - 160) : 16 * (4_600 + 160), 0])
    later, back, scored = desk.behind()
    assert isinstance(later, WordsHeard)
    assert (later.text, later.start_ms, later.end_ms, later.at_ms, later.lag_ms) == (
        "您好",
        4_000,
        4_600,
        10_000,
        5_400,
    )
    assert (type(back), type(scored)) == (StageBack, CallScored)


def test_a_very_long_turn_is_heard_in_pieces(desk: Desk, rulebook: Rulebook) -> None:
    told(desk, rulebook, TurnEnded(5_000, CUSTOMER, 0, 4_990))
    desk.record(noise(60))
    long = TurnEnded(55_000, CUSTOMER, 1_000, 51_000)
    desk.keep([*(r.event for r in desk.store.read("c1")[:1]), long, StageFailed(55_000, "asr", "away"),
               CallEnded(60_000, "finished"), CallScored(60_000, None, 0, (), ())], "c2")  # fmt: skip
    desk.record(noise(60), "c2")

    rounds(desk.late(recogniser := Scripted()), rulebook)

    pieces = [one for one in recogniser.asked if one.call_id == "c2"]
    assert len(pieces) >= 3
    assert all(len(one.pcm) <= 20_300 * 16 for one in pieces)
    heard = [e for e in desk.behind("c2") if isinstance(e, WordsHeard)]
    assert [e.start_ms for e in heard[1:]] == [e.end_ms for e in heard[:-1]]
    assert (heard[0].start_ms, heard[-1].end_ms) == (1_000, 51_000)


@pytest.mark.parametrize("why", ["no recording", "no consent", "no failure", "silent", "too short", "runs"])
def test_where_there_is_nothing_to_hear_nothing_is_asked(desk: Desk, rulebook: Rulebook, why: str) -> None:
    told(desk, rulebook, said(AGENT, 4_000, 4_600), fails=why != "no failure")
    if why == "no recording":
        desk.recordings.remove("c1")
    desk.consents = why != "no consent"
    if why in ("silent", "too short"):
        desk.record((noise(10) // 1_000).astype(np.int16) if why == "silent" else noise(4.3))
    late = desk.late(recogniser := Scripted())
    if why == "runs":
        desk.sessions.begin("c1", desk.store, NoBus())

    rounds(late, rulebook)

    assert recogniser.asked == []
    assert desk.behind() == []


def test_one_that_cannot_be_recognised_is_left_to_the_next_process(desk: Desk, rulebook: Rulebook) -> None:
    told(desk, rulebook, said(AGENT, 4_000, 4_600))
    rounds(desk.late(broken := Scripted("")), rulebook)

    assert len(broken.asked) == 1
    assert desk.behind() == []
    rounds(desk.late(Scripted()), rulebook)
    assert len(desk.behind()) == 3


def test_a_desk_hears_them_at_its_centre_once_that_is_back(desk: Desk, rulebook: Rulebook, tmp_path: Path) -> None:
    told(desk, rulebook, said(AGENT, 2_000, 3_000), said(CUSTOMER, 4_000, 4_600))
    with small_centre(hello) as centre, remote(link := link_to(centre), tmp_path) as words:
        late = desk.late(words)
        rounds(late, rulebook)
        assert centre.heard == []
        with started(link):
            wait_until(lambda: late.care(rulebook) or desk.behind())

    assert [(one.channel, one.call_id, one.is_final) for one in centre.heard] == [
        (AGENT, "c1", True),
        (CUSTOMER, "c1", True),
    ]
    assert [e.text for e in desk.behind() if isinstance(e, WordsHeard)] == ["你好", "你好"]


def test_a_recording_that_cannot_be_read_is_said_and_left(
    desk: Desk, rulebook: Rulebook, caplog: pytest.LogCaptureFixture
) -> None:
    told(desk, rulebook, said(AGENT, 4_000, 4_600))
    (desk.folder / "c1.flac").write_bytes(b"no sound")
    rounds(desk.late(Scripted()), rulebook)

    assert [record.name for record in caplog.records] == [module.__name__]
    assert desk.behind() == []


def test_under_another_rulebook_the_words_stand_and_the_score_stays(desk: Desk, rulebook: Rulebook) -> None:
    told(desk, rulebook, said(AGENT, 4_000, 4_600))
    rounds(desk.late(Scripted()), rulebook.model_copy(update={"version": "1999-01"}))

    assert [type(event) for event in desk.behind()] == [WordsHeard, StageBack]


def test_a_coach_that_breaks_down_costs_a_call_no_words(
    desk: Desk, rulebook: Rulebook, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    told(desk, rulebook, said(AGENT, 4_000, 4_600))
    monkeypatch.setattr(module, "rescore", lambda *given: 1 / 0)
    rounds(desk.late(Scripted()), rulebook)

    assert [type(event) for event in desk.behind()] == [WordsHeard, StageBack]
    assert "cannot be scored anew" in caplog.text


def test_a_listener_that_breaks_down_costs_no_other_call_anything(
    desk: Desk, rulebook: Rulebook, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    told(desk, rulebook, said(AGENT, 4_000, 4_600))
    late = desk.late(recogniser := Scripted())
    monkeypatch.setattr(recogniser, "ask", lambda utterance: 1 / 0)
    rounds(late, rulebook)

    assert desk.behind() == []
    assert len(caplog.records) == 1


def test_erased_words_are_not_heard_again() -> None:
    turns: list[Event] = [said(AGENT, 1_000, 2_000), said(CUSTOMER, 3_000, 4_000)]
    erased = WordsHeard(2_600, AGENT, 1_000, 2_000, "", (), 600, is_erased=True)

    assert missing(turns) == turns
    assert missing([*turns, erased]) == []
