"""Whether this desk works: the devices of its headset, and the connection to its centre, one line each."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.desk.credentials import DeskCredentials, DeskSettings, credentials
from pipeline.desk.enrolment import CentreRefused, TokenRefused, look
from pipeline.desk_protocol.kinds import newest_for
from pipeline.errors import AudioError, CallcoachError
from pipeline.events.channels import Channel

if TYPE_CHECKING:
    from pipeline.audio.capture.devices import Device

TRY_S = 3.0  # a sleeping PulseAudio device takes two seconds to wake
LOOK_S = 0.1
CLOCK_MS = 2_000.0  # a clock that is further off is said to be


@dataclass(frozen=True, slots=True)
class Looked:
    """One line. `is_well`: False where something must be done."""

    about: str
    is_well: bool
    said: str

    def __str__(self) -> str:
        return f"{'ok    ' if self.is_well else 'FAILS '}  {self.about:<11}{self.said}"


def headset(mic: str, far: str, try_s: float = TRY_S) -> Iterator[Looked]:
    """The two devices that `callcoach live` would take, each tried for some seconds."""
    from pipeline.audio.capture.devices import NONE, find_far_end, find_microphone, list_devices, why_no_far_end

    try:
        found = list_devices()
        microphone = find_microphone(mic, found)
    except AudioError as error:
        yield Looked("agent", False, str(error))
        return
    yield _tried("agent", microphone, try_s)
    try:
        far_end = find_far_end(far, found, microphone)
    except AudioError as error:
        yield Looked("customer", False, str(error))
        return
    if far_end is not None:
        yield _tried("customer", far_end, try_s)
    else:
        yield Looked("customer", far == NONE, "is not heard, as it is set" if far == NONE else why_no_far_end(found))


def centre(settings: DeskSettings, folder: Path) -> Iterator[Looked]:
    try:
        known = credentials(settings, folder)
    except CallcoachError as error:
        yield Looked("centre", False, str(error))
        return
    try:
        told = look(known)
    except TokenRefused as error:
        yield Looked("connection", True, _how(known))
        yield Looked("token", False, str(error))
        return
    except CentreRefused as error:
        yield Looked("connection", False, str(error))
        return
    yield Looked("connection", True, f"{_how(known)}, {told.round_trip_ms:.0f} ms there and back")
    yield Looked("token", True, f"this machine is {told.name!r} of {told.centre or known.address.place}")
    spoken = newest_for(told.version)
    both = f"spoken with it: {spoken}" if spoken else "there is none that both speak: bring the older one up to date"
    yield Looked("version", spoken is not None, f"{told.program} there; {both}")
    ahead_s = told.ahead_ms / 1000
    apart = f"{abs(ahead_s):.1f} s {'ahead of' if ahead_s > 0 else 'behind'} the centre's"
    note = "; times of calls are corrected by it" if abs(told.ahead_ms) > CLOCK_MS else ""
    yield Looked("clock", True, apart + note)


def _how(known: DeskCredentials) -> str:
    if known.context is None:
        return f"{known.address.url}, on this machine, without TLS"
    by = "the certificate of the enrolment" if not known.context.check_hostname else "the system's authorities"
    return f"{known.address.url}, known by {by}"


def _tried(about: str, device: Device, try_s: float) -> Looked:
    from pipeline.audio.capture.device_input import DeviceInput

    news = threading.Condition()
    tried = DeviceInput(Channel.AGENT, device, news)
    tried.start()
    try:
        until = time.monotonic() + try_s
        while True:
            with news:
                tried.watch()
                tried.catch_up()
                reading = tried.reading()
            if reading.state == "ok" or time.monotonic() >= until:
                break
            time.sleep(LOOK_S)
    finally:
        tried.close()
    match reading.state:
        case "ok":
            level = f", {reading.level_dbfs:.0f} dBFS" if reading.level_dbfs is not None else ""
            return Looked(about, True, f"{device.label}{level}")
        case "idle":
            return Looked(about, True, f"{device.label}: works, nothing to hear now")
        case "opening":
            return Looked(about, False, f"{device.label}: no answer")
        case _:
            return Looked(about, False, f"{device.label}: {reading.reason}")
