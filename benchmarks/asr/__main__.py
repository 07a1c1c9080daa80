"""Cost and quality of the recogniser, against faster-whisper's own call in the same run.

    python -m benchmarks.asr [--model NAME|DIR] [--corpus DIR] [--voices DIR] [--only cost,ways]

The model is the demo model unless another is named; with a corpus (manifest.csv with transcripts) its clips are
measured on too: CER by every way of hearing them (ways.py), to decide for one's own weights. With natural voices it is
measured how many bans are heard through the recogniser (spoken_bans.py).
`--sizes` is a folder written by benchmarks.asr.random_weights: cost at the real sizes with random weights, and so
marked. One thread.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from threadpoolctl import threadpool_limits

from benchmarks.accuracy.corpus import Corpus
from benchmarks.asr.bench import Bench
from benchmarks.sections import run

SECTIONS = (
    "cost", "text", "ways", "batch", "words", "prompts", "phantom", "guards", "file", "worker", "spoken_bans",
    "language",
)  # fmt: skip


def given(options: argparse.Namespace) -> Bench:
    threadpool_limits(1, user_api="blas")  # as in the worker, for both sides of the comparison
    corpus = Corpus(options.corpus) if options.corpus else None
    return Bench(options.model, corpus, options.sizes, options.clips, options.voices)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default="demo")
    parser.add_argument("--sizes", type=Path)
    parser.add_argument("--clips", type=int, default=300, help="synthetic utterances, and clips of the corpus at most")
    parser.add_argument("--voices", type=Path, help="natural voices, fetched where they are not there")


if __name__ == "__main__":
    run("benchmarks.asr", __doc__, SECTIONS, given, arguments)
