"""A recogniser by its name: the scheduler over a model found on this machine, or none."""

from __future__ import annotations

from dataclasses import replace

from pipeline.asr.engine.catalogue import known
from pipeline.asr.engine.scheduler import Scheduler, SchedulerSettings
from pipeline.asr.engine.weights import locate, settings_for
from pipeline.ports import Pending, Recognised, Transcriber, Utterance

DEMO_NOTICE = "演示识别模型，只认识演示声音 · 真实通话请装正式模型"
NONE_NOTICE = "没有识别模型，只看声音"


class NoTranscriber:
    """`--model none`: no words, everything else the same."""

    engine = "none"
    fault = ""
    has_room = False

    def __init__(self, notice: str = NONE_NOTICE) -> None:
        self.notice = notice

    def ask(self, utterance: Utterance) -> Pending:
        return _Nothing()


class _Nothing:
    def ready(self) -> bool:
        return True

    def result(self) -> Recognised:
        return Recognised()


def load_transcriber(
    name: str,
    settings: SchedulerSettings | None = None,
    *,
    hot_words: tuple[str, ...] = (),
) -> Transcriber:
    """A recogniser by name, folder, `demo` or `none`.

    Looks in `CALLCOACH_MODELS`, the user's models and the hub's cache. Raises ModelError with the way to get them.
    """
    if name == "none":
        return NoTranscriber()
    model = known(name)
    if model is not None and not model.takes_prompt:
        hot_words = ()
    return Scheduler(
        locate(name),
        name,
        replace(settings_for(name), hot_words=hot_words),
        settings,
        DEMO_NOTICE if name == "demo" else "",
    )
