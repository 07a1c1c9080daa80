"""Names and terms: errors that a prompt of hot words and a glossary correct, and errors they introduce.

Sentences with names of a glossary of 30, and as many without any. Right: names written as they are. Invented: names
written in sentences that have none.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from benchmarks.accuracy import sound
from benchmarks.accuracy.figures import Figure
from benchmarks.asr.bench import Bench, Utterance
from benchmarks.asr.errors import edits, han
from pipeline.asr.engine.whisper import WhisperEngine
from pipeline.asr.text.glossary import Glossary, prompt_of
from pipeline.ports import Recognised

NAMES = (
    "林晓雯", "周雨涵", "蒋婉婷", "欧阳俊", "张子萱", "陈浩宇", "沈佳怡", "许静雅", "曹文博", "彭思琪",
    "锦和物业", "绿地花园", "金科家园", "碧水湾", "安心保套餐", "乐享会员", "管家服务", "云门禁", "智慧停车", "快修通",
    "余慧敏", "章丽华", "江小鱼", "程远航", "万顺保洁", "和美家政", "恒泰维修", "优居租赁", "天然居", "翡翠城",
)  # fmt: skip
FRAMES = (
    "您好，我是{}。",
    "请问是{}吗？",
    "我找一下{}。",
    "我想问一下{}的事。",
    "{}您好，请稍等。",
    "麻烦转到{}。",
    "这个要问{}。",
)


def measure(bench: Bench) -> Iterator[Figure]:
    if bench.model != "demo":
        return  # the synthetic voices are those of the demo model
    rng = random.Random(9)
    named = [(_spoken(rng, rng.choice(FRAMES).format(name)), name) for name in NAMES for _ in range(3)]
    without = bench.utterances[:100]
    plain = bench.engine
    prompted = WhisperEngine(plain.model, replace(plain.settings, hot_words=prompt_of(NAMES)))
    few = WhisperEngine(plain.model, replace(plain.settings, hot_words=prompt_of(NAMES, longest=24)))
    glossary = Glossary(NAMES)
    ways = {
        "nothing": (plain, Glossary(())), "glossary": (plain, glossary), "prompt": (prompted, Glossary(())),
        "prompt of the first six": (few, Glossary(())), "prompt and glossary": (prompted, glossary),
    }  # fmt: skip
    for way, (engine, corrected) in ways.items():
        yield from _figures(way, engine, corrected, named, without)


def _figures(
    way: str,
    engine: WhisperEngine,
    glossary: Glossary,
    named: Sequence[tuple[Utterance, str]],
    without: list[Utterance],
) -> Iterator[Figure]:
    right = sum(name in _text(engine.recognise([u.pcm])[0], glossary) for u, name in named)
    others = [_text(engine.recognise([u.pcm])[0], glossary) for u in without]
    invented = sum(
        name in text and name not in u.text for u, text in zip(without, others, strict=True) for name in NAMES
    )
    wrong = sum(edits(han(u.text), han(text)) for u, text in zip(without, others, strict=True))
    on = f"{len(named)} sentences with a name, {len(without)} without"
    yield Figure("prompts", f"names written right, {way}", on, round(100 * right / len(named), 1))
    yield Figure("prompts", f"names invented, {way}", on, invented, "names")
    yield Figure("prompts", f"CER of the others, {way}", on,
                 round(100 * wrong / sum(len(han(u.text)) for u in without), 2))  # fmt: skip


def _text(found: Recognised, glossary: Glossary) -> str:
    return han("".join(word.text for word in glossary.correct(found.words)))


def _spoken(rng: random.Random, text: str) -> Utterance:
    from models.demo.synth import TRAIN_VARIANTS, speak

    speech = speak(text, variant=rng.choice(TRAIN_VARIANTS), speed=rng.randrange(140, 200), pitch=50, pitch_range=60)
    return Utterance(sound.pcm(sound.at_dbfs(speech.pcm.astype(float), -24)), text)
