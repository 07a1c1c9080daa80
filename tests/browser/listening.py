"""A centre whose agents call by their page, and a Chromium whose microphone is a file."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import soundfile
import soxr
from playwright.sync_api import BrowserContext, Page, sync_playwright

from benchmarks.chromium import CHROMIUM, FLAGS
from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.call import CallFacts
from pipeline.events.record import Event
from pipeline.ingest.browser_desks import BrowserDesks
from pipeline.people.entrance import LinkPurpose, Origin
from pipeline.people.permissions import Role
from pipeline.ports import SAMPLE_RATE_HZ, Pcm
from pipeline.server.app import Edges, Site, create_app
from pipeline.server.serve import make_server
from pipeline.session.consent import Consents
from pipeline.session.holding import CallHolder, Outlets
from pipeline.session.recordings import FolderRecordings
from pipeline.settings import CallSettings
from tests.browser.people import DIST
from tests.server.conftest import AGENT, Centre
from tests.waiting import wait_until

DEVICE_HZ = 48_000


class ListeningCentre:
    """`base`: its address; lin is its agent."""

    def __init__(self, folder: Path, rulebook: Rulebook) -> None:
        self.centre = Centre(folder)
        self.centre.registry.directory.add_team("A 组", "a")
        self.centre.page("lin", Role.AGENT, team="a")
        self.recordings = FolderRecordings(folder / "recordings")
        store, hub, running = self.centre.store, self.centre.hub, self.centre.running
        consents = Consents(store, running, hub, self.recordings)
        outlets = Outlets(store, hub, running, self.recordings, consents, say=lambda line: None)
        holder = CallHolder(NoTranscriber(), rulebook, CallSettings(), outlets)
        self.desks = BrowserDesks(CallFacts(company="锦和物业"), lambda: holder)
        bound = socket.create_server(("127.0.0.1", 0))
        self.port = bound.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"
        edges = Edges(recordings=self.recordings, browsers=self.desks)
        app = create_app(store, hub, running, self.centre.registry, Site(DIST, port=self.port), edges)
        self._server = make_server(app)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [bound]})
        self._thread.start()
        wait_until(lambda: self._server.started)

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self.desks.close(30.0)
        self.recordings.wait()

    def sign_in(self, context: BrowserContext) -> None:
        registry = self.centre.registry
        link = registry.accounts.make_link(LinkPurpose.DESK, self.centre.person("lin").id)[0]
        secret = registry.accounts.enter(link, Origin("127.0.0.1")).secret
        context.add_cookies([{"name": f"callcoach-{self.port}", "value": secret, "url": self.base}])

    def calls(self) -> list[str]:
        return self.centre.store.calls()

    def events(self, call_id: str) -> list[Event]:
        return [record.event for record in self.centre.store.read(call_id)]

    @property
    def running(self) -> str | None:
        desk = self.desks.of_agent(AGENT)
        return desk.status().call_id if desk is not None else None


def keep_as_device(pcm: Pcm, file: Path) -> None:
    """As a file that Chromium's microphone plays once from its opening on."""
    soundfile.write(file, soxr.resample(pcm, SAMPLE_RATE_HZ, DEVICE_HZ), DEVICE_HZ, subtype="PCM_16")


@contextmanager
def agents_browser(centre: ListeningCentre, file: Path, flags: Sequence[str] = ()) -> Iterator[BrowserContext]:
    """Chromium, with lin signed in; nobody has to allow the microphone."""
    fake = (
        "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={file}%noloop",
    )  # fmt: skip
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *fake, *flags])
        context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN")
        centre.sign_in(context)
        yield context
        browser.close()


def open_microphone(context: BrowserContext, centre: ListeningCentre) -> Page:
    page = context.new_page()
    page.goto(f"{centre.base}/agent")
    page.get_by_test_id("use-microphone").click()
    return page
