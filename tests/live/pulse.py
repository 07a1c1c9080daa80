"""A PulseAudio server of our own: what is played is heard left as the agent, right as the customer."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pulsectl

from tests.waiting import LIMIT_S, wait_until

SINK = "call"
MIC, FAR = "headset_mic", "softphone"
_SIDES = {MIC: "front-left", FAR: "front-right"}


class Pulse:
    """Started in a private folder, so that the machine's own sound (where there is any) is left alone."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        self._folder = folder
        self.environ = {
            **os.environ, "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder), "PULSE_SERVER": f"unix:{folder}/native",
        }  # fmt: skip
        self.start()

    def start(self) -> None:
        modules = [
            f"module-native-protocol-unix auth-anonymous=1 socket={self._folder}/native",
            f"module-null-sink sink_name={SINK} rate=48000 channels=2",
            *(_side(name) for name in _SIDES),
        ]
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
        self.process = subprocess.Popen(
            [*command, *(part for module in modules for part in ("-L", module))],
            env=self.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_until(self._answers)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(LIMIT_S)

    def play(self, file: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(["paplay", "--latency-msec=20", f"--device={SINK}", str(file)], env=self.environ)

    def record(self, file: Path) -> subprocess.Popen[bytes]:
        """What arrives at the sink, interleaved int16 at 16 kHz: a busy machine stretches what is played."""
        wanted = [f"--device={SINK}.monitor", "--rate=16000", "--channels=2", "--format=s16le"]
        process = subprocess.Popen(["parec", "--latency-msec=20", *wanted, str(file)], env=self.environ)
        wait_until(lambda: file.exists() and file.stat().st_size > 0)
        return process

    def unplug(self, name: str) -> None:
        with self.control() as pulse:
            pulse.module_unload(pulse.get_source_by_name(name).owner_module)

    def plug(self, name: str) -> None:
        with self.control() as pulse:
            module, arguments = _side(name).split(" ", 1)
            pulse.module_load(module, arguments)

    def suspend(self, name: str, suspended: bool) -> None:
        with self.control() as pulse:
            pulse.source_suspend(pulse.get_source_by_name(name).index, int(suspended))

    def make_default(self, name: str) -> None:
        with self.control() as pulse:
            pulse.source_default_set(pulse.get_source_by_name(name))

    def control(self) -> pulsectl.Pulse:
        return pulsectl.Pulse("test", server=self.environ["PULSE_SERVER"])

    def _answers(self) -> bool:
        try:
            with self.control() as pulse:
                return {source.name for source in pulse.source_list()} >= set(_SIDES)
        except pulsectl.PulseError:
            return False


def _side(name: str) -> str:
    return (
        f"module-remap-source source_name={name} master={SINK}.monitor channels=1 channel_map=mono "
        f"master_channel_map={_SIDES[name]} remix=no"
    )


def is_there() -> bool:
    return all(shutil.which(tool) for tool in ("pulseaudio", "paplay")) and _has_portaudio()


def _has_portaudio() -> bool:
    try:
        import sounddevice  # noqa: F401
    except OSError:
        return False
    return True
