"""Turn a training run into the model directory that faster-whisper loads (CTranslate2, int8).

python models/demo/convert.py --run DIR [--out pipeline/resources/models/demo] [--weights mean|last]
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import torch
import vocabulary as v
from batches import syllables
from ctranslate2.converters import TransformersConverter
from model import MEL_BINS, SOURCE_POSITIONS, TARGET_POSITIONS, Recogniser, Shape
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers
from train import CHECKPOINT
from transformers import (
    GenerationConfig,
    PreTrainedTokenizerFast,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
)

HERE = Path(__file__).resolve().parent


def make_tokenizer() -> Tokenizer:
    """One token per character; the Fuse decoder joins them without spaces between."""
    plain = {t: at for at, t in enumerate(v.TOKENS) if t not in v.SPECIALS}
    tokenizer = Tokenizer(models.WordLevel(plain, unk_token=v.UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    tokenizer.decoder = decoders.Fuse()
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in v.SPECIALS])
    for token, wanted in v.ID.items():
        if tokenizer.token_to_id(token) != wanted:
            raise ValueError(f"token {token!r} got id {tokenizer.token_to_id(token)}, wanted {wanted}")
    return tokenizer


def load_model(run: Path, weights: str) -> Recogniser:
    saved = torch.load(run / CHECKPOINT, weights_only=True)
    model = Recogniser(Shape(v.SIZE, len(syllables()[0]) + 1))
    model.load_state_dict(saved["mean" if weights == "mean" else "model"])
    return model.eval()


def to_transformers(model: Recogniser) -> WhisperForConditionalGeneration:
    shape = model.shape
    config = WhisperConfig(
        vocab_size=v.SIZE,
        num_mel_bins=MEL_BINS,
        d_model=shape.width,
        encoder_layers=shape.encoder_layers,
        decoder_layers=shape.decoder_layers,
        encoder_attention_heads=shape.heads,
        decoder_attention_heads=shape.heads,
        encoder_ffn_dim=4 * shape.width,
        decoder_ffn_dim=4 * shape.width,
        max_source_positions=SOURCE_POSITIONS,
        max_target_positions=TARGET_POSITIONS,
        decoder_start_token_id=v.START,
        bos_token_id=v.END,
        eos_token_id=v.END,
        pad_token_id=v.END,
        suppress_tokens=[],
        begin_suppress_tokens=[],
    )
    whisper = WhisperForConditionalGeneration(config)
    whisper.load_state_dict(model.transformers_state(), strict=True)
    whisper.generation_config = GenerationConfig(
        decoder_start_token_id=v.START,
        eos_token_id=v.END,
        pad_token_id=v.END,
        no_timestamps_token_id=v.NO_TIMESTAMPS,
        is_multilingual=True,
        lang_to_id={"<|zh|>": v.ZH, "<|en|>": v.EN},
        task_to_id={"transcribe": v.TRANSCRIBE, "translate": v.ID["<|translate|>"]},
        alignment_heads=[list(head) for head in shape.alignment],
        suppress_tokens=[],
        begin_suppress_tokens=[],
    )
    return whisper


def convert(run: Path, out: Path, weights: str) -> None:
    tokenizer = make_tokenizer()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        to_transformers(load_model(run, weights)).save_pretrained(folder)
        wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token=v.UNKNOWN, eos_token="<|endoftext|>")
        wrapped.save_pretrained(folder)
        WhisperFeatureExtractor(feature_size=MEL_BINS).save_pretrained(folder)
        made = folder / "made"
        TransformersConverter(str(folder)).convert(str(made), quantization="int8")
        out.mkdir(parents=True, exist_ok=True)
        for path in made.iterdir():
            shutil.copy(path, out / path.name)
    tokenizer.save(str(out / "tokenizer.json"))
    _write_preprocessor(out)
    _name_unknown_empty(out / "vocabulary.json")


def _write_preprocessor(out: Path) -> None:
    """Only what faster-whisper reads of it."""
    facts = {"feature_size": MEL_BINS, "sampling_rate": 16000, "hop_length": 160, "n_fft": 400, "chunk_length": 30}
    (out / "preprocessor_config.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def _name_unknown_empty(path: Path) -> None:
    """ctranslate2 4.8.5 calls a model multilingual if its vocabulary has an empty string; else English is forced."""
    tokens = json.loads(path.read_text(encoding="utf-8"))
    if len(tokens) != v.SIZE:
        raise ValueError(f"{path.name} has {len(tokens)} tokens, wanted {v.SIZE}: the library would read past its end")
    tokens[0] = ""
    path.write_text(json.dumps(tokens, ensure_ascii=False), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=HERE.parents[1] / "pipeline" / "resources" / "models" / "demo")
    parser.add_argument("--weights", choices=("mean", "last"), default="mean")
    args = parser.parse_args()
    convert(args.run, args.out, args.weights)
    size = sum(p.stat().st_size for p in args.out.iterdir())
    print(f"{args.out.name}: {size / 1e6:.2f} MB in {len(list(args.out.iterdir()))} files")


if __name__ == "__main__":
    main()
