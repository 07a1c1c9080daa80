"""`callcoach calls export | import`: what is printed and noted, on either database."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.audio.recording.muting import is_muted
from pipeline.events.call import CallFacts, FactsNoted
from pipeline.people.audit_chain import Row
from pipeline.ports import SAMPLE_RATE_HZ
from pipeline.store.audit import open_audit
from tests.cli.conftest import Shell
from tests.kept import CALL, OTHER, RUNNING, Kept, Make
from tests.masking.test_view import NUMBER
from tests.store.test_deletion import whole
from tests.store.test_erasing import SPANS, told
from tests.writing import add

PRIVATE, UNSCORED = (f"01a2b3c5-0000-7000-8000-00000000000{number}" for number in (1, 2))


@pytest.fixture
def kept(filled: Kept, monkeypatch: pytest.MonkeyPatch, shell: Shell) -> Kept:
    use(filled, monkeypatch)
    return filled


def use(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands keep there from now on."""
    monkeypatch.setenv("CALLCOACH_DATA", str(kept.folder))
    monkeypatch.setenv("CALLCOACH_AUDIT__HEAD_FILE", str(kept.folder.parent / "heads.jsonl"))
    monkeypatch.delenv("CALLCOACH_STORE__ADDRESS", raising=False)
    if kept.store.database.is_shared:
        address = kept.store.database._address.render_as_string().replace("+psycopg", "")  # type: ignore[attr-defined]
        monkeypatch.setenv("CALLCOACH_STORE__ADDRESS", address)


def noted(kept: Kept) -> list[tuple[str, str | None, str | None]]:
    rows = open_audit(kept.store.database, kept.folder, None, print).rows()
    return [(row.action, row.object, row.actor) for row in reversed(rows)]


def test_out_of_one_and_into_another(
    kept: Kept, shell: Shell, new_kept: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code, out, err = shell("calls", "export", OTHER, CALL, OTHER, "--unmasked", "--to", "calls.zip")
    assert (code, err) == (0, f"{OTHER}: without a recording: none is kept here\n")
    assert out == "calls.zip: 2 calls, as they are: whoever has it can read and hear them\n"
    assert not any(json.loads(row.details)["masked"] for row in exports(kept))
    assert noted(kept)[-2:] == [("call.export", CALL, None), ("call.export", OTHER, None)]
    target = new_kept("target")
    use(target, monkeypatch)
    code, out, err = shell("calls", "import", "calls.zip")
    assert (code, err) == (0, "")
    assert out == "2 calls are new\n"
    assert noted(target) == [("call.import", CALL, None), ("call.import", OTHER, None)]
    assert target.store.read(CALL) == kept.store.read(CALL)
    assert shell("calls", "import", "calls.zip")[1].startswith("0 calls are new, 2 were here already, the same")
    (target.folder / "recordings" / f"{CALL}.opus").rename(target.folder / "aside")
    out = shell("calls", "import", "calls.zip")[1]
    assert "of those that were here 1 have a recording in the zip, but none here, and get none:" in out
    assert f"\n  {CALL}\n" in out
    (target.folder / "aside").rename(target.folder / "recordings" / f"{CALL}.opus")
    assert len(noted(target)) == 2
    assert shell("calls", "export", CALL, OTHER, "--unmasked", "--to", "again.zip")[0] == 0
    one, other = (zipfile.ZipFile(tmp_path / name) for name in ("calls.zip", "again.zip"))
    with one, other:
        for name in one.namelist():
            if name != "manifest.json":
                assert one.read(name) == other.read(name)
        assert one.namelist() == other.namelist()


def exports(kept: Kept) -> list[Row]:
    rows = open_audit(kept.store.database, kept.folder, None, print).rows()
    return [row for row in rows if row.action == "call.export"]


def test_a_team_that_is_not_here_is_said(
    kept: Kept, shell: Shell, new_kept: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(kept.store, PRIVATE, whole(PRIVATE, team="a"))
    assert shell("calls", "export", CALL, PRIVATE, "--unmasked", "--to", "calls.zip")[0] == 0
    use(new_kept("target"), monkeypatch)
    out = shell("calls", "import", "calls.zip")[1].splitlines()
    assert out[0] == "2 calls are new"
    assert out[1:] == [
        "1 of the new ones are of a team that is not here: 'a'",
        "  `callcoach teams add NAME --id a` makes it",
    ]


def test_what_identifies_people_stays_unless_it_is_asked_for(kept: Kept, shell: Shell, tmp_path: Path) -> None:
    add(kept.store, PRIVATE, told(PRIVATE))
    add(kept.store, UNSCORED, told(UNSCORED)[:-1])
    for call_id in (PRIVATE, UNSCORED):
        sound = kept.folder / "recordings" / f"{call_id}.flac"
        soundfile.write(sound, np.full((25 * SAMPLE_RATE_HZ, 2), 9_000, np.int16), SAMPLE_RATE_HZ)
    code, out, err = shell("calls", "export", PRIVATE, UNSCORED, "--to", "masked.zip")
    assert code == 0, err
    why = "nobody knows all that is said in it (--unmasked takes it along)"
    assert err == f"{UNSCORED}: without a recording: {why}\n"
    assert out.startswith("masked.zip: 2 calls, what identifies people masked and muted: whoever has it")
    assert all(json.loads(row.details)["masked"] for row in exports(kept))
    assert shell("calls", "export", PRIVATE, "--unmasked", "--to", "whole.zip")[0] == 0
    with zipfile.ZipFile(tmp_path / "masked.zip") as masked, zipfile.ZipFile(tmp_path / "whole.zip") as whole:
        texts = [name for name in masked.namelist() if not name.endswith(".flac")]
        assert not any(NUMBER.encode() in masked.read(name) for name in texts)
        assert f"{UNSCORED}/recording.flac" not in masked.namelist()
        assert NUMBER.encode() in whole.read(f"{PRIVATE}/records.jsonl")
        (tmp_path / "masked.flac").write_bytes(masked.read(f"{PRIVATE}/recording.flac"))
        (tmp_path / "whole.flac").write_bytes(whole.read(f"{PRIVATE}/recording.flac"))
    assert is_muted(tmp_path / "masked.flac", SPANS)
    assert not is_muted(tmp_path / "whole.flac", SPANS)


def test_a_recording_without_consent_stays_and_that_is_said(kept: Kept, shell: Shell) -> None:
    add(kept.store, CALL, [FactsNoted(40_000, CallFacts(recording_consent=False))])
    code, _, err = shell("calls", "export", CALL, "--unmasked", "--to", "calls.zip")
    assert (code, err) == (0, f"{CALL}: without a recording: there is no consent to one\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("export", "none", "--to", "new.zip"), "none: there is no such call"),
        (("export", "01a2", "--to", "new.zip"), f"01a2: 3 calls begin so: {CALL}, {OTHER}"),
        (("export", RUNNING, "--to", "new.zip"), "has not ended"),
        (("import", "new.zip"), "new.zip cannot be read: No such file"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    kept: Kept, shell: Shell, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    code, _, err = shell("calls", *arguments)
    assert (code, said in err, err.count("\n")) == (1, True, 1), err
    assert not (tmp_path / "new.zip").exists()
    assert not any(action in ("call.export", "call.import") for action, _, _ in noted(kept))
