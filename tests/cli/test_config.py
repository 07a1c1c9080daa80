"""Settings: file < environment < flags, and clear words about what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline.config import drop_section, read_given
from pipeline.errors import SettingsError
from pipeline.events.channels import Channel


@dataclass(frozen=True, slots=True)
class Vad:
    mode: int = 2
    floor_dbfs: float = -62.0
    channel: Channel = Channel.AGENT

    def __post_init__(self) -> None:
        if self.mode > 3:
            raise ValueError(f"mode is {self.mode}; it must be 0 to 3")


@dataclass(frozen=True, slots=True)
class All:
    vad: Vad = field(default_factory=Vad)
    names: tuple[str, ...] = ()
    bands: dict[str, float] = field(default_factory=dict)
    lost_ms: int = 1000
    quiet: bool = False


def read(tmp_path: Path, text: str = "", **environ: str) -> All:
    file = tmp_path / "callcoach.toml"
    file.write_text(text, encoding="utf-8")
    given = read_given(file, environ)
    settings = given.settings(All)
    given.refuse_unknown()
    return settings


def test_defaults(tmp_path: Path) -> None:
    assert read(tmp_path) == All()


def test_the_file_overrides_defaults_and_the_environment_the_file(tmp_path: Path) -> None:
    text = 'lost_ms = 900\nnames = ["a", "b"]\n[vad]\nmode = 1\nfloor_dbfs = -50\n[bands]\nslow = 120'
    settings = read(tmp_path, text, CALLCOACH_VAD__MODE="0", CALLCOACH_QUIET="true")
    assert settings.vad == Vad(mode=0, floor_dbfs=-50.0)
    assert (settings.lost_ms, settings.names, settings.bands) == (900, ("a", "b"), {"slow": 120.0})
    assert settings.quiet


def test_values_of_the_environment_are_read_by_their_kind(tmp_path: Path) -> None:
    settings = read(tmp_path, CALLCOACH_NAMES="a, b", CALLCOACH_VAD__CHANNEL="customer", CALLCOACH_LOST_MS="5")
    assert (settings.names, settings.vad.channel, settings.lost_ms) == (("a", "b"), Channel.CUSTOMER, 5)


@pytest.mark.parametrize(
    ("text", "environ", "said"),
    [
        ("[vad]\nmode = 'x'", {}, r"vad\.mode is 'x'; it must be a valid integer .*callcoach\.toml, \[vad\]"),
        ("[vad]\nmode = true", {}, r"vad\.mode is True"),
        ("[vad]\nmode = 9", {}, r"^vad\.mode is 9; it must be 0 to 3 .*callcoach\.toml, \[vad\]"),
        ("", {"CALLCOACH_VAD__MODE": "x"}, r"vad\.mode is 'x'.*CALLCOACH_VAD__MODE"),
        ("[vad]\nmoode = 1", {}, r"callcoach\.toml, \[vad\]: there is no setting vad\.moode; known here: .*vad\.mode"),
        ("", {"CALLCOACH_VAD__MOODE": "1"}, r"CALLCOACH_VAD__MOODE: there is no setting"),
        ("", {"CALLCOACH_VAD": "nan"}, r"^CALLCOACH_VAD: vad is 'nan'; it must be a section"),
        (
            "[floor]\nboth_limit_ms = 1",
            {},
            r"\[floor\]: there is no setting floor\.both_limit_ms: .* \[turn_taking\] now",
        ),
        ("[floor]", {}, r"there is no setting floor: this section is called \[turn_taking\] now"),
        ("", {"CALLCOACH_FLOOR__OVERLAP_MS": "1"}, r"^CALLCOACH_FLOOR__OVERLAP_MS: .* \[turn_taking\] now"),
        ("[announcements]\nbare_ms = 1", {}, r"announcements\.bare_ms: this stands in the rulebook now, under `waits`"),
        ("[waits]\nbare_ms = 1", {}, r"waits\.bare_ms: this stands in the rulebook, under `waits`"),
        ("[server]\nbacklog_lines = 1", {}, r"server\.backlog_lines: it is called server\.backlog_records now"),
        ("what = 1", {}, r"there is no setting what"),
        ("vad = = 1", {}, r"callcoach\.toml: not valid TOML"),
        ("", {"CALLCOACH_VAD__CHANNEL": "both"}, r"vad\.channel is 'both'; it must be 'agent', 'customer' or 'mixed'"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, environ: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read(tmp_path, text, **environ)


def test_a_file_asked_for_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml: cannot be read: No such file"):
        read_given(tmp_path / "none.toml", {})


def test_variables_that_are_no_settings_are_left_alone(tmp_path: Path) -> None:
    assert read(tmp_path, CALLCOACH_MODELS="/models", CALLCOACH_DATA="/data", OTHER__THING="1") == All()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("", ""),
        ('[desk]\nserver = "a"\n', ""),
        ('[desk]\nserver = "a"\n\n[asr]\nmodel = "none"\n', '[asr]\nmodel = "none"\n'),
        ('# mine\nlost_ms = 900\n\n[ desk ] # x\nname = "b"\n[asr]\n', "# mine\nlost_ms = 900\n\n[asr]\n"),
        ('[asr]\nmodel = "none"  # y\n\n[desk]\n', '[asr]\nmodel = "none"  # y\n'),
    ],
)
def test_a_section_is_taken_out_and_all_else_stays(tmp_path: Path, text: str, left: str) -> None:
    file = tmp_path / "callcoach.toml"
    drop_section(file, "desk")  # there is none
    file.write_text(text)
    drop_section(file, "desk")
    assert file.read_text() == left


def test_a_section_that_lines_do_not_show_is_left(tmp_path: Path) -> None:
    file = tmp_path / "callcoach.toml"
    file.write_text('desk = { server = "a" }\n')
    with pytest.raises(SettingsError, match="delete it there"):
        drop_section(file, "desk")
    assert file.read_text() == 'desk = { server = "a" }\n'
