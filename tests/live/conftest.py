"""A sound server per test module, and a headset on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.pulse import Pulse, is_there


@pytest.fixture(scope="module")
def pulse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pulse]:
    if not is_there():
        pytest.skip("no PulseAudio or PortAudio on this machine (make setup says how to get them)")
    server = Pulse(Path(tmp_path_factory.mktemp("pulse")))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in server.environ.items():
            patch.setenv(name, value)
        patch.delenv("PULSE_SOURCE", raising=False)
        yield server
    server.stop()
