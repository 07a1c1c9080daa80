"""Frames of the desk protocol: every message there and back, and what is no message."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from pipeline.desk_protocol import messages as m
from pipeline.desk_protocol.fields import Engine
from pipeline.desk_protocol.frames import ProtocolError, lines, longest, read_down, read_up, written
from pipeline.desk_protocol.kinds import DOWN, HEAD_BYTES, NEWEST, UP, Close, Kind, minor_of, newest_for, type_of
from pipeline.desk_protocol.lost import NotHere, Running
from pipeline.events.call import WordsTrust
from pipeline.events.channels import Channel
from pipeline.events.prompts import PromptTold
from pipeline.events.words import Word
from pipeline.people.team_settings import TeamSettings
from pipeline.ports import Recognised

SCHEMA = jsonschema_rs.validator_for(
    json.loads((Path(__file__).parents[2] / "docs" / "desk-protocol.schema.json").read_text(encoding="utf-8"))
)
SHA = "0f" * 32
SAID_UP: list[Any] = [
    m.Hello("1.1", "inst-1", "p_1", "坐席电脑", "callcoach", -5, "s1", ("c1",), SHA),
    m.SignIn("q1", "lin", "清风明月 9"), m.SignOut("s1"), m.Records("c1", "s1", 7, True),
    m.StillHere("q2", (m.CallHere("c1", 7, 6, True),)), NotHere(("c1",)), m.Shown("c1"),
    m.Digested("c1"), m.Heard("u1", "c1", Channel.AGENT, True, "zh"), m.Recording("c1", 9, SHA, ".opus"),
    m.Piece("c1", 0), m.Sound("c1", 20, 1_764_300_000_000), m.Done("c0", "c1"), m.NotDone("c0", "busy", "c1"),
    m.Alive(1, True),
]  # fmt: skip
SAID_DOWN: list[Any] = [
    m.Welcome("1.1", "d1", "坐席一", "华信", 2, Engine("base", "", WordsTrust("hints", (0.1,), (0.2, 0.3), 0.5))),
    m.Rulebook(SHA), m.SettingsOfTeam("a", 3, TeamSettings(consent="always")),
    m.SignedIn("q1", "s1", "u-1", "lin", "林晓雯", "1042", None, 43_200), m.NotSignedIn("q1", "slowed", 0, 2.5),
    m.ShiftOver("s1", "elsewhere"), m.Kept("c1", 0), m.Refused("c1", "taken", "other"),
    m.Missing("q2", {"c1": 3}, ("c1",), ("c2",), ("c3",)), Running(("c1", "c2")),
    m.Words("u1", Recognised((Word("你好", 0, 400, 0.9),), (), {"zh": 1.0}, ("您好",))), m.NoWords("u1", "busy"),
    m.RecordingFrom("c1", 5), m.RecordingKept("c1"), m.RecordingRefused("c1", "held", "no"),
    m.Begin("c0", {"customer_name": "王"}, "token:t"), m.End("c0", "c1"), m.Facts("c0", "c1", {"direction": None}),
    m.Announcement("c0", "c1", PromptTold("music", 500, True, "u-1")), m.Noted("c0", "c1", {"kind": "HelpTaken"}),
    m.Watch("c1", True), m.Listen("c1", False, "周", "u-2"), m.Alive(1),
]  # fmt: skip
HELLO = '{"type":"hello","version":"1.0","installation":"i","process":"p","machine":"m","program":"c","clock_ms":0}'


def body_of(kind: Kind) -> bytes:
    return {"none": b"", "lines": '{"a":"一"}\n{}'.encode(), "bytes": b"\x00\n\xff"}[kind.body]


def test_each_kind_has_its_sample() -> None:
    assert [type(said) for said in SAID_UP] == [kind.says for kind in UP.values()] == list(m.UP)
    assert [type(said) for said in SAID_DOWN] == [kind.says for kind in DOWN.values()] == list(m.DOWN)


@pytest.mark.parametrize("said", [*SAID_UP, *SAID_DOWN], ids=lambda said: type_of(type(said)))
def test_each_message_is_read_as_it_was_written(said: Any) -> None:
    name = type_of(type(said))
    kind, read = (UP[name], read_up) if said in SAID_UP else (DOWN[name], read_down)
    message = m.Message(said, body_of(kind))
    frame = written(message)
    assert read(frame, NEWEST) == message
    assert isinstance(frame, str) == (kind.body != "bytes")
    head = (frame if isinstance(frame, str) else frame.decode("latin-1")).partition("\n")[0]
    assert SCHEMA.is_valid(json.loads(head.encode("latin-1").decode() if isinstance(frame, bytes) else head))


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        ("", "begins no message"), ("[]", "begins no message"), ("null", "begins no message"),
        ("{}", "begins no message"), ('{"type":"kept","call_id":"c","seq":1}', "begins no message"),
        ('{"type":["hello"]}', "begins no message"), ("[" * 9_000, "begins no message"),
        ('{"type":"alive","clock_ms":1}\n', "without a body"), (b'{"type":"alive","clock_ms":1}', "without a body"),
        ('{"type":"digested","call_id":"c"}', "a text frame with lines"),
        ('{"type":"piece","call_id":"c","offset":0}\nx', "a binary frame"),
        (HELLO.replace('"clock_ms":0', '"clock_ms":"0"'), "clock_ms"),
        (HELLO.replace('"clock_ms":0', '"clock_ms":true'), "clock_ms"),
        (HELLO.replace('"clock_ms":0', '"clock_ms":1e99'), "clock_ms"),
        (HELLO.replace('"clock_ms":0', '"clock_ms":NaN'), "number that JSON has not"),
        (HELLO.replace('"1.0"', '"1"'), "version"),
        (HELLO.replace('"i"', '"../i"'), "installation"), (HELLO.replace('"i"', '"' + "i" * 65 + '"'), "installation"),
        ('{"type":"records","call_id":"c","shift":"s","first_seq":0}\n{}', "first_seq"),
        ('{"type":"alive"}', "clock_ms"), ('{"type":"alive","clock_ms":1,"has_room":1}', "has_room"),
        ('{"type":"alive","x":"' + "x" * HEAD_BYTES + '"}', "a head has"),
        (b'{"type":"piece","call_id":"c","offset":0}\n' + bytes(65_537), "the body of piece has 65537 bytes"),
        (b"\xff\xfe\n", "begins no message"), ('{"type":"\ud800"}', "begins no message"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_message_is_told(frame: str | bytes, told: str) -> None:
    with pytest.raises(ProtocolError, match=told):
        read_up(frame, 1)


def test_what_is_not_known_is_left_out() -> None:
    assert read_up('{"type":"sign_out","shift":"s","since":"1.2"}', 0) == m.Message(m.SignOut("s"))


def test_the_schema_wants_what_is_read() -> None:
    wrong = ({"type": "leaves"}, {"type": "sign_out"}, {**json.loads(HELLO), "version": "1"}, {"shift": "s"})
    assert not any(SCHEMA.is_valid(one) for one in wrong)
    assert SCHEMA.is_valid({**json.loads(HELLO), "later": 1})


@pytest.mark.parametrize(("name", "kind"), [(n, k) for n, k in {**UP, **DOWN}.items() if k.since == 1])
def test_what_came_with_a_version_is_not_said_before(name: str, kind: Kind) -> None:
    said = next(one for one in [*SAID_UP, *SAID_DOWN] if type(one) is kind.says)
    read = read_up if name in UP else read_down
    with pytest.raises(ProtocolError, match="came with version 1.1; 1.0 is spoken here"):
        read(written(m.Message(said, body_of(kind))), 0)


@pytest.mark.parametrize("fault", [{"login": 5}, {"id": "a b"}, {"password": ["s3cret"]}, {"password": "s3cret" * 200}])
def test_a_password_stands_in_no_error(fault: dict[str, Any]) -> None:
    head = {"type": "sign_in", "id": "q", "login": "lin", "password": "s3cret", **fault}
    with pytest.raises(ProtocolError, match=next(iter(fault))) as caught:
        read_up(json.dumps(head), 1)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_sizes_and_rates_bound_every_kind() -> None:
    for name, kind in {**UP, **DOWN}.items():
        assert kind.at_once > 0, name
        assert (kind.most_bytes > 0) == (kind.body != "none"), name
    assert longest(UP) == HEAD_BYTES + 1 + UP["heard"].most_bytes
    assert {int(code) for code in Close if code.why} == {int(code) for code in Close}


def test_both_speak_the_older_of_their_newest_versions() -> None:
    assert [newest_for(told) for told in ("1.0", "1.1", "1.7", "2.0", "0.9")] == ["1.0", "1.1", "1.2", None, None]
    assert minor_of("1.12") == 12


def test_lines_of_a_body() -> None:
    assert lines(b"") == []
    assert lines("一\n{}".encode()) == ["一", "{}"]


def test_nul_which_no_database_has_costs_no_line() -> None:
    said = read_up('{"type":"sign_in","id":"a","login":"li\\u0000n","password":"\\\\u0000"}', NEWEST).said
    assert isinstance(said, m.SignIn)
    assert (said.login, said.password) == ("li\ufffdn", "\\u0000")
