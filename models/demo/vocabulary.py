"""Token ids: one per character, then Whisper's specials, then 1,501 timestamps of 20 ms (added by the converter)."""

from __future__ import annotations

import everyday

UNKNOWN = "<unk>"
PUNCTUATION = "，。？！"
SPECIALS = (
    "<|endoftext|>", "<|startoftranscript|>", "<|zh|>", "<|en|>", "<|translate|>", "<|transcribe|>",
    "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>",
)  # fmt: skip
# faster-whisper takes every id below <|endoftext|> for text, so the characters come first.
TOKENS = (UNKNOWN, " ", *everyday.alphabet(), *PUNCTUATION, *SPECIALS)
ID = {token: at for at, token in enumerate(TOKENS)}

END, START, ZH, EN = (ID[t] for t in SPECIALS[:4])
TRANSCRIBE, PREVIOUS = ID["<|transcribe|>"], ID["<|startofprev|>"]
NO_SPEECH, NO_TIMESTAMPS = ID["<|nospeech|>"], ID["<|notimestamps|>"]
TIMESTAMP_0 = len(TOKENS)
TIMESTAMPS = 1501
TIMESTAMP_S = 0.02
SIZE = len(TOKENS) + TIMESTAMPS


def encode(text: str) -> list[int]:
    """One id per character; characters the model has never met become the unknown token."""
    return [ID.get(char, 0) for char in text]


def timestamp(seconds: float) -> int:
    return TIMESTAMP_0 + min(TIMESTAMPS - 1, max(0, round(seconds / TIMESTAMP_S)))
