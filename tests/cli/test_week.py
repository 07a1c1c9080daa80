"""The demo's week: what lies in the repository fits together, is scored once, and answers for its words."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import yaml

from pipeline.asr.engine.recorded import RecordedTranscriber, Writing, apart, outline
from pipeline.audio.recording.recorder import RecordingSettings
from pipeline.cli import week
from pipeline.cli.week import DEMO_CALLS, DEMO_RECORDINGS, WORDS, Week, WeekOptions, calls_of_week, is_scored
from pipeline.errors import ModelError
from pipeline.events.call import CallStarted
from pipeline.events.channels import Channel
from pipeline.events.hints import HintRaised
from pipeline.events.score import CallScored
from pipeline.events.words import WordsHeard
from pipeline.folders import bundled
from pipeline.ports import Recognised, Utterance
from pipeline.settings import CallSettings
from pipeline.store.opening import StoreSettings, open_database
from pipeline.store.sql import SqlStore

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 3, 11)
MOST_BYTES = 2_000_000


@pytest.fixture
def options(tmp_path: Path) -> WeekOptions:
    return WeekOptions(tmp_path, bundled("rules", "handbook.yaml"), CallSettings(), RecordingSettings())


@pytest.fixture(scope="module")
def scripts() -> list[dict[str, Any]]:
    scripts: list[dict[str, Any]] = yaml.safe_load((ROOT / "demo/week.yaml").read_text(encoding="utf-8"))["calls"]
    return scripts


def test_every_script_has_its_sound_truth_and_facts(scripts: list[dict[str, Any]]) -> None:
    truth = json.loads((ROOT / "demo/week_truth.json").read_text(encoding="utf-8"))
    assert len(scripts) == 12
    assert [one["id"] for one in scripts] == list(truth) == [call.id for call in calls_of_week()]
    assert sorted(path.stem for path in bundled("demo", "week").glob("*.opus")) == sorted(truth)
    for script, call in zip(scripts, calls_of_week(), strict=True):
        told = truth[call.id]
        sound = soundfile.info(call.path)
        assert sound.channels == 2
        assert abs(sound.duration * 1000 - told["duration_ms"]) < 50
        assert 20_000 < told["duration_ms"] < 75_000
        assert [line["text"] for line in told["lines"]] != []
        assert len(told["lines"]) == len(script["lines"])
        assert (call.facts.agent_id, call.facts.peer) == (script["facts"]["agent_id"], script["facts"]["peer"])


def test_the_week_is_small() -> None:
    assert sum(path.stat().st_size for path in bundled("demo", "week").iterdir()) < MOST_BYTES


def test_the_week_is_of_the_last_seven_days() -> None:
    for call in calls_of_week():
        begun = datetime.fromisoformat(call.recording(TODAY, "0" * 64).begun_at)
        assert timedelta(0) < datetime(2026, 3, 11).astimezone() - begun < timedelta(days=7)


@pytest.mark.parametrize(("call_id", "rule"), [("banned", "ban-bu-qingchu")])
def test_a_call_is_scored_by_the_real_pipeline_and_stored(options: WeekOptions, call_id: str, rule: str) -> None:
    told: list[str] = []
    assert week.score_week(options, TODAY, told.append, only=call_id) == 1
    assert told == []
    store = SqlStore(open_database(StoreSettings(), options.folder, DEMO_CALLS))
    (stored,) = store.calls()
    events = [record.event for record in store.read(stored)]
    started = next(event for event in events if isinstance(event, CallStarted))
    assert started.engine == "whisper-base (recorded)"
    assert started.facts.agent_id == "1057"
    assert [event.rule for event in events if isinstance(event, HintRaised)] == [rule]
    assert any(isinstance(event, CallScored) for event in events)
    assert any("不清楚" in event.text for event in events if isinstance(event, WordsHeard))
    assert len(list((options.folder / DEMO_RECORDINGS).iterdir())) >= 1
    assert week.score_week(options, TODAY, told.append, only=call_id) == 0  # it is there
    later = TODAY + timedelta(days=9)
    assert week.score_week(options, later, told.append, only=call_id) == 1
    assert len(store.calls()) == 1  # in its place
    store.database.close()


def test_without_consent_there_are_records_alone(options: WeekOptions) -> None:
    assert week.score_week(options, TODAY, lambda line: None, only="no-consent") == 1
    assert not list(options.folder.glob(f"{DEMO_RECORDINGS}/*"))


def test_what_is_scored_already_starts_nothing(options: WeekOptions, capsys: pytest.CaptureFixture[str]) -> None:
    day = date.today()
    assert not is_scored(options, day)
    options.stamp.write_text(json.dumps({"key": options.key(), "day": day.isoformat()}), encoding="utf-8")
    assert is_scored(options, day)
    assert not is_scored(options, day + timedelta(days=7))
    assert not is_scored(options, day - timedelta(days=1))
    scored = Week(options)
    assert not scored.start()
    scored.stop()
    assert capsys.readouterr().err == ""
    assert not is_scored(replace(options, rulebook=bundled("demo", "facts.yaml")), day)


def test_a_stamp_nobody_can_read_is_none(options: WeekOptions) -> None:
    options.stamp.write_text("[]", encoding="utf-8")
    assert not is_scored(options, TODAY)


def test_sound_that_was_not_heard_then_is_an_error() -> None:
    recorded = RecordedTranscriber(WORDS, "whisper-base", None)
    noise = np.random.default_rng(1).normal(0, 3000, 48_000).astype(np.int16)
    pending = recorded.ask(Utterance(noise, "c1", Channel.AGENT))
    with pytest.raises(ModelError, match=r"has no words for 3\.0 s of the agent's sound in call c1"):
        pending.result()


def test_a_call_whose_words_are_missing_is_not_stored(options: WeekOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = options.folder / "empty.jsonl"
    empty.write_text("", encoding="utf-8")
    monkeypatch.setattr(week, "WORDS", empty)
    told: list[str] = []
    assert week.score_week(options, TODAY, told.append, only="silent") == 0
    assert len(told) == 1
    assert "has no words for" in told[0]


def test_a_list_that_is_none_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "words.jsonl"
    with pytest.raises(ModelError, match="no list of words"):
        RecordedTranscriber(file, "whisper-base", None)
    file.write_text('{"channel": "agent"}\n', encoding="utf-8")
    with pytest.raises(ModelError, match="no list of words"):
        RecordedTranscriber(file, "whisper-base", None)


def test_an_outline_bears_what_another_decoder_changes_and_tells_utterances_apart() -> None:
    lines = [json.loads(line) for line in WORDS.read_text(encoding="utf-8").splitlines()]
    one, other = (np.array(line["outline"], np.int16) for line in lines[:2])
    assert apart(one, one[1:]) == 0
    assert apart(one, other) > 5
    assert apart(one, one[:5]) == float("inf")
    silence = np.zeros(16_000, np.int16)
    assert outline(silence).tolist() == [60] * 10


def test_what_a_recogniser_hears_is_written_as_the_list_has_it(tmp_path: Path) -> None:
    class Deaf:
        engine, notice, fault, has_room, trust = "deaf", "", "", False, None

        def ask(self, utterance: Utterance) -> Any:
            return self

        def ready(self) -> bool:
            return True

        def result(self) -> Recognised:
            return Recognised(languages={"zh": 0.9})

    writing, heard = Writing(Deaf()), Utterance(np.full(16_000, 900, np.int16), "c1", Channel.CUSTOMER)
    writing.ask(heard)
    file = tmp_path / "words.jsonl"
    file.write_text("\n".join(writing.lines()), encoding="utf-8")
    assert RecordedTranscriber(file, "deaf", None).ask(heard).result() == Recognised(languages={"zh": 0.9})
