"""Nothing is overwritten that is not ours, and a broken output or an odd name costs one line, not the run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.cli.output import Results, check_targets
from pipeline.errors import SettingsError
from pipeline.printable import printable
from tests.sound import ROOT

RATE_HZ = 16_000
NEEDS_FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
NO_WORDS = b"no words were recognised (--model none): everything else is measured"


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    path = tmp_path / "calls" / "a.wav"
    path.parent.mkdir()
    soundfile.write(path, 0.1 * np.random.default_rng(0).standard_normal(RATE_HZ), RATE_HZ)
    (path.parent / "b.wav").write_bytes(path.read_bytes())
    return path


def score(
    *arguments: str | bytes | Path, folder: Path, out: int = subprocess.PIPE
) -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "CALLCOACH_DATA": str(folder / "data")}
    command = [
        sys.executable,
        "-c",
        "from pipeline.cli.app import main; main()",
        "score",
        "--model",
        "none",
        *arguments,
    ]
    return subprocess.run(command, cwd=folder, env=environment, stdout=out, stderr=subprocess.PIPE, check=False)


def lines(ran: subprocess.CompletedProcess[bytes]) -> list[bytes]:
    told = [line for line in ran.stderr.splitlines() if line != NO_WORDS]
    assert not any(b"Traceback" in line for line in told)
    return told


def test_the_shell_makes_the_first_recording_the_file_of_results(wav: Path) -> None:
    """`--json calls/*.wav`: FILE is a recording, and stays one."""
    before = wav.read_bytes()
    ran = score("--json", wav, wav.parent / "b.wav", folder=wav.parent)
    assert ran.returncode == 1
    (line,) = lines(ran)
    assert b"holds no results of callcoach score" in line
    assert wav.read_bytes() == before


@pytest.mark.parametrize("alias", ["a.wav", "soft.json", "hard.json", "../calls/./a.wav"])
def test_no_input_is_overwritten_by_whatever_name(alias: str, wav: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(wav.parent)
    os.symlink(wav, "soft.json")
    os.link(wav, "hard.json")
    with pytest.raises(SettingsError, match="is an input"):
        check_targets(alias, [], [wav])
    with pytest.raises(SettingsError, match="is an input"):
        check_targets(None, [Path(alias)], [Path("b.wav"), wav])


def test_inputs_of_a_folder_and_targets_of_events_and_plots_are_looked_at(wav: Path) -> None:
    os.link(wav, wav.parent / "b.jsonl")
    before = wav.read_bytes()
    ran = score(".", "--events", ".", folder=wav.parent)
    assert (ran.returncode, len(lines(ran))) == (1, 2)  # what is left out, and why nothing is done
    assert b"b.jsonl: is an input" in lines(ran)[1]
    assert wav.read_bytes() == before


@pytest.mark.parametrize("content", [
    b"RIFF\x24\0\0\0WAVE", b"# notes\n", b'{"file": "a.wav"}\nnot ours\n', b'[{"file": "a.wav"}]\n',
    b'{"other": 1}\n', b"\n",
])  # fmt: skip
def test_what_is_no_json_of_ours_is_never_replaced(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "kept"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match="holds no results"):
        check_targets(str(path), [], [])
    assert path.read_bytes() == content


@pytest.mark.parametrize("content", [b"", b'{"file": "a.wav", "error": "x"}\n', b'{"file": "a.wav"}\n{"file": "b.wa'])
def test_results_are_replaced_with_the_first_new_one(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "scores.json"
    path.write_bytes(content)
    check_targets(str(path), [], [])
    results = Results(str(path))
    assert path.read_bytes() == content  # a run that fails before its first result leaves what was there
    results.write({"file": "c.wav"})
    assert path.read_bytes() == b'{"file": "c.wav"}\n'  # at once: a run that is cut off keeps what it had
    results.write({"file": "d\udcff.wav"})
    results.close()
    assert [json.loads(line)["file"] for line in path.read_text(encoding="utf-8").splitlines()] == [
        "c.wav",
        "d\udcff.wav",
    ]


@NEEDS_FULL
@pytest.mark.parametrize("target", ["/dev/full", "-"])
def test_a_full_device_is_one_line_and_the_rest_is_scored(target: str, wav: Path, tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        out = full.fileno() if target == "-" else subprocess.DEVNULL
        ran = score("--json", target, wav, wav.parent / "b.wav", "--events", "events", folder=tmp_path, out=out)
    assert ran.returncode == 1
    (line,) = lines(ran)
    assert b"No space left on device" in line
    assert sorted(os.listdir(tmp_path / "events")) == ["a.jsonl", "b.jsonl"]


def test_a_reader_that_has_gone_is_one_line(wav: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ran = score(wav, folder=wav.parent, out=writer)
    finally:
        os.close(writer)
    assert (ran.returncode, len(lines(ran))) == (1, 1)
    assert b"Broken pipe" in lines(ran)[0]


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes")
def test_odd_names_are_one_line_each_and_come_back_from_json(wav: Path) -> None:
    folder = os.fsencode(wav.parent)
    names = [b"caf\xe9.wav", b"n\x1b[31mred\nline.wav", "😀.wav".encode()]
    for name in names:
        Path(os.fsdecode(folder + b"/" + name)).write_bytes(wav.read_bytes())
    missing = b"no\xff\n\x1b[2J.wav"
    ran = score(*names, missing, "--json", "out.json", "--events", "events", folder=wav.parent)
    assert ran.returncode == 1
    assert lines(ran) == [b"no\\udcff\\n\\x1b[2J.wav: no such file"]
    assert b"\x1b" not in ran.stdout
    results = [json.loads(line) for line in (wav.parent / "out.json").read_text(encoding="utf-8").splitlines()]
    assert [os.fsencode(result["file"]) for result in results] == [*names, missing]
    assert len(os.listdir(wav.parent / "events")) == len(names)


def test_a_smiley_in_a_name_prints_no_lines_of_fonts(wav: Path) -> None:
    pytest.importorskip("matplotlib")
    from pipeline.errors import CallcoachError
    from pipeline.reports.picture import han_font

    try:
        han_font()
    except CallcoachError:
        pytest.skip("no font with Han characters here")
    smiley = wav.with_name("😀.wav")
    wav.rename(smiley)
    ran = score(smiley, "--plot", "pictures", folder=wav.parent)
    assert (ran.returncode, lines(ran)) == (0, [])


def test_printable_keeps_what_can_be_read() -> None:
    assert printable("来电 é 😀.wav") == "来电 é 😀.wav"
    assert printable("a\n\x1b[0m\u202e\udcff") == "a\\n\\x1b[0m\\u202e\\udcff"
