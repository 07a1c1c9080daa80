"""The calls of `callcoach serve` whose microphone is an agent's page: what they are held with, loaded when needed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from pipeline.asr.engine.late import LateTranscriber
from pipeline.audio.voice.silero import shared_silero
from pipeline.cli.choices import Choices, find_transcriber_or_none, rulebook_path, say
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.ingest.browser_desks import BrowserDesks
from pipeline.people.team_settings import newest
from pipeline.server.metrics import RecogniserMetrics
from pipeline.server.process import ServerProcess
from pipeline.session.consent import Consents
from pipeline.session.holding import CallHolder, Outlets
from pipeline.session.recordings import FolderRecordings
from pipeline.store.team_settings import SqlTeamSettings


def late_recogniser(choices: Choices) -> LateTranscriber:
    return LateTranscriber(lambda: find_transcriber_or_none(choices.asr, choices.recogniser))


def browser_desks(
    process: ServerProcess,
    choices: Choices,
    recogniser: LateTranscriber,
    recordings: FolderRecordings,
    consents: Consents,
) -> BrowserDesks:
    """Every agent's call is of the team that the agent is in, whatever [facts] say of one desk."""
    outlets = Outlets(
        process.store, process.hub, process.sessions, recordings, consents, say, baseline=process.store.baseline,
        team_settings=partial(newest, SqlTeamSettings(process.store.database)),
    )  # fmt: skip

    def make_holder() -> CallHolder:
        shared_silero()
        rulebook = load_rulebook(rulebook_path(choices.coach.rulebook))
        transcriber = recogniser.load()
        process.metrics.register(RecogniserMetrics(transcriber))
        return CallHolder(transcriber, rulebook, choices.call, outlets)

    return BrowserDesks(replace(choices.facts.as_facts(), team=None), make_holder, outlets.consent)
