"""The weights of a converted model, read back: training can go on from what is shipped, a little rounded (int8)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

_TYPES = (np.float32, np.int8, np.int16, np.int32)  # ctranslate2's DataType, in its order
_SELF = ("q_proj", "k_proj", "v_proj")


def read_weights(folder: Path) -> dict[str, Tensor]:
    """The weights of ``Recogniser`` under its names, without the aids of training.

    The file is ctranslate2's (version 6): a head, then for each variable its name, shape, type and bytes.
    """
    found = dict(_variables((folder / "model.bin").read_bytes()))
    plain: dict[str, np.ndarray] = {}
    for name, value in found.items():
        scale = found.get(f"{name}_scale")
        if scale is not None:
            value = value / scale.reshape(-1, *[1] * (value.ndim - 1))
        if not name.endswith("_scale") and value.ndim:
            plain[name] = value
    return {ours: torch.from_numpy(np.array(v, np.float32)) for name, value in plain.items()
            for ours, v in _named(name, value)}  # fmt: skip


def _variables(data: bytes) -> Iterator[tuple[str, np.ndarray]]:
    at = 0

    def take(form: str) -> int:
        nonlocal at
        at += struct.calcsize(f"<{form}")
        return struct.unpack_from(f"<{form}", data, at - struct.calcsize(f"<{form}"))[0]

    def name() -> str:
        nonlocal at
        size = take("H")
        at += size
        return data[at - size : at - 1].decode()

    if take("I") != 6:
        raise ValueError("not a model of ctranslate2's format 6")
    name(), take("I")
    for _ in range(take("I")):
        title = name()
        shape = [take("I") for _ in range(take("B"))]
        kind, size = _TYPES[take("B")], take("I")
        yield title, np.frombuffer(data, kind, size // kind().itemsize, at).reshape(shape)
        at += size


def _named(name: str, value: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """ctranslate2 joins projections of the same input; its names, in ours."""
    side, *parts = name.split("/")
    if parts[0] in ("alignment_heads", "alignment_layer"):
        return
    kind = parts[-1].replace("gamma", "weight").replace("beta", "bias")
    match parts[:-1]:
        case ["embeddings"]:
            yield f"{side}.embed_tokens.weight", value
        case ["position_encodings"]:
            yield f"{side}.embed_positions.weight", value
        case ["layer_norm" | "conv1" | "conv2" as part]:
            yield f"{side}.{part}.{kind}", value
        case [layer, block, part]:
            at = f"{side}.layers.{layer.removeprefix('layer_')}"
            ours = {"self_attention": "self_attn", "attention": "encoder_attn", "ffn": "final"}[block]
            if part == "layer_norm":
                yield f"{at}.{ours}_layer_norm.{kind}", value
            elif block == "ffn":
                yield f"{at}.fc{int(part[-1]) + 1}.{kind}", value
            else:
                for projection, piece in _taken_apart(block, part, value):
                    if (projection, kind) != ("k_proj", "bias"):  # there is none: it was filled with zeros
                        yield f"{at}.{ours}.{projection}.{kind}", piece


def _taken_apart(block: str, part: str, value: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    inputs = (_SELF, ("out_proj",)) if block == "self_attention" else (_SELF[:1], _SELF[1:], ("out_proj",))
    names = inputs[int(part[-1])]
    yield from zip(names, np.split(value, len(names)), strict=True)
