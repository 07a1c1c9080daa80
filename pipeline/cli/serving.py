"""`callcoach serve`: the pages of kept calls; and the rulebook as every serving command reads it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from pipeline.cli.browsers import browser_desks, late_recogniser
from pipeline.cli.centre import running_centre
from pipeline.cli.choices import Choices, CoachChoice, command_here, rulebook_path, say
from pipeline.cli.import_worker import work
from pipeline.cli.scoring import ScoreOptions
from pipeline.cli.shelf import ShelfOptions
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.folders import dashboard, data_folder
from pipeline.server.app import Edges
from pipeline.server.import_queue import ImportQueue
from pipeline.server.process import ServerProcess, Shared
from pipeline.session.recordings import FolderRecordings
from pipeline.store.opening import CALLS

ENDING_S = 5.0  # how long Ctrl-C waits for running calls to be scored and their recordings to be finished


def serve(choices: Choices, config: Path | None = None) -> None:
    """`config`: the settings file that was named."""
    folder = data_folder()
    process = ServerProcess.open(
        choices.server, folder / CALLS, say,
        choices.baselines, choices.call.turn_taking, Shared(choices.people, choices.audit, choices.store),
    )  # fmt: skip
    recordings = FolderRecordings(folder / "recordings", choices.recording, say, process.note_deleted)
    consents = process.consents(recordings)
    recordings.recover(consents.holds)  # of calls that were cut off: nobody else may come to finish them
    recogniser = late_recogniser(choices)
    browsers = browser_desks(process, choices, recogniser, recordings, consents)
    centre = running_centre(process, choices, recogniser, recordings, consents)
    edges = Edges(
        recordings=recordings, recogniser=recogniser, imports=imports(choices), browsers=browsers, centre=centre
    )
    app = process.app(dashboard(), edges)
    process.look_after(lambda: load(choices.coach), consents)

    def ready() -> None:
        print(f"callcoach: {process.address}   (Ctrl-C ends)", flush=True)
        if choices.server.proxies and not choices.server.public_url:
            say("people open it through the proxy: name that address as public_url in [server], links then have it")
        if (link := process.first_link()) is not None:
            again = command_here("users link", config)
            print(f"  there is no administrator yet; the first one signs in with {link}", flush=True)
            print(f"  (once, within 30 minutes; another link: {again})", flush=True)

    try:
        process.run(app, ready)
    finally:
        browsers.close(ENDING_S)
        process.aftercare.close()


def imports(choices: Choices) -> ImportQueue:
    """Recordings dropped on the page of this server."""
    folder = data_folder()
    options = ScoreOptions(
        rulebook_path(choices.coach.rulebook), choices.asr, choices.recogniser, choices.call,
        shelf=ShelfOptions(choices.store, choices.recording, folder),
    )  # fmt: skip
    return ImportQueue(folder / "imports", partial(work, options, choices.imports), choices.imports)


def load(coach: CoachChoice) -> Rulebook:
    return load_rulebook(rulebook_path(coach.rulebook))
