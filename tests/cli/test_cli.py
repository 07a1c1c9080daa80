"""The command as people run it: results, one clear line for a mistake, exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from pipeline.cli import app
from pipeline.cli.facts import load_facts
from pipeline.codec import from_json
from pipeline.errors import FactsError
from pipeline.events.call import CallFacts, CallStarted
from pipeline.folders import bundled
from pipeline.server.serve import bind
from tests.recordings import write

RATE_HZ = 16_000


@pytest.fixture
def voice() -> np.ndarray[Any, np.dtype[np.float32]]:
    """Two seconds that sound like somebody speaking, and two of silence."""
    t = np.arange(2 * RATE_HZ) / RATE_HZ
    buzz = sum(np.sin(2 * np.pi * 150 * k * t) / k for k in range(1, 20)) * (0.5 + 0.5 * np.sin(2 * np.pi * 4 * t))
    return np.concatenate([0.2 * buzz / np.abs(buzz).max(), np.zeros(2 * RATE_HZ)]).astype(np.float32)


@pytest.fixture
def stereo(tmp_path: Path, voice: Any) -> Path:
    path = tmp_path / "call.wav"
    soundfile.write(path, np.stack([voice, np.roll(voice, 2 * RATE_HZ)], axis=1), RATE_HZ)
    return path


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CALLCOACH_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("sys.stdout.reconfigure", lambda **_: None, raising=False)


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr("sys.argv", ["callcoach", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        app.main()
    return int(ended.value.code or 0)


def test_score_writes_one_object_per_file_in_order(
    stereo: Path, tmp_path: Path, voice: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mono = tmp_path / "mono.flac"
    soundfile.write(mono, voice, RATE_HZ)
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    missing = tmp_path / "missing.wav"
    code = call(monkeypatch, "score", mono, tmp_path / "broken.wav", stereo, missing, "--model", "none", "--json", "-")
    out = capsys.readouterr()
    results = [json.loads(line) for line in out.out.splitlines()]
    assert code == 1
    assert [Path(r["file"]).name for r in results] == ["mono.flac", "broken.wav", "call.wav", "missing.wav"]
    assert [list(r) == ["file", "error"] for r in results] == [False, True, False, True]
    assert results[0]["channels"] == ["mixed"]
    lines = out.err.splitlines()
    assert any(line.startswith(f"{missing}: no such file") for line in lines)
    assert any(line.startswith(str(tmp_path / "broken.wav")) for line in lines)
    assert any("--model none" in line for line in lines)
    assert "Traceback" not in out.err


def test_the_object_has_the_keys_of_the_contract(
    stereo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "score", stereo, "--model", "none", "--json", "-") == 0
    result = json.loads(capsys.readouterr().out)
    assert list(result) == [
        "file", "duration_ms", "channels", "rulebook", "engine", "turns", "silences", "silent_call", "words",
        "languages", "text", "pace", "pitch", "level", "hints", "score", "words_trust", "notices", "removed",
    ]  # fmt: skip
    assert (result["duration_ms"], result["channels"], result["engine"]) == (4000, ["agent", "customer"], "none")
    assert set(result["rulebook"]) == {"id", "version"}
    assert set(result["score"]) == {
        "total", "unscored_reason", "assessed", "offered", "fatal", "to_confirm", "lost_share", "groups", "items",
        "confirmed_total", "assessed_by_words",
    }  # fmt: skip
    keys = {"rule", "title", "verdict", "weight", "fatal", "evidence", "note", "withheld"}
    assert all(set(item) == keys for item in result["score"]["items"])


def test_events_are_written_one_record_a_line(
    stereo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "sub" / "call.wav"
    other.parent.mkdir()
    other.write_bytes(stereo.read_bytes())
    assert call(monkeypatch, "score", stereo, other, "--model", "none", "--events", tmp_path / "events") == 0
    written = sorted((tmp_path / "events").iterdir())
    assert [path.name for path in written] == ["call-2.jsonl", "call.jsonl"]
    records = [from_json(line) for line in written[1].read_text(encoding="utf-8").splitlines()]
    assert [record.seq for record in records] == list(range(1, len(records) + 1))
    assert "坐席" in capsys.readouterr().out


def test_a_pair_of_mono_files_is_one_call(
    tmp_path: Path, voice: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    soundfile.write(tmp_path / "a.wav", voice, RATE_HZ)
    soundfile.write(tmp_path / "c.wav", np.roll(voice, 2 * RATE_HZ), RATE_HZ)
    code = call(
        monkeypatch, "score", "--agent-wav", "a.wav", "--customer-wav", "c.wav", "--model", "none", "--json", "out.json"
    )
    assert code == 0
    result = json.loads(Path("out.json").read_text(encoding="utf-8"))
    assert result["channels"] == ["agent", "customer"]
    assert "a.wav" in capsys.readouterr().out


def test_a_folder_means_all_audio_files_in_it_and_says_what_it_leaves_out(
    stereo: Path, voice: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.txt").write_text("no audio")
    for name in ("a.pdf", "b.xls", "c.doc", ".hidden.wav", "._call.wav"):
        (tmp_path / name).write_text("no audio")
    (tmp_path / ".trash").mkdir()
    (tmp_path / ".trash" / "gone.wav").write_bytes(b"RIFF")
    (tmp_path / "phone.M4A").write_bytes(write(tmp_path / "a.m4a", voice).read_bytes())
    assert call(monkeypatch, "score", tmp_path, "--model", "none", "--json", "-") == 0
    out = capsys.readouterr()
    assert [Path(json.loads(line)["file"]).name for line in out.out.splitlines()] == ["a.m4a", "call.wav", "phone.M4A"]
    assert out.err.splitlines()[0] == f"{tmp_path}: 4 files left out (no audio): a.pdf, b.xls, c.doc, …"


def test_several_at_a_time_give_the_same_results_in_the_same_order(
    stereo: Path, tmp_path: Path, voice: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mono = tmp_path / "mono.wav"
    soundfile.write(mono, voice, RATE_HZ)
    paths = (mono, tmp_path / "missing.wav", stereo)
    outputs = []
    for jobs in (1, 2):
        assert call(monkeypatch, "score", *paths, "--model", "none", "--json", "-", "--jobs", jobs) == 1
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["score"], "nothing to score"),
        (["score", "x.wav", "--agent-channel", "middle"], "--agent-channel is 'middle'"),
        (["score", "--agent-wav", "a.wav"], "belong together"),
        (["score", "x.wav", "--facts", "none.yaml"], "none.yaml: cannot be read"),
        (["score", "x.wav", "--json", "no/such/folder.json", "--model", "none"], "cannot be written"),
        (["score", "x.wav", "--rulebook", "none.yaml", "--model", "none"], "none.yaml"),
        (["score", "x.wav", "--model", "./nowhere"], "no model.bin"),
        (["score", "x.wav", "--config", "none.toml"], "none.toml: cannot be read"),
        (["rules", "check", "none.yaml"], "none.yaml"),
        (["models", "check", "./nowhere"], "no model.bin"),
        (["models", "get", "nonsense"], "model nonsense: unknown"),
        (["demo", "--no-browser", "--file", "none.wav"], "none.wav: no such file"),
        (["score", "x" * 300, "--model", "none"], "File name too long"),
        (["score", "x.wav", "--model", "x" * 300], "File name too long"),
        (["score", "x.wav", "--config", "x" * 300], "cannot be read: File name too long"),
        (["score", "x.wav", "--jobs", "0"], "--jobs is 0; it must be 1 to 61"),
        (["score", "x.wav", "--jobs", "-1"], "--jobs is -1; it must be 1 to 61"),
        (["score", "x.wav", "--jobs", "1000000000"], "--jobs is 1000000000; it must be 1 to 61"),
        (["score", "x.wav", "--model", ""], "asr.model is ''; it must be a text that is not empty (--model)"),
        (["score", "x.wav", "--rulebook", ""], "coach.rulebook is '.'; it must be one line, not empty"),
        (["score", "x.wav", "--config", "/dev/zero"], "/dev/zero: cannot be read: it is a pipe or device"),
        (["serve", "--port", "-1"], "server.port is -1; it must be 0 to 65535 (--port)"),
        (["serve", "--port", "9" * 30], "it must be 0 to 65535 (--port)"),
        (["serve", "--host", ""], "server.host is ''; it must be a text that is not empty (--host)"),
        (["serve", "--host", "a\nb"], "server.host is 'a\\nb'; it must be one line"),
        (["serve", "--host", "a..b", "--insecure-network"], "cannot listen on a..b"),
        (["serve", "--host", "0.0.0.0"], "on 0.0.0.0 other machines are let in, and without TLS"),
        (["serve", "--tls-cert", "none.pem"], "server.tls_cert and server.tls_key belong together"),
        (["serve", "--tls-cert", "none.pem", "--tls-key", "none.pem"], "cannot be used for TLS"),
        (["link"], "callcoach users link"),
        (["live", "--mic", ""], "capture.mic is ''; it must be a text that is not empty (--mic)"),
        (["live", "--agent-id", "a\nb"], "--agent-id: agent_id is 'a\\nb'; it must be one line"),
        (["devices", "--seconds", "nan"], "--seconds is nan; it must be 0 to 86400"),
        (["devices", "--seconds", "inf"], "--seconds is inf; it must be 0 to 86400"),
    ],
)
def test_a_mistake_is_one_clear_line(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, *arguments) == 1
    err = capsys.readouterr().err
    assert said in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("command", ["demo", "serve"])
def test_a_taken_port_is_one_clear_line(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        assert call(monkeypatch, command, "--port", port) == 1
    assert capsys.readouterr().err == f"callcoach: port {port} on 127.0.0.1 is taken: choose another one with --port\n"


@pytest.mark.parametrize("arguments", [["rules", "check"], ["rules", "test"], ["rules", "list"], ["models", "list"]])
def test_what_is_shipped_is_sound(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, *arguments) == 0
    assert capsys.readouterr().out


def test_a_rulebook_with_a_slow_pattern_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = bundled("rules", "handbook.yaml").read_text(encoding="utf-8")
    path = tmp_path / "slow.yaml"
    path.write_text(text.replace("said: {acts: [goodbye]}", "said: {pattern: '(我们?)+(.{0,8})*负责哦'}"), "utf-8")
    assert call(monkeypatch, "rules", "check", str(path)) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"{path}: phases.4.said.pattern: '(我们?)+(.{{0,8}})*负责哦' takes too long on '")
    assert told.endswith("; wanted: fewer repeats and choices inside one another\n")


def test_the_list_of_rules_names_the_phases(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "rules", "list") == 0
    assert capsys.readouterr().out.endswith(
        "phases: opening 开场, body 正文, hold 保持, complaint 投诉, closing 结束\n"
    )


def test_the_facts_of_the_demo() -> None:
    facts, started_at = load_facts(bundled("demo", "facts.yaml"))
    assert facts.direction == "inbound"
    assert started_at is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("direction: sideways", "direction is 'sideways'; it must be 'inbound' or 'outbound'"),
        ("agent_id: 7", "agent_id is 7; it must be a valid string"),
        ("colour: red", "there is no fact 'colour'; known: started_at, direction"),
        ("started_at: yesterday", "started_at is 'yesterday'"),
        ("started_at: 2026-11-22 09:00:00", "started_at is '2026-11-22 09:00:00'; it must be like"),
        ("- a", "it must be a list of"),
        ("a: [", "not valid YAML"),
        ("started_at: 2026-02-30", "'2026-02-30': day is out of range"),
        ("started_at: 2026-02-30T09:00:00+08:00", "day is out of range"),
        ("started_at: '2026-02-30T09:00:00+08:00'", "started_at is '2026-02-30T09:00:00+08:00'; it must be like"),
        ("started_at: 0001-01-01T00:00:00+08:00", "it must be like"),
        ("started_at: [1]", "started_at is '[1]'; it must be like"),
        ("started_at: .nan", "started_at is 'nan'; it must be like"),
        ("timezone: Mars/Base", "timezone is 'Mars/Base'; it must be a time zone like Asia/Shanghai"),
        ("timezone: ../../etc/passwd", "it must be a time zone like"),
        ("timezone: Asia", "it must be a time zone like"),
        ("customer_name: [王]", "customer_name is ['王']; it must be a valid string"),
        ("company: .inf", "company is inf; it must be a valid string"),
        (f"company: {'华' * 201}", "company is '华华"),
        ('customer_name: "a\\nb"', "customer_name is 'a\\nb'; it must be one line of at most 200 characters"),
        ('customer_name: "\\u202ecod"', "it must be one line"),
        ("company: a\ncompany: b", "'company' stands there twice"),
        ("company: &a [*a]", "*a stands within what it names"),
        ("recording_consent: maybe", "recording_consent is 'maybe'; it must be a valid boolean"),
        ("7: x", "'7' stands for a name"),
        ('"a\\nb": x', "there is no fact 'a\\nb'"),
    ],
)
def test_wrong_facts_are_said_with_their_file(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "facts.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FactsError) as error:
        load_facts(path)
    assert str(error.value).startswith(str(path))
    assert said in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_facts_with_a_time(tmp_path: Path) -> None:
    path = tmp_path / "facts.yaml"
    path.write_text("company: 华信\nstarted_at: 2026-11-22T09:00:00+08:00\n", encoding="utf-8")
    assert load_facts(path) == (CallFacts(company="华信"), "2026-11-22T09:00:00+08:00")


def test_standing_facts_are_what_a_call_begins_with(
    stereo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """[facts] of the settings, and over them the facts file."""
    Path("callcoach.toml").write_text('[facts]\ncompany = "华信"\nteam = "售后"\n', encoding="utf-8")
    Path("facts.yaml").write_text("company: 锦和\n", encoding="utf-8")
    monkeypatch.setenv("CALLCOACH_FACTS__TIMEZONE", "Asia/Shanghai")
    assert call(monkeypatch, "score", stereo, "--model", "none", "--events", "a") == 0
    assert call(monkeypatch, "score", stereo, "--model", "none", "--events", "b", "--facts", "facts.yaml") == 0
    found = []
    for folder in ("a", "b"):
        started = from_json(Path(folder, "call.jsonl").read_text(encoding="utf-8").splitlines()[0]).event
        assert isinstance(started, CallStarted)
        found.append(started.facts)
    assert found[0] == CallFacts(company="华信", team="售后", timezone="Asia/Shanghai")
    assert found[1] == CallFacts(company="锦和", team="售后", timezone="Asia/Shanghai")
    monkeypatch.setenv("CALLCOACH_FACTS__TIMEZONE", "Mars/Base")
    capsys.readouterr()
    assert call(monkeypatch, "score", stereo, "--model", "none") == 1
    said = capsys.readouterr().err
    assert "facts.timezone is 'Mars/Base'; it must be a time zone like Asia/Shanghai" in said
    assert "CALLCOACH_FACTS__TIMEZONE" in said
