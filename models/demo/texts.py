"""What is said in training: a text of one of the kinds that data.py and speech.py name."""

from __future__ import annotations

import random

import everyday
import sentences


def draw_text(rng: random.Random, kind: str) -> str:
    match kind:
        case "salad":
            return sentences.salad(rng)
        case "words":
            return everyday.salad(rng)
        case "natural":
            return everyday.natural(rng)
        case "quote":
            return rng.choice(everyday.quotes())
        case "everyday":
            return everyday.sentence(rng)
        case "natural_long":
            return "".join(everyday.natural(rng) for _ in range(rng.randrange(2, 6)))
        case "long":
            return sentences.utterance(rng, rng.randrange(3, 7))
    return sentences.utterance(rng, 2 if kind == "two" else 1)
