"""Measure the demo model on speech it was not trained on; prints tables, writes accuracy.json.

    python -m benchmarks.demo_model [--clips 40] [--data DIR] [--voices DIR] [--corpus DIR] [--sets quotes ...] [--show]

Recognised as callcoach does it (`pipeline.asr.engine.whisper`, a window sized to the utterance) and beside it by
`WhisperModel.transcribe` (30 s). ``--data``: the training data, so that no held-out sentence is by chance one of its
texts. ``--voices``: the natural voices (models/voices.py), for the sets of theirs. ``--corpus``: a folder with
manifest.csv; its Mandarin transcripts are read by the synthesiser, and its recordings recognised, which is no speech
this model knows. CER: character edits over characters, Hanzi only. Sound right: clips whose text is read aloud as it
was said, homophones allowed. Times: start of each rightly heard character against the synthesiser's. Rates:
characters a minute from the first sound to the last.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
RECIPE, DEMO = ROOT / "models" / "demo", ROOT / "demo"
sys.path.insert(0, str(RECIPE))  # its modules import each other from there

import everyday  # noqa: E402
import sentences  # noqa: E402
from data import telephone  # noqa: E402
from natural import HELD_OUT_VOICES, TRAIN_VOICES, Speaker  # noqa: E402
from pypinyin import Style, pinyin  # noqa: E402
from quiet import SOUNDS, noise  # noqa: E402
from synth import HELD_OUT_VARIANTS, SAMPLE_RATE_HZ, TRAIN_VARIANTS, Speech, speak  # noqa: E402

from benchmarks.accuracy.corpus import Corpus  # noqa: E402
from benchmarks.asr.bench import padded  # noqa: E402
from benchmarks.asr.errors import han  # noqa: E402
from pipeline.asr.engine.weights import settings_for  # noqa: E402
from pipeline.asr.engine.whisper import WhisperEngine, load_engine  # noqa: E402
from pipeline.coach.rulebook.examples import is_heard  # noqa: E402
from pipeline.coach.rulebook.loading import load_rulebook  # noqa: E402
from pipeline.events.call import CallFacts  # noqa: E402
from pipeline.folders import bundled  # noqa: E402

SEED = 20_001  # not a seed of the training data
RULEBOOK = bundled("rules", "handbook.yaml")
SYNTHETIC = ("Annie", "belinda")  # two of espeak's voices that it was trained on
DEMO_VOICES = ("zf_xiaoyi", "zf_xiaobei")  # of the demo call
NATURAL = {"the demo's voices": DEMO_VOICES, "trained voices": TRAIN_VOICES, "held-out voice": HELD_OUT_VOICES}
SPOKEN_RULES = ("the demo's voices", "held-out voice")  # of NATURAL, in which every phrase of the rulebook is spoken
RATES = (120, 150, 200, 250, 300)  # characters a minute
SPEED_PER_RATE = 1 / 1.35  # espeak's -s for a character a minute, before it is measured
FULL_WIDTH = str.maketrans(",?!", "，？！")  # the marks that natural.py reads
MARGIN_S = 0.16  # silence around a turn, as the listener asks


@dataclass(frozen=True)
class Spoken:
    """One clip: 16 kHz int16, what was said, and when each Hanzi began."""

    pcm: np.ndarray
    text: str
    starts_s: tuple[float, ...] = ()


def say(rng: random.Random, text: str, *, rate: int | None = None, on_telephone: bool = False, **manner: Any) -> Spoken:
    """``text`` in a drawn voice with the margins of a turn, noise 30 dB down; ``rate`` in characters a minute."""
    drawn = {"variant": rng.choice(TRAIN_VARIANTS), "speed": rng.randrange(130, 215), "pitch": rng.randrange(30, 71),
             "pitch_range": rng.randrange(40, 85)} | manner  # fmt: skip
    if rate:
        drawn["speed"] = round(rate * SPEED_PER_RATE)
        drawn["speed"] = min(450, max(80, round(drawn["speed"] * rate / _rate(speak(text, **drawn)))))
    return _as_turn(rng, text, speak(text, **drawn), on_telephone)


def say_naturally(rng: random.Random, speaker: Speaker, text: str, voices: Sequence[str], on_telephone: bool) -> Spoken:
    """The same in a natural voice, at 150 to 330 characters a minute; names for the rulebook's placeholders."""
    readable = text.translate(FULL_WIDTH).replace("XXX", "小林").replace("XX", "锦和")
    speech = speaker.speak(readable, voice=rng.choice(voices), speed=round(rng.uniform(0.65, 1.1), 2))
    return _as_turn(rng, text, speech, on_telephone)


def _as_turn(rng: random.Random, text: str, speech: Speech, on_telephone: bool) -> Spoken:
    first_s, last_s = speech.chars[0].start_s, speech.chars[-1].end_s
    margin = np.zeros(round(MARGIN_S * SAMPLE_RATE_HZ))
    voice = speech.pcm[int(first_s * SAMPLE_RATE_HZ) : int(last_s * SAMPLE_RATE_HZ)]
    pcm = np.concatenate([margin, voice, margin]) * (0.1 / np.sqrt((voice**2).mean()))
    pcm = pcm + noise(np.random.default_rng(rng.randrange(1 << 30)), len(pcm)) * 0.1 * 10 ** (-30 / 20)
    starts = tuple(c.start_s - first_s + MARGIN_S for c in speech.chars if han(c.char))
    return Spoken(_pcm(telephone(pcm.astype(np.float32)) if on_telephone else pcm), text, starts)


def _pcm(samples: np.ndarray) -> np.ndarray:
    return (np.clip(samples, -1, 1) * 32767).astype(np.int16)


def _rate(speech: Any) -> float:
    said = [c for c in speech.chars if han(c.char)]
    return 60 * len(said) / (said[-1].end_s - said[0].start_s)


def _draw(rng: random.Random, clips: int, known: frozenset[str], write: Callable[[random.Random], str]) -> list[str]:
    texts: list[str] = []
    while len(texts) < clips:
        text = write(rng)
        if text not in known and text not in texts:
            texts.append(text)
    return texts


def rulebook_quotes() -> list[str]:
    """What agents are to say and not to say, as the shipped rulebook has it: scripts, and hits of its phrases."""
    book = load_rulebook(RULEBOOK)
    scripts = [step.words(CallFacts(company="锦和")) for step in book.scripts.silent_call.steps]
    phrases = [hit for rule in book.rules for hit in (rule.examples.hits if rule.examples else ())]
    return list(dict.fromkeys(text for text in [*scripts, *phrases] if not set(text) & set("0123456789X")))


def _held_out_voice(rng: random.Random) -> str:
    return rng.choice(HELD_OUT_VARIANTS)


def make_sets(
    clips: int, known: frozenset[str], corpus: Corpus | None, speaker: Speaker | None
) -> Iterator[tuple[str, Callable[[], list[Spoken]]]]:
    def make(name: str, write: Callable[[random.Random], list[Spoken]]) -> tuple[str, Callable[[], list[Spoken]]]:
        return name, lambda: write(random.Random(f"{SEED}/{name}"))

    def held_out(r: random.Random) -> list[str]:
        return _draw(r, clips, known, lambda r: sentences.utterance(r, r.choice((1, 1, 2))))

    for rate in RATES:
        yield make(f"held-out sentences, {rate}", lambda r, v=rate: [say(r, t, rate=v) for t in held_out(r)])
        yield make(f"held-out voices, {rate}",
                   lambda r, v=rate: [say(r, t, rate=v, variant=_held_out_voice(r)) for t in held_out(r)])  # fmt: skip
        yield make(f"telephone, {rate}",
                   lambda r, v=rate: [say(r, t, rate=v, on_telephone=True) for t in held_out(r)])  # fmt: skip
    outside = sentences.OUTSIDE
    yield make("outside templates", lambda r: [say(r, t) for t in outside for _ in range(3)])
    yield make("outside templates, held-out voices",
               lambda r: [say(r, t, variant=v) for t in outside for v in HELD_OUT_VARIANTS])  # fmt: skip
    yield make("outside, written last", lambda r: [say(r, t) for t in sentences.UNSEEN for _ in range(3)])
    yield make("outside, written last, held-out voices",
               lambda r: [say(r, t, variant=v) for t in sentences.UNSEEN for v in HELD_OUT_VARIANTS])  # fmt: skip
    yield make("everyday patterns", lambda r: [say(r, t) for t in _draw(r, 2 * clips, known, everyday.sentence)])
    yield make("salad", lambda r: [say(r, t) for t in _draw(r, 2 * clips, known, everyday.salad)])
    yield make("monotone", lambda r: [say(r, t, pitch_range=0) for t in held_out(r)])
    yield make("long turns", lambda r: [say(r, sentences.utterance(r, 4)) for _ in range(clips)])
    yield make(
        "rulebook, espeak's trained voices",
        lambda r: [say(r, q, variant=v) for q in rulebook_quotes() for v in SYNTHETIC],
    )
    yield make(
        "rulebook, espeak's held-out voices",
        lambda r: [say(r, q, variant=_held_out_voice(r)) for q in rulebook_quotes()],
    )
    if speaker:
        for name, voices in NATURAL.items():
            for line in (False, True):
                told = f"natural, {name}{', telephone' if line else ''}"
                yield make(
                    told, lambda r, v=voices, on=line: [say_naturally(r, speaker, t, v, on) for t in held_out(r)]
                )
        yield make("natural, outside, written last",
                   lambda r: [say_naturally(r, speaker, t, TRAIN_VOICES, False) for t in sentences.UNSEEN])  # fmt: skip
        yield make("natural, rulebook, the demo's voices, telephone",
                   lambda r: [say_naturally(r, speaker, q, DEMO_VOICES, True) for q in rulebook_quotes()])  # fmt: skip
    yield make("demo call", lambda r: demo_turns())
    if corpus:
        read = [c for c in corpus.clips("zh_read") if c.transcript and c.language.startswith("zh") and c.seconds <= 20]
        texts = list(dict.fromkeys(han(c.transcript) for c in read))
        yield make("corpus texts, synthesised", lambda r: [say(r, t) for t in texts])
        yield make("corpus recordings (people)", lambda r: [Spoken(_pcm(c.samples), c.transcript) for c in read])


def demo_turns() -> list[Spoken]:
    """The demo call's lines, cut out by truth.json."""
    import soundfile

    truth = json.loads((DEMO / "truth.json").read_text(encoding="utf-8"))
    call, _ = soundfile.read(bundled("demo", "call.opus"), dtype="float32")
    turns = []
    for line in truth["lines"]:
        begin_ms = max(0, line["start_ms"] - round(1000 * MARGIN_S))
        end_ms = line["end_ms"] + round(1000 * MARGIN_S)
        samples = call[begin_ms * 16 : end_ms * 16, ("agent", "customer").index(line["channel"])]
        starts = tuple((c["start_ms"] - begin_ms) / 1000 for c in line["chars"] if han(c["char"]))
        turns.append(Spoken(_pcm(samples), line["text"], starts))
    return turns


Timed = list[tuple[str, float]]  # Hanzi and where they begin, in seconds


def short(engine: WhisperEngine, pcm: np.ndarray) -> Timed:
    words = engine.recognise([pcm])[0].words
    return [found for w in words for found in _spread(w.text, w.start_ms / 1000, w.end_ms / 1000)]


def whole(engine: WhisperEngine, pcm: np.ndarray) -> Timed:
    return [f for s in padded(engine, pcm) for w in s.words or () for f in _spread(w.word, w.start, w.end)]


def _spread(text: str, start_s: float, end_s: float) -> Timed:
    chars = han(text)
    return [(c, start_s + at * (end_s - start_s) / len(chars)) for at, c in enumerate(chars)]


def edit_pairs(wanted: str, got: str) -> tuple[int, list[tuple[int, int]]]:
    """Levenshtein distance, and the positions of the characters that match."""
    cost = np.zeros((len(wanted) + 1, len(got) + 1), np.int64)
    cost[:, 0], cost[0] = np.arange(len(wanted) + 1), np.arange(len(got) + 1)
    for i, a in enumerate(wanted, 1):
        for j, b in enumerate(got, 1):
            cost[i, j] = min(cost[i - 1, j] + 1, cost[i, j - 1] + 1, cost[i - 1, j - 1] + (a != b))
    pairs, i, j = [], len(wanted), len(got)
    while i and j:
        if cost[i, j] == cost[i - 1, j - 1] + (wanted[i - 1] != got[j - 1]):
            i, j = i - 1, j - 1
            if wanted[i] == got[j]:
                pairs.append((i, j))
        elif cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
        else:
            j -= 1
    return int(cost[-1, -1]), pairs[::-1]


def measure(clips: list[Spoken], hear: Callable[[np.ndarray], Timed], show: bool) -> dict[str, Any]:
    edits = characters = exact = sound_right = 0
    errors_ms: list[float] = []
    began = time.process_time()
    for clip in clips:
        heard = hear(clip.pcm)
        wanted, got = han(clip.text), "".join(c for c, _ in heard)
        distance, pairs = edit_pairs(wanted, got)
        edits, characters, exact = edits + distance, characters + len(wanted), exact + (distance == 0)
        sound_right += pinyin(wanted, style=Style.TONE3) == pinyin(got, style=Style.TONE3)
        if len(clip.starts_s) == len(wanted):
            errors_ms += [1000 * abs(clip.starts_s[i] - heard[j][1]) for i, j in pairs]
        if show and distance:
            print(f"    {clip.text}\n -> {got}")
    seconds = sum(len(c.pcm) for c in clips) / SAMPLE_RATE_HZ
    median, late = np.percentile(errors_ms, [50, 90]).round().tolist() if errors_ms else (None, None)
    return {
        "clips": len(clips), "characters": characters, "cer_percent": round(100 * edits / characters, 2),
        "exact_clips": exact, "sound_right_clips": sound_right,
        "time_error_ms_median": median, "time_error_ms_p90": late,
        "rtf": round((time.process_time() - began) / seconds, 4),
    }  # fmt: skip


def rules_heard(
    engine: WhisperEngine, voices: Sequence[str], speak_in: Callable[[random.Random, str, str], Spoken], show: bool
) -> dict[str, Any]:
    """Of the phrases the shipped rulebook must hear, those its rules hear in what the recogniser wrote.

    ``speak_in`` speaks a phrase in one of ``voices``.
    """
    book, rng = load_rulebook(RULEBOOK), random.Random(SEED)
    said = [(rule, hit, voice) for rule in book.rules for hit in rule.examples.hits for voice in voices]
    missed = 0
    for rule, hit, voice in said:
        text = "".join(w.text for w in engine.recognise([speak_in(rng, hit, voice).pcm])[0].words)
        if not is_heard(rule, text):
            missed += 1
            if show:
                print(f"    {rule.id}: {hit}\n -> {text}")
    return {"phrases": len(said), "heard": len(said) - missed}


def nothing_said(engine: WhisperEngine, seconds: int) -> dict[str, Any]:
    """Characters written in sounds of 2 to 8 s, of other seeds than the training's."""
    rng, said, doubted, clips, heard_s = np.random.default_rng(SEED), 0, 0, 0, 0.0
    while heard_s < seconds:
        size = int(rng.uniform(2, 8) * SAMPLE_RATE_HZ)
        sound = SOUNDS[clips % len(SOUNDS)](rng, size)
        clips, heard_s = clips + 1, heard_s + size / SAMPLE_RATE_HZ
        found = engine.recognise([_pcm(sound * 10 ** (rng.uniform(-60, -20) / 20))])[0]
        said += len(han("".join(w.text for w in found.words)))
        doubted += len(han("".join(d.text for d in found.suppressed)))
    return {"clips": clips, "seconds": round(heard_s), "characters": said, "suppressed_characters": doubted}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=bundled("models", "demo"))
    parser.add_argument("--clips", type=int, default=40, help="per set")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--voices", type=Path)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--sets", nargs="*", default=[], help="only those whose names begin so")
    parser.add_argument("--out", type=Path, default=RECIPE / "accuracy.json")
    parser.add_argument("--show", action="store_true", help="print each clip that was not heard rightly")
    args = parser.parse_args()
    known: set[str] = set()
    for path in sorted(args.data.glob("notes*.json")) if args.data else ():
        known |= {note["text"] for note in json.loads(path.read_text(encoding="utf-8"))}
    engine = load_engine(args.model, settings_for("demo"))
    report: dict[str, Any] = {}
    print(f"{'set':34} {'window':6} {'clips':>5} {'CER %':>6} {'exact':>5} {'sound':>5} {'time, ms':>13} {'RTF':>7}")
    speaker = Speaker(args.voices) if args.voices else None
    for name, make in make_sets(args.clips, frozenset(known), Corpus(args.corpus) if args.corpus else None, speaker):
        if args.sets and not name.startswith(tuple(args.sets)):
            continue
        clips = make()
        for way, hear in (("sized", short), ("30 s", whole)):
            row = measure(clips, lambda pcm, hear=hear: hear(engine, pcm), args.show and way == "sized")
            report.setdefault(name, {})[way] = row
            times = f"{row['time_error_ms_median']}/{row['time_error_ms_p90']}"
            counts = f"{row['clips']:5} {row['cer_percent']:6.2f} {row['exact_clips']:5} {row['sound_right_clips']:5}"
            print(f"{name:34} {way:6} {counts} {times:>13} {row['rtf']:7.4f}", flush=True)
    for kind in ("held-out sentences", "held-out voices", "telephone"):
        if rows := [report[f"{kind}, {rate}"]["sized"]["cer_percent"] for rate in RATES if f"{kind}, {rate}" in report]:
            print(f"{kind}, {RATES[0]} to {RATES[-1]} characters a minute: CER {statistics.mean(rows):.2f} %")

    def plainly(rng: random.Random, text: str, voice: str) -> Spoken:
        return say(rng, text, variant=voice)

    def by_telephone(rng: random.Random, text: str, voice: str) -> Spoken:
        assert speaker
        return say_naturally(rng, speaker, text, (voice,), True)

    ways = [("espeak's trained voices", SYNTHETIC, plainly), ("espeak's held-out voices", HELD_OUT_VARIANTS, plainly)]
    if speaker:
        ways += [(f"natural, {name}, telephone", NATURAL[name], by_telephone) for name in SPOKEN_RULES]
    for name, voices, speak_in in ways:
        report[f"rules heard, {name}"] = rules_heard(engine, voices, speak_in, args.show)
        print(f"rules heard, {name}", report[f"rules heard, {name}"], flush=True)
    if not args.sets:
        report["nothing said"] = nothing_said(engine, 600)
        print("nothing said", report["nothing said"])
        args.out.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
