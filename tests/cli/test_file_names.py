"""What file names and tables tell of recordings."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from pipeline.cli.facts_table import FactsTable
from pipeline.cli.recordings import Known, Recording
from pipeline.errors import FactsError, SettingsError
from pipeline.events.call import CallFacts
from pipeline.file_names import NamePattern

SHANGHAI = CallFacts(timezone="Asia/Shanghai")
USUAL = "{agent}_{date:%Y%m%d}_{time:%H%M%S}_{direction}_*"


@pytest.mark.parametrize(("pattern", "name", "facts", "at"), [
    ("{date}_{agent}", "20261103_1042.wav", {"agent_id": "1042"}, "2026-11-03 00:00:00"),
    (USUAL, "1042_20261103_091204_in_x.wav", {"agent_id": "1042", "direction": "inbound"}, "2026-11-03T09:12:04"),
    (USUAL, "lin_xw_20261103_091204_OUT_.wav", {"agent_id": "lin_xw", "direction": "outbound"}, "2026-11-03T09:12:04"),
    ("{date}_{time}_{agent}_{peer}_{direction}.wav", "20261103_091204_1027_138****6021_in.wav",
     {"agent_id": "1027", "peer": "138****6021", "direction": "inbound"}, "2026-11-03T09:12:04"),
    ("{team}-{date:%d.%m.%y}-{direction}", "售后-03.11.26-呼出.mp3", {"team": "售后", "direction": "outbound"},
     "2026-11-03T00:00:00"),
    ("*[{agent}]*", "x[7](1).wav", {"agent_id": "7"}, None),
])  # fmt: skip
def test_a_name_that_fits_tells_what_it_has(pattern: str, name: str, facts: dict[str, str], at: str | None) -> None:
    named = NamePattern(pattern).read(name)
    assert named is not None
    assert named.facts == facts
    assert named.at == (datetime.fromisoformat(at) if at else None)


@pytest.mark.parametrize("name", [
    "1042_20261131_091204_in_x.wav",  # the 31st of November
    "1042_2026113_091204_in_x.wav", "1042_20261103_091204_up_x.wav", "1042_20261103_091204_in.wav", "",
    "1042_00010101_091204_in_x.wav", "1042_19691231_091204_in_x.wav", "1042_22010101_091204_in_x.wav",
])  # fmt: skip
def test_a_name_that_does_not_fit_tells_nothing(name: str) -> None:
    assert NamePattern(USUAL).read(name) is None


@pytest.mark.parametrize(("pattern", "fault"), [
    ("*.wav", "names none of them"), ("{time}_*", "has a time without a date"), ("{agent}_{agent}", "has {agent}"),
    ("{caller}_*", "has {caller}"), ("{date:%B}", "has %B"), ("{agent", "has a stray {"),
    ("{agent:x}", "has {agent:x}"),
])  # fmt: skip
def test_a_pattern_that_is_none_is_told(pattern: str, fault: str) -> None:
    with pytest.raises(SettingsError) as told:
        NamePattern(pattern)
    assert fault in str(told.value)


def test_a_pattern_that_fits_no_file_shows_one(capsys: pytest.CaptureFixture[str]) -> None:
    recordings = [Recording(Path(name)) for name in ("a.wav", "b.wav")]
    with pytest.raises(SettingsError, match=r"fits none of 2 files: a\.wav"):
        Known(SHANGHAI, names=NamePattern(USUAL)).about(recordings)
    one, other = Known(SHANGHAI, names=NamePattern(USUAL)).about(
        [*recordings[:1], Recording(Path("7_20261103_091204_in_.wav"))]
    )
    assert (one.facts, one.started_at) == (SHANGHAI, None)
    assert (other.facts.agent_id, other.started_at) == ("7", "2026-11-03T09:12:04+08:00")
    assert "does not fit 1 file, of which nothing is known: a.wav" in capsys.readouterr().err


def test_the_agents_side_of_outbound_calls_may_be_another() -> None:
    known = Known(SHANGHAI, names=NamePattern(USUAL), outbound_channel="right")
    names = ("1_20261103_091204_in_.wav", "1_20261103_091204_out_.wav")
    assert [one.agent_channel for one in known.about([Recording(Path(name)) for name in names])] == ["left", "right"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_table_has_the_last_word(tmp_path: Path, encoding: str, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "facts.csv"
    lines = [
        "file,agent_id,started_at,direction,team,peer,customer_name,recording_consent",
        "one.wav,,2026/11/03 09:12:04,呼出,售后,13800001234,王,否",
        'sub/two.wav,8,2026-11-03T01:12:04+00:00,,,,"李, 女士",',
        "gone.wav,9,,,,,,",
    ]
    table.write_text("\r\n".join(lines), encoding=encoding)
    known = Known(SHANGHAI, names=NamePattern("{agent}.wav"), table=FactsTable(table, SHANGHAI))
    paths = [tmp_path / name for name in ("one.wav", "sub/two.wav", "other/two.wav")]
    first, second, third = known.about([Recording(path) for path in paths])
    assert first.facts == CallFacts("outbound", "13800001234", "王", None, "one", None, "售后", "Asia/Shanghai", False)
    assert (first.started_at, second.started_at) == ("2026-11-03T09:12:04+08:00", "2026-11-03T01:12:04+00:00")
    assert (second.facts.agent_id, second.facts.customer_name, third.facts.agent_id) == ("8", "李, 女士", "two")
    said = capsys.readouterr().err
    assert "no line of the table is about 1 file: two.wav" in said
    assert "the table tells of 1 file that nobody asked for: gone.wav" in said


@pytest.mark.parametrize(("table", "fault"), [
    ("file,agent_id\na.wav,1\n,2\n", "line 3: it names no file"),
    ("file,direction\na.wav,in\nb.wav,up\n", "line 3: direction is"),
    ("file,agent_id\na.wav,1\n\na.wav,2\n", "line 4: 'a.wav' is in line 2 already"),
    ("file,started_at\na.wav,gestern\n", "line 2: started_at is"),
    ("file,started_at\na.wav,0001-01-01\n", "line 2: started_at is '0001-01-01 00:00:00'; it must be like"),
    ("file,started_at\na.wav,2201-01-01T00:00:00Z\n", "of the years 1970 to 2200"),
    ("file,timezone\na.wav,Mars/Olympus\n", "line 2: timezone is"),
    ("file,recording_consent\na.wav,vielleicht\n", "line 2: recording_consent is"),
    ("file,agent_id\na.wav,1,2\n", "line 2: there are 3 cells"),
    ("file,age\na.wav,1\n", "there is no column 'age'"),
    ("agent_id\n1\n", "`file` among them"),
    ('file\n"a.wav\n', "line 2:"),
])  # fmt: skip
def test_a_wrong_line_of_a_table_is_named(tmp_path: Path, table: str, fault: str) -> None:
    (tmp_path / "facts.csv").write_text(table)
    with pytest.raises(FactsError) as told:
        FactsTable(tmp_path / "facts.csv", SHANGHAI)
    assert fault in str(told.value)
    assert str(told.value).startswith(str(tmp_path / "facts.csv"))
