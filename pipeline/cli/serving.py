"""`callcoach serve`: the pages of kept calls; and the rulebook as every serving command reads it."""

from __future__ import annotations

from pipeline.audio.recording.recorder import RecordingSettings
from pipeline.audio.turn_taking import TurnTakingSettings
from pipeline.cli.choices import CoachChoice, rulebook_path, say
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.folders import dashboard, data_folder
from pipeline.server.process import ServerProcess
from pipeline.server.serve import ServerSettings
from pipeline.session.recordings import FolderRecordings


def serve(
    settings: ServerSettings, coach: CoachChoice, turn_taking: TurnTakingSettings, recording: RecordingSettings
) -> None:
    folder = data_folder()
    process = ServerProcess.open(settings, folder / "calls.db", say, turn_taking=turn_taking)
    recordings = FolderRecordings(folder / "recordings", recording, say)
    consents = process.consents(recordings)
    recordings.recover(consents.holds)  # of calls that were cut off: nobody else may come to finish them
    app = process.app(dashboard(), recordings=recordings)
    process.look_after(lambda: load(coach), consents)
    try:
        process.run(app, lambda: print(f"callcoach: {process.link()}   (Ctrl-C ends)", flush=True))
    finally:
        process.aftercare.close()


def load(coach: CoachChoice) -> Rulebook:
    return load_rulebook(rulebook_path(coach.rulebook))
