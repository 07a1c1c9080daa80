"""Makes a recogniser from its name: a scheduler for a model on this machine, or none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pipeline.asr.engine.scheduler import Scheduler, SchedulerSettings
from pipeline.asr.engine.weights import locate, model_of, settings_for, takes_prompt
from pipeline.ports import Pending, Recognised, Transcriber, Utterance

DEMO_NOTICE = "演示识别模型，只认识演示声音 · 真实通话请装正式模型"
NONE_NOTICE = "没有识别模型，只看声音"


class NoTranscriber:
    """`--model none`: every request gives an empty result at once."""

    engine = "none"
    fault = ""
    has_room = False
    trust = None

    def __init__(self, notice: str = NONE_NOTICE) -> None:
        self.notice = notice

    def ask(self, utterance: Utterance) -> Pending:
        return _Nothing()


class _Nothing:
    def ready(self) -> bool:
        return True

    def when_ready(self, tell: Callable[[], None]) -> None:
        tell()

    def result(self) -> Recognised:
        return Recognised()


def load_transcriber(
    name: str,
    settings: SchedulerSettings | None = None,
    *,
    hot_words: tuple[str, ...] = (),
) -> Transcriber:
    """A recogniser by name or folder of the model, `demo` or `none`; returns when the model is loaded.

    Looks in `CALLCOACH_MODELS`, the user's models and the hub's cache. `hot_words`: names and terms that the model is
    told to expect, if it takes a prompt. Raises ModelError that says how to get the weights.
    """
    if name == "none":
        return NoTranscriber()
    folder, model = locate(name), model_of(name)
    hot_words = hot_words if takes_prompt(name) else ()
    return Scheduler(
        folder,
        name,
        replace(settings_for(name), hot_words=hot_words),
        settings,
        notice=DEMO_NOTICE if name == "demo" else "",
        trust=None if model is None else model.trust,
    )
