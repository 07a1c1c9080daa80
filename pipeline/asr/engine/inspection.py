"""What is wrong with weights, and which of the catalogue they are, told from their files without loading them.

Before each of its variables model.bin says how long that is, and what the whole is at its beginning (CTranslate2,
python/ctranslate2/specs/model_spec.py): passing over the variables finds out within milliseconds whether it is whole.
"""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

from pipeline.asr.engine.catalogue import Model, catalogue

_BINARY_VERSIONS = (5, 6)  # of CTranslate2's files since it has Whisper
_SPEC = "WhisperSpec"
_MOST_VARIABLES = 100_000
_ENGLISH_ONLY_TOKENS = 51_864  # by which CTranslate2 itself knows them; multilingual vocabularies are larger
_MELS = 80  # bands of a spectrum where no file says otherwise


@dataclass(frozen=True, slots=True)
class _Contents:
    """What model.bin says of itself. `tokens`: of its vocabulary; `mels`: bands of its spectra; `length`: bytes."""

    spec: str
    tokens: int
    mels: int
    length: int


def fault_of(folder: Path, model: Model | None, *, by_sum: bool = False, language: str = "zh") -> str:
    """Why the weights in `folder` cannot be used, in a few words; "" where nothing is known against them.

    `model`: the entry of the catalogue they should be. `by_sum`: by their sha256 as well, a second for each gigabyte.
    """
    weights = folder / "model.bin"
    if not weights.is_file():
        return "it has no model.bin"
    size = weights.stat().st_size
    wanted = model.weights_bytes if model is not None and model.weights_bytes else 0
    try:
        contents = _contents(weights)
    except EOFError:
        return f"its model.bin is cut off: {size:,} bytes" + (f" of {wanted:,}" if wanted else "")
    except ValueError:
        return "its model.bin is no CTranslate2 model"
    if contents.spec != _SPEC:
        return f"its model.bin is a {contents.spec}, no Whisper model"
    if model is not None and wanted and wanted != size:
        whose = f", but those of {other.name}" if (other := entry_of(folder)) is not None else ""
        return f"its model.bin has {size:,} bytes of {wanted:,}: these are not the weights of {model.name}{whose}"
    if size != contents.length:
        return f"its model.bin has {size:,} bytes, by its contents {contents.length:,}: it is damaged"
    if by_sum and model is not None and model.sha256 and (given := _sum_of(weights)) != model.sha256:
        return f"its model.bin has the sha256 {given}, that of {model.name} is {model.sha256}: it is damaged or another"
    return _fault_beside(folder, contents, language)


def entry_of(folder: Path) -> Model | None:
    """The entry of the catalogue whose weights these are, by size and sha256, whatever their folder is called."""
    weights = folder / "model.bin"
    size = weights.stat().st_size
    candidates = [model for model in catalogue() if model.sha256 and model.weights_bytes == size]
    return next((model for model in candidates if model.sha256 == _sum_of(weights)), None)


def _sum_of(weights: Path) -> str:
    state = weights.stat()
    return _sha256(weights, state.st_size, state.st_mtime_ns)


@cache
def _sha256(weights: Path, size: int, changed_ns: int) -> str:
    """Once in a process, as long as the file stays the same."""
    with weights.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fault_beside(folder: Path, contents: _Contents, language: str) -> str:
    """Of the files beside model.bin."""
    for name in ("config.json", "tokenizer.json"):
        if not (folder / name).is_file():
            return f"it has no {name}, and none is fetched by itself"
        if not _is_json(folder / name):
            return f"its {name} is damaged or cut off"
    if contents.mels != _MELS and not (folder / "preprocessor_config.json").is_file():
        return f"it has no preprocessor_config.json, without which its {contents.mels} bands are taken for {_MELS}"
    vocabulary = next(folder.glob("vocabulary.*"), None)
    if vocabulary is None:
        return "it has no vocabulary.json or vocabulary.txt"
    there = _tokens(vocabulary)
    if there != contents.tokens:
        return (
            f"its {vocabulary.name} has {there:,} tokens, its weights {contents.tokens:,}: damaged or of another model"
        )
    if there == _ENGLISH_ONLY_TOKENS and language != "en":
        return "it knows English only and writes no Mandarin; wanted multilingual weights, such as those of base"
    return ""


def _is_json(file: Path) -> bool:
    try:
        json.loads(file.read_bytes())
    except ValueError:
        return False
    return True


def _tokens(vocabulary: Path) -> int:
    """How many it holds; 0 where it cannot be read."""
    try:
        text = vocabulary.read_text(encoding="utf-8")
        return len(json.loads(text)) if vocabulary.suffix == ".json" else text.removesuffix("\n").count("\n") + 1
    except ValueError:
        return 0


def _contents(weights: Path) -> _Contents:
    """Raises EOFError where the file ends before it should, ValueError for what is no CTranslate2 model."""
    size = weights.stat().st_size
    with weights.open("rb") as file:
        if _number(file, "I") not in _BINARY_VERSIONS:
            raise ValueError(weights)
        spec = _text(file)
        _number(file, "I")  # revision
        variables = _number(file, "I")
        if variables > _MOST_VARIABLES:
            raise ValueError(weights)
        shapes: dict[str, list[int]] = {}
        for _ in range(variables):
            name = _text(file)
            shapes[name] = [_number(file, "I") for _ in range(_number(file, "B"))]
            _number(file, "B")  # type
            if file.seek(_number(file, "I"), 1) > size:
                raise EOFError
        for _ in range(2 * _number(file, "I")):  # second names of variables
            _text(file)
        tokens, mels = shapes.get("decoder/embeddings/weight"), shapes.get("encoder/conv1/weight")
        return _Contents(spec, tokens[0] if tokens else 0, mels[1] if mels else 0, file.tell())


def _number(file: BinaryIO, form: str) -> int:
    return int(struct.unpack(f"<{form}", _bytes(file, struct.calcsize(form)))[0])


def _text(file: BinaryIO) -> str:
    return _bytes(file, _number(file, "H")).rstrip(b"\0").decode("ascii")


def _bytes(file: BinaryIO, count: int) -> bytes:
    given = file.read(count)
    if len(given) < count:
        raise EOFError
    return given
