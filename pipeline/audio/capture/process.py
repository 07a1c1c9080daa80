"""The capture process, one for each device: writes the device's audio to stdout until the device or the reader is gone.

PortAudio lists devices once per process, ALSA plug-ins read their source from the environment, and both may hang: a
process can be ended and started again without affecting the call or the other device.

    python -m pipeline.audio.capture.process '{"backend": "pulse", "name": ..., ...}'

Messages: a header `kind, arrival_s, bytes` (HEAD) and a body. `arrival_s` is on the host's monotonic clock, which all
processes of a machine share.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Final

from pipeline.audio.capture.devices import (
    MIC_MISSING,
    Device,
    default_monitor,
    default_source,
    is_monitor,
    open_pulse,
    portaudio,
    pulse_error,
    stop_listening,
)
from pipeline.errors import AudioError

HEAD: Final = struct.Struct("<BdI")
OPENED: Final = 0  # body: JSON {"rate_hz", "name", "label"}
AUDIO: Final = 1  # body: mono int16 at the device's rate
AFTER_LOSS: Final = 2  # the same, after an overflow lost audio before it
ALIVE: Final = 3  # heartbeat while there is nothing else to send
FAULT: Final = 4  # body: why the process ends, one line; MOVED when it should be restarted at once
WAITING: Final = 5  # body: why the device cannot be opened yet; the process keeps trying
MOVED: Final = "the default device has changed"

BLOCK_MS: Final = 40  # two slices: half the wake-ups of one slice, for 10 ms more latency on average
_ALIVE_S: Final = 0.25
_LOOK_S: Final = 5.0  # PulseAudio notifies of changes, and is polled this often as well
_AGAIN_S: Final = 1.0  # retry interval for a device that cannot be opened yet
_PROBE_S: Final = 0.3
_WAITING: Final = 500  # blocks queued when the reader does not keep up

Block = tuple[float, bytes, bool]  # arrival_s, int16 samples, whether audio before it was lost


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is handled by the parent, which then closes our pipe
    out = Pipe(sys.stdout.fileno())
    try:
        capture(Device(**json.loads(sys.argv[1])), out)
    except AudioError as error:
        out.send(FAULT, str(error).encode())
    except BrokenPipeError:
        pass
    finally:
        os._exit(0)  # without clean-up: a hanging driver must not keep the process alive


class Pipe:
    """Writes messages to a file descriptor. Raises BrokenPipeError when the reader is gone."""

    def __init__(self, number: int) -> None:
        self._number = number

    def send(self, kind: int, body: bytes = b"", arrival_s: float = 0.0) -> None:
        message = memoryview(HEAD.pack(kind, arrival_s, len(body)) + body)
        while message:
            message = message[os.write(self._number, message) :]


def capture(device: Device, out: Pipe) -> None:
    """Runs until it raises: AudioError when the device is gone or replaced, BrokenPipeError when the reader is gone."""
    blocks: queue.Queue[Block] = queue.Queue(_WAITING)
    lost = False

    def take(samples: bytes, was_lost: bool) -> None:
        """Called on the driver's thread: never blocks, drops the block when the queue is full."""
        nonlocal lost
        try:
            blocks.put_nowait((time.monotonic(), samples, was_lost or lost))
            lost = False
        except queue.Full:
            lost = True

    with _opened(device, take, lambda why: out.send(WAITING, why.encode())) as stream:
        opened = {"rate_hz": stream.rate_hz, "name": stream.name, "label": stream.label}
        out.send(OPENED, json.dumps(opened).encode())
        told = time.monotonic()
        while True:
            with contextlib.suppress(queue.Empty):
                arrival_s, samples, was_lost = blocks.get(timeout=_ALIVE_S)
                out.send(AFTER_LOSS if was_lost else AUDIO, samples, arrival_s)
                told = arrival_s
            now = time.monotonic()
            if now - told >= _ALIVE_S:
                out.send(ALIVE)
                told = now
            stream.look()


Take = Callable[[bytes, bool], None]
Tell = Callable[[str], None]


class _Stream:
    """An open device. `look` raises AudioError when it is gone or no longer the device wanted."""

    def __init__(self, name: str, label: str, rate_hz: int, look: Callable[[], None]) -> None:
        self.name, self.label, self.rate_hz, self.look = name, label, rate_hz, look


def _opened(device: Device, take: Take, tell: Tell) -> AbstractContextManager[_Stream]:
    if device.backend == "pulse":
        return _pulse(device, take, tell)
    return _portaudio(device, take) if device.backend == "portaudio" else _soundcard(device, take)


@contextlib.contextmanager
def _pulse(device: Device, take: Take, tell: Tell) -> Any:
    """PortAudio's `pulse` device on the source wanted, with BLOCK_MS of latency; the default is bursts of 2 s."""
    with _connected(tell) as pulse:
        source = _awaited(device, pulse, tell)
        name = source.name
        rate_hz = int(source.sample_spec.rate)  # read now: libpulse reuses its memory at the next request
        chosen = dict(os.environ)
        os.environ.update(PULSE_SOURCE=name, PULSE_LATENCY_MSEC=str(BLOCK_MS))
        label = source.description
        fault: list[str] = []

        def why_not() -> str:
            # PulseAudio moves the streams of a vanished source to another one: that might be the other side's audio.
            if _wanted(device, pulse, chosen) != name:
                return MOVED
            now = _source(pulse, name)
            if now is None:
                return f"{label}: unplugged"
            me = str(os.getpid())
            mine = [s for s in pulse.source_output_list() if s.proplist.get("application.process.id") == me]
            if not mine:
                return f"{label}: PulseAudio has ended the stream"
            return "" if all(s.source == now.index for s in mine) else f"{label}: PulseAudio has moved the stream"

        def watch() -> None:
            try:
                while not (why := why_not()):
                    pulse.event_listen(_LOOK_S)
            except pulse_error() as error:
                why = f"{label}: PulseAudio is gone ({error})"
            fault.append(why)

        def look() -> None:
            check()
            if fault:
                raise AudioError(fault[0])

        with _stream("pulse", rate_hz, take, label) as check:
            pulse.event_mask_set("source", "source_output", "server")
            pulse.event_callback_set(lambda _: stop_listening())
            threading.Thread(target=watch, daemon=True).start()
            yield _Stream(name, label, rate_hz, look)


def _wanted(device: Device, pulse: Any, environ: Mapping[str, str] = os.environ) -> str:
    if not device.follows:
        return device.name
    return default_monitor(pulse) if device.kind == "loopback" else default_source(pulse, environ)


def _connected(tell: Tell) -> Any:
    while True:
        try:
            return open_pulse("callcoach watch")
        except AudioError as error:
            tell(str(error))
        time.sleep(_AGAIN_S)


def _awaited(device: Device, pulse: Any, tell: Tell) -> Any:
    """Waits for the source wanted; waiting here costs less than restarting the process again and again."""
    pulse.event_mask_set("source", "server")
    pulse.event_callback_set(lambda _: stop_listening())
    try:
        while why := _why_not_yet(device, pulse):
            tell(why)
            pulse.event_listen(_AGAIN_S)
        return _source(pulse, _wanted(device, pulse))
    except pulse_error() as error:
        raise AudioError(f"{device.label}: PulseAudio is gone ({error})") from error


def _why_not_yet(device: Device, pulse: Any) -> str:
    name = _wanted(device, pulse)
    source = _source(pulse, name)
    if source is None:
        return f"{device.label}: not there"
    if device.follows and device.kind == "microphone" and is_monitor(source) and "PULSE_SOURCE" not in os.environ:
        return MIC_MISSING
    if source.state != "suspended":
        return ""
    # A source suspended for idleness resumes when it is read. One suspended by the user does not, and PortAudio would
    # busy-wait for it.
    pulse.get_peak_sample(name, _PROBE_S)
    source = _source(pulse, name)
    return f"{device.label}: suspended" if source is None or source.state == "suspended" else ""


def _source(pulse: Any, name: str) -> Any:
    return next((source for source in pulse.source_list() if source.name == name), None)


@contextlib.contextmanager
def _portaudio(device: Device, take: Take) -> Any:
    sound = portaudio()
    apis = sound.query_hostapis()
    names = [f"{d['name']} ({apis[d['hostapi']]['name']})" for d in sound.query_devices()]
    number = sound.default.device[0]
    if not device.follows:
        number = names.index(device.name) if device.name in names else -1
    if not 0 <= number < len(names):
        raise AudioError(f"{device.label}: not there")
    rate_hz = int(sound.query_devices(number)["default_samplerate"])
    with _stream(number, rate_hz, take, device.label) as check:
        yield _Stream(names[number], names[number], rate_hz, check)


@contextlib.contextmanager
def _stream(number: int | str, rate_hz: int, take: Take, label: str) -> Any:
    sound = portaudio()
    ended = False

    def heard(samples: Any, _count: int, _times: Any, status: Any) -> None:
        data = bytes(samples)
        take(data if stream.channels == 1 else _left(data), bool(status.input_overflow))

    def over() -> None:
        nonlocal ended
        ended = True

    faults = []
    for channels in (1, 2):  # some drivers refuse to open a stereo device as mono
        try:
            stream = sound.RawInputStream(
                device=number, channels=channels, samplerate=rate_hz, dtype="int16", latency=BLOCK_MS / 1000,
                blocksize=rate_hz * BLOCK_MS // 1000, callback=heard, finished_callback=over,
            )  # fmt: skip
            break
        except (sound.PortAudioError, ValueError) as error:
            faults.append(str(error))
    else:
        raise AudioError(f"{label}: cannot be opened: {faults[0]}")

    def check() -> None:
        if ended:
            raise AudioError(f"{label}: the driver has ended the stream")

    try:
        stream.start()
    except sound.PortAudioError as error:
        raise AudioError(f"{label}: cannot be started: {error}") from error
    yield check


def _left(stereo: bytes) -> bytes:
    return memoryview(stereo).cast("h")[::2].tobytes()


@contextlib.contextmanager
def _soundcard(device: Device, take: Take) -> Any:
    """WASAPI loopback. soundcard delivers zeros while nothing plays, so the device counts as idle, not lost."""
    import numpy as np
    import soundcard

    try:
        card = soundcard.get_microphone(device.name, include_loopback=True)
    except IndexError as error:
        raise AudioError(f"{device.label}: not there") from error
    count = device.rate_hz * BLOCK_MS // 1000
    fault: list[Exception] = []

    def read() -> None:
        try:
            with card.recorder(device.rate_hz, blocksize=count) as recorder:
                while True:
                    floats = recorder.record(count).mean(axis=1)
                    take(np.clip(floats * 32768, -32768, 32767).astype(np.int16).tobytes(), False)
        except Exception as error:  # the library raises many types of error; all of them end the stream
            fault.append(error)

    def look() -> None:
        if fault:
            raise AudioError(f"{device.label}: {fault[0]}")

    threading.Thread(target=read, daemon=True).start()
    yield _Stream(str(card.id), card.name, device.rate_hz, look)


if __name__ == "__main__":
    main()
