"""Folders that look like a Whisper model to whoever only reads their files: small, and as long as a test wants."""

from __future__ import annotations

import json
import struct
from pathlib import Path

TOKENS = 7


def model_bin(tokens: int = TOKENS, *, spec: str = "WhisperSpec", mels: int = 80, padding: int = 0) -> bytes:
    """A file of CTranslate2's form, version 6, without numbers in it. `padding`: bytes of a further variable."""
    shapes = {"decoder/embeddings/weight": ((tokens, 1), tokens), "encoder/conv1/weight": ((1, mels, 3), mels * 3),
              "padding": ((padding,), padding)}  # fmt: skip
    written = struct.pack("<I", 6) + _text(spec) + struct.pack("<II", 3, len(shapes))
    for name, (shape, length) in shapes.items():
        written += _text(name) + struct.pack(f"<B{len(shape)}I", len(shape), *shape)
        written += struct.pack("<BI", 1, length) + bytes(length)
    return written + struct.pack("<I", 1) + _text("decoder/projection/weight") + _text("decoder/embeddings/weight")


def files(tokens: int = TOKENS, *, padding: int = 0) -> dict[str, bytes]:
    """The files of a model, by name."""
    vocabulary = json.dumps([str(number) for number in range(tokens)]).encode()
    return {"config.json": b"{}", "tokenizer.json": b"{}", "vocabulary.json": vocabulary,
            "model.bin": model_bin(tokens, padding=padding)}  # fmt: skip


def model_folder(folder: Path, tokens: int = TOKENS) -> Path:
    folder.mkdir(parents=True)
    for name, content in files(tokens).items():
        (folder / name).write_bytes(content)
    return folder


def _text(text: str) -> bytes:
    return struct.pack("<H", len(text) + 1) + text.encode() + b"\0"
