"""Shared fixtures: the rulebook, the demo model, and the events of a whole call."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile
from filelock import FileLock
from hypothesis import settings

from models import voices
from pipeline.asr.engine.catalogue import known
from pipeline.asr.engine.inspection import fault_of
from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.audio.sources.file import FileSource
from pipeline.call import listen
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.call import CallFacts
from pipeline.events.record import Event
from pipeline.folders import bundled, models_folder
from pipeline.ports import SAMPLE_RATE_HZ, Pcm, Source, Transcriber
from pipeline.settings import CallSettings
from tests.sound import FACTS
from tests.waiting import LIMIT_S

pytest_plugins = ["tests.stores", "tests.kept"]

# The same inputs in every run: whoever changed nothing sees no new failure. `make proof` draws others.
# No input has to be quick: that would fail where others work on the machine.
settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.register_profile(
    "random", print_blob=True, deadline=None, max_examples=int(os.environ.get("CALLCOACH_PROOF_INPUTS", "100"))
)
settings.load_profile("same")

# A page is waited for as long as a busy machine may need: how soon it shows something is for `benchmarks` to say.
with suppress(ImportError):  # the tests themselves skip where there is no Playwright
    from playwright.sync_api import expect

    expect.set_options(timeout=LIMIT_S * 1_000)


@pytest.fixture(scope="session", autouse=True)
def _nothing_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test, and nothing it starts, reads or writes the calls and settings of whoever runs the tests."""
    own = tmp_path_factory.mktemp("own")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CALLCOACH_DATA", str(own / "data"))
        patch.setenv("XDG_CONFIG_HOME", str(own / "config"))
        patch.setenv("XDG_CACHE_HOME", str(own / "cache"))  # no models
        patch.delenv("CALLCOACH_MODELS", raising=False)
        yield


@pytest.fixture(scope="session")
def rulebook() -> Rulebook:
    return load_rulebook(bundled("rules", "handbook.yaml"))


LONGEST_FIRST = (  # files that take minutes, most of them in real time: begun last, they would be waited for alone
    "browser/test_agent_page.py", "privacy/test_nothing_leaves.py", "cli/test_output.py", "live/test_live.py",
    "asr/test_weights.py", "call/test_proof.py", "live/test_killed.py", "live/test_headset.py", "asr/test_scheduler.py",
    "store/test_migrations.py", "browser/test_swallowed.py", "browser/test_live_page.py", "cli/test_models.py",
    "cli/test_cli.py", "call/test_overload.py", "call/test_replay.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        file = item.path.relative_to(Path(__file__).parent).as_posix()
        return LONGEST_FIRST.index(file) if file in LONGEST_FIRST else len(LONGEST_FIRST)

    items.sort(key=place)


Hear = Callable[..., list[Event]]
Slices = list[list[Event]]


@pytest.fixture
def hear(tmp_path: Path, rulebook: Rulebook) -> Hear:
    """A function that gives all events of a stereo call: samples of shape (n, 2), a file or a source."""

    def run(
        call: Pcm | Path | Source,
        transcriber: Transcriber | None = None,
        *,
        facts: CallFacts = FACTS,
        block_frames: int = 8_192,
        **options: str,
    ) -> list[Event]:
        if isinstance(call, np.ndarray):
            path = tmp_path / f"call{len(list(tmp_path.iterdir()))}.wav"
            soundfile.write(path, call, SAMPLE_RATE_HZ, subtype="PCM_16")
            call = path
        source = call if not isinstance(call, Path) else FileSource(
            call, facts=facts, block_frames=block_frames, **options  # type: ignore[arg-type]
        )  # fmt: skip
        events = listen(
            source, transcriber or NoTranscriber(), rulebook, CallSettings(), call_id="test", started_at="2026-11-22"
        )
        return [event for slice_events in events for event in slice_events]

    return run


@pytest.fixture(scope="session")
def demo_model() -> Transcriber:
    from pipeline.asr.engine.transcribers import load_transcriber

    loaded: Transcriber = load_transcriber("demo")
    return loaded


BASE, VOICES = models_folder() / "base", voices.folder()  # of the user, before the fixture above hides them


@pytest.fixture(scope="session")
def base() -> Path:
    """The folder of Whisper base."""
    if fault := fault_of(BASE, known("base")):
        pytest.skip(f"Whisper base cannot be used: {fault}; `python -m scripts.weights` fetches it")
    return BASE


@pytest.fixture(scope="session")
def speaker() -> voices.Speaker:
    """Natural voices."""
    if not voices.are_in(VOICES):
        pytest.skip("the natural voices are not here: `python -m scripts.weights` fetches them")
    return voices.Speaker(VOICES)


@pytest.fixture(scope="session")
def demo_call(
    rulebook: Rulebook, demo_model: Transcriber, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Slices:
    """The events of the demo call, slice by slice: computed once in a run, by whichever worker is first."""
    folder = tmp_path_factory.getbasetemp()
    kept = (folder if worker_id == "master" else folder.parent) / "demo-call.pickle"
    with FileLock(f"{kept}.lock"):
        if not kept.exists():
            source = FileSource(bundled("demo", "call.opus"), facts=FACTS)
            call = listen(source, demo_model, rulebook, CallSettings(), call_id="test", started_at="2026-11-22")
            kept.write_bytes(pickle.dumps(list(call)))
    slices: Slices = pickle.loads(kept.read_bytes())
    return slices
