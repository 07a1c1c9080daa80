"""`callcoach serve` as the centre of desks: which recogniser, rulebook and people they get."""

from __future__ import annotations

import threading

from pipeline.asr.engine.late import LateTranscriber
from pipeline.cli.choices import Choices, rulebook_path
from pipeline.ingest.assembly import CentreOptions, RunningCentre
from pipeline.ingest.shifts import Shifts
from pipeline.ingest.sign_ins import SignIns
from pipeline.server.process import ServerProcess
from pipeline.session.consent import Consents
from pipeline.session.recordings import FolderRecordings
from pipeline.store.bringing import Bringing


def running_centre(
    process: ServerProcess,
    choices: Choices,
    recogniser: LateTranscriber,
    recordings: FolderRecordings,
    consents: Consents,
) -> RunningCentre:
    """Where there are desks their recogniser is loaded at once: the first call of a day is not to wait for it."""
    registry, path = process.registry, rulebook_path(choices.coach.rulebook)
    shifts = Shifts(registry.accounts, registry.directory, registry.desks, registry.audit, turns=registry.turns)
    if registry.desks.desks():
        threading.Thread(target=recogniser.load, name="loads the recogniser", daemon=True).start()
    return RunningCentre(
        CentreOptions(
            registry.desks,
            Bringing(process.store.database, choices.baselines),
            process.hub,
            process.sessions,
            consents,
            recordings.folder,
            recogniser.load,
            path.read_bytes,
            registry.accounts.company,
            SignIns(shifts),
            registry.team_settings,
        )
    )
