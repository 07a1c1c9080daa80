"""A PulseAudio server of our own with two null sinks: what is played into one is heard on its monitor."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from pathlib import Path

import pulsectl

MIC, FAR = "headset_mic", "softphone"


class Pulse:
    """Started in a private folder, so that the machine's own sound (where there is any) is left alone."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        self.environ = {**os.environ, "XDG_RUNTIME_DIR": str(folder), "PULSE_SERVER": f"unix:{folder}/native"}
        self._folder = folder
        self.start()

    def start(self) -> None:
        modules = [f"module-native-protocol-unix auth-anonymous=1 socket={self._folder}/native"]
        modules += [f"module-null-sink sink_name={name} rate=48000" for name in (MIC, FAR)]
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
        self.process = subprocess.Popen(
            [*command, *(part for module in modules for part in ("-L", module))],
            env={**self.environ, "HOME": str(self._folder)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until = threading.Event()
        for _ in range(100):
            if self._answers():
                return
            until.wait(0.05)
        raise AssertionError("pulseaudio did not start within 5 s")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(5)

    def control(self) -> pulsectl.Pulse:
        return pulsectl.Pulse("test", server=self.environ["PULSE_SERVER"])

    def play(self, file: Path, sink: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(["paplay", "--latency-msec=20", f"--device={sink}", str(file)], env=self.environ)

    def _answers(self) -> bool:
        try:
            with self.control() as pulse:
                return {sink.name for sink in pulse.sink_list()} >= {MIC, FAR}
        except pulsectl.PulseError:
            return False


def is_there() -> bool:
    return all(shutil.which(tool) for tool in ("pulseaudio", "paplay")) and _portaudio()


def _portaudio() -> bool:
    try:
        import sounddevice  # noqa: F401
    except OSError:
        return False
    return True
