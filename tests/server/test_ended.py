"""Ctrl-C, and once more by someone in a hurry: the server ends without a word that is not ours."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from functools import partial
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.sound import ROOT
from tests.waiting import LIMIT_S

SERVES = """
    import sys
    from pathlib import Path
    from pipeline.people.permissions import MachineRole
    from pipeline.server.process import ServerProcess
    from pipeline.server.serve import ServerSettings

    process = ServerProcess.open(ServerSettings(port=0), Path(sys.argv[1]) / "calls.db", print)
    token, _ = process.registry.tokens.add("of the test", MachineRole.RECORDS)
    process.run(process.app(Path(sys.argv[1])), lambda: print(process.address, token, flush=True))
    print("ended", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("times", [1, 2, 5])
def test_ctrl_c_ends_quietly_however_often(times: int, tmp_path: Path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(SERVES), str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address, token = server.stdout.readline().split()
        headers = {"authorization": f"Bearer {token}"}
        floor = f"{address.replace('http', 'ws')}/ws/floor"
        with connect(floor, ping_interval=None, additional_headers=headers) as page:
            server.send_signal(signal.SIGINT)
            with pytest.raises(ConnectionClosed):
                list(iter(partial(page.recv, LIMIT_S), None))
            for _ in range(times - 1):
                os.kill(server.pid, signal.SIGINT)
            told, said = server.communicate(timeout=LIMIT_S)
    assert (told.strip(), said.strip()) == ("ended", "")
    assert server.returncode == 0
