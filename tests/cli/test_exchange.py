"""`callcoach calls export | import`: what is printed and noted, on either database."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from pipeline.store.audit import open_audit
from tests.cli.conftest import Shell
from tests.kept import CALL, OTHER, RUNNING, Kept, Make


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
    code, out, err = shell("calls", "export", OTHER, CALL, OTHER, "--to", "calls.zip")
    assert (code, err) == (0, "")
    assert out == "calls.zip: 2 calls, as they are: whoever has it can read and hear them\n"
    assert noted(kept)[-2:] == [("call.export", CALL, None), ("call.export", OTHER, None)]
    target = new_kept("target")
    use(target, monkeypatch)
    code, out, err = shell("calls", "import", "calls.zip")
    assert (code, err) == (0, "")
    assert out.startswith("2 calls are new, 0 were here already")
    assert noted(target) == [("call.import", CALL, None), ("call.import", OTHER, None)]
    assert target.store.read(CALL) == kept.store.read(CALL)
    assert shell("calls", "import", "calls.zip")[1].startswith("0 calls are new, 2 were here already, the same")
    assert len(noted(target)) == 2
    assert shell("calls", "export", CALL, OTHER, "--to", "again.zip")[0] == 0
    one, other = (zipfile.ZipFile(tmp_path / name) for name in ("calls.zip", "again.zip"))
    with one, other:
        for name in one.namelist():
            if name != "manifest.json":
                assert one.read(name) == other.read(name)
        assert one.namelist() == other.namelist()


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
