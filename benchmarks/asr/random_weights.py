"""Whisper models of the real sizes with random weights, to measure their cost, and only that, without a download.

    python -m benchmarks.asr.random_weights --out DIR [tiny base small large-v3-turbo]

Needs the `train` extra (torch, transformers). The configurations are those of the published models; the vocabulary has
their sizes and special tokens, its texts are placeholders of one character each.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

TEXTS = 50_257  # tokens of text in the multilingual vocabulary
TIMESTAMPS = 1_501
SIZES: dict[str, dict[str, int]] = {
    "tiny": {"d_model": 384, "encoder_layers": 4, "decoder_layers": 4, "encoder_attention_heads": 6},
    "base": {"d_model": 512, "encoder_layers": 6, "decoder_layers": 6, "encoder_attention_heads": 8},
    "small": {"d_model": 768, "encoder_layers": 12, "decoder_layers": 12, "encoder_attention_heads": 12},
    "large-v3-turbo": {
        "d_model": 1280, "encoder_layers": 32, "decoder_layers": 4, "encoder_attention_heads": 20, "num_mel_bins": 128,
    },
}  # fmt: skip


def tokens(languages: int) -> list[str]:
    texts = ["", *(chr(0x20000 + i) for i in range(TEXTS - 1))]
    spoken = ["<|en|>", "<|zh|>", *(f"<|x{i:02d}|>" for i in range(languages - 2))]
    tasks = ["translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps"]
    return [*texts, "<|endoftext|>", "<|startoftranscript|>", *spoken, *(f"<|{task}|>" for task in tasks)]


def make_tokenizer(names: list[str]) -> Any:
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers

    tokenizer = Tokenizer(models.WordLevel({name: at for at, name in enumerate(names[:TEXTS])}, unk_token=""))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    tokenizer.decoder = decoders.Fuse()
    tokenizer.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in names[TEXTS:]])
    return tokenizer


def build(name: str, out: Path) -> None:
    import torch
    from ctranslate2.converters import TransformersConverter
    from transformers import (
        GenerationConfig,
        PreTrainedTokenizerFast,
        WhisperConfig,
        WhisperFeatureExtractor,
        WhisperForConditionalGeneration,
    )

    torch.manual_seed(0)
    shape = SIZES[name]
    names = tokens(100 if name.startswith("large") else 99)
    mels = shape.get("num_mel_bins", 80)
    start, end, width = TEXTS + 1, TEXTS, shape["d_model"]
    config = WhisperConfig(
        vocab_size=len(names) + TIMESTAMPS, num_mel_bins=mels, decoder_attention_heads=shape["encoder_attention_heads"],
        encoder_ffn_dim=4 * width, decoder_ffn_dim=4 * width, decoder_start_token_id=start, bos_token_id=end,
        eos_token_id=end, pad_token_id=end, suppress_tokens=[], begin_suppress_tokens=[],
        **{key: value for key, value in shape.items() if key != "num_mel_bins"},
    )  # fmt: skip
    model = WhisperForConditionalGeneration(config)
    layers = config.decoder_layers
    model.generation_config = GenerationConfig(
        decoder_start_token_id=start, eos_token_id=end, pad_token_id=end, is_multilingual=True,
        no_timestamps_token_id=len(names) - 1, lang_to_id={"<|en|>": start + 1, "<|zh|>": start + 2},
        task_to_id={"translate": len(names) - 6, "transcribe": len(names) - 5},
        alignment_heads=[[layer, head] for layer in range(layers // 2, layers) for head in (0, 1)],
        suppress_tokens=[], begin_suppress_tokens=[],
    )  # fmt: skip
    tokenizer = make_tokenizer(names)
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="", eos_token="<|endoftext|>").save_pretrained(
            folder
        )
        WhisperFeatureExtractor(feature_size=mels).save_pretrained(folder)
        TransformersConverter(folder).convert(str(out / name), quantization="int8", force=True)
    tokenizer.save(str(out / name / "tokenizer.json"))
    facts = {"feature_size": mels, "sampling_rate": 16_000, "hop_length": 160, "n_fft": 400, "chunk_length": 30}
    (out / name / "preprocessor_config.json").write_text(json.dumps(facts), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=list(SIZES))
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    for name in options.names:
        build(name, options.out)
        print(f"{name}: {sum(p.stat().st_size for p in (options.out / name).iterdir()) / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
