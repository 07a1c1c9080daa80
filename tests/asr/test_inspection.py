"""Weights that are cut off, damaged, foreign or incomplete are told for what they are, without loading them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.asr.engine import inspection, weights
from pipeline.asr.engine.catalogue import Model, known
from pipeline.asr.engine.inspection import entry_of, fault_of
from pipeline.asr.engine.transcribers import load_transcriber
from pipeline.asr.engine.weights import DEMO_MODEL, model_of, present
from pipeline.cli.choices import choose_model
from pipeline.errors import ModelError
from tests.weights import model_bin, model_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return model_folder(tmp_path / "weights")


def entry(folder: Path, name: str = "ours") -> Model:
    """A catalogue's entry with the size and sum of the weights in `folder`."""
    content = (folder / "model.bin").read_bytes()
    return Model(name, "MIT", 99, weights_bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def test_sound_weights_have_no_fault(folder: Path) -> None:
    assert fault_of(folder, None) == ""
    assert fault_of(folder, entry(folder), by_sum=True) == ""
    assert fault_of(DEMO_MODEL, known("demo"), by_sum=True) == ""


@pytest.mark.parametrize("kept", [0, 3, 20, 60, 200, -1])
def test_weights_that_are_cut_off_anywhere_are_told_as_that(folder: Path, kept: int) -> None:
    whole, content = entry(folder), (folder / "model.bin").read_bytes()
    (folder / "model.bin").write_bytes(content[:kept])
    assert "model.bin is cut off" in fault_of(folder, None)
    assert f"of {whole.weights_bytes}" in fault_of(folder, whole)


@pytest.mark.parametrize("share", [0.0001, 0.3, 0.9999])
def test_the_demo_model_cut_off_is_told_as_that(tmp_path: Path, share: float) -> None:
    for file in DEMO_MODEL.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    whole = (tmp_path / "model.bin").read_bytes()
    (tmp_path / "model.bin").write_bytes(whole[: int(share * len(whole))])
    assert "model.bin is cut off" in fault_of(tmp_path, None)


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("model.bin", None, "it has no model.bin"),
        ("model.bin", b"version https://git-lfs.github.com/spec/v1\n", "is no CTranslate2 model"),
        ("model.bin", model_bin(spec="TransformerSpec"), "is a TransformerSpec, no Whisper model"),
        ("model.bin", model_bin() + b"more", "it is damaged"),
        ("model.bin", model_bin(tokens=9), "has 7 tokens, its weights 9"),
        ("model.bin", model_bin(mels=128), "it has no preprocessor_config.json"),
        ("tokenizer.json", None, "it has no tokenizer.json"),
        ("tokenizer.json", b'{"model": {"vo', "its tokenizer.json is damaged or cut off"),
        ("config.json", None, "it has no config.json"),
        ("vocabulary.json", None, "it has no vocabulary"),
        ("vocabulary.json", b'["a", "b"', "vocabulary.json has 0 tokens"),
    ],
)
def test_every_other_fault_is_named(folder: Path, name: str, content: bytes | None, fault: str) -> None:
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    assert fault in fault_of(folder, None)


def test_a_vocabulary_of_lines_is_counted(folder: Path) -> None:
    (folder / "vocabulary.json").unlink()
    (folder / "vocabulary.txt").write_text("\n".join("abcdefg"), encoding="utf-8")
    assert fault_of(folder, None) == ""
    (folder / "vocabulary.txt").write_text("a\nb\nc\n", encoding="utf-8")
    assert "vocabulary.txt has 3 tokens" in fault_of(folder, None)


def test_weights_that_know_english_only_are_refused_for_mandarin_also_by_their_path(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "base.en", tokens=51_864)
    assert fault_of(folder, None, language="en") == ""
    with pytest.raises(ModelError, match="it knows English only and writes no Mandarin") as caught:
        load_transcriber(str(folder))
    assert "\n" not in str(caught.value)
    assert fault_of(model_folder(tmp_path / "base", tokens=51_865), None) == ""


def test_weights_of_another_model_are_told_by_their_size_and_by_their_sum(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = entry(folder)
    larger = replace(ours, name="larger", weights_bytes=99_999)
    assert "these are not the weights of larger" in fault_of(folder, larger)
    monkeypatch.setattr(inspection, "catalogue", lambda: (larger, ours))
    assert fault_of(folder, larger).endswith("but those of ours")
    other = replace(ours, sha256="0" * 64)
    assert fault_of(folder, other) == ""
    assert "that of ours is 0000" in fault_of(folder, other, by_sum=True)


def test_weights_are_known_by_themselves_whatever_their_folder_is_called(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoiled = replace(entry(folder, "base"), takes_prompt=False)
    monkeypatch.setattr(inspection, "catalogue", lambda: (spoiled,))
    renamed = folder.rename(folder.with_name("small"))
    monkeypatch.setenv("CALLCOACH_MODELS", str(renamed.parent))
    assert entry_of(renamed) == spoiled
    assert model_of(str(renamed)) == spoiled
    assert model_of("small") == spoiled
    (renamed / "model.bin").write_bytes(model_bin().replace(b"\0\0\0\0\0\0\0", b"\0\0\0\1\0\0\0", 1))
    assert model_of(str(renamed)) is None


def test_auto_passes_over_what_is_of_no_use_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> Path:
        raise ModelError(f"{name} is not here")

    monkeypatch.setattr(weights, "model_folders", lambda: [tmp_path])
    monkeypatch.setattr(weights, "_in_cache", absent)
    (model_folder(tmp_path / "medium") / "model.bin").write_bytes(model_bin()[:100])
    model_folder(tmp_path / "acft-base")
    (model_folder(tmp_path / "base") / "tokenizer.json").unlink()
    faults = {one.model.name: one.fault for one in present()}
    assert faults["acft-base"] == ""
    assert "cut off" in faults["medium"]
    assert "these are not the weights of base" in faults["base"]
    choice = choose_model()
    assert choice.name == "acft-base"
    assert "medium is of no use: its model.bin is cut off" in choice.why
    assert "\n" not in choice.why
