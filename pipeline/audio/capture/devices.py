"""Lists capture devices, tells microphones from loopbacks, and finds a device by name.

PortAudio (sounddevice) does the capturing. It cannot see PulseAudio's sources by name, nor any loopback: the former
are listed by libpulse (pulsectl) and selected for PortAudio's `pulse` device; WASAPI loopback on Windows needs the
`soundcard` package (`pip install callcoach[loopback]`); macOS has no loopback without a virtual device.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from pipeline.errors import AudioError

DEFAULT = "default"  # follow the system's default microphone
AUTO = "auto"  # the loopback of the default output, where the system has one
NONE = "none"
MIC_MISSING = "no microphone is plugged in: the system's default input is what an output plays"

Backend = Literal["pulse", "portaudio", "soundcard"]


@dataclass(frozen=True, slots=True)
class Device:
    """A device to capture. `name` is what `--mic` and `--far` take; `follows`: it follows the system's default."""

    backend: Backend
    name: str
    label: str  # as the system describes it
    kind: Literal["microphone", "loopback"]
    rate_hz: int
    is_input_default: bool = False  # the system's default input
    is_output_default: bool = False  # the loopback of the system's default output
    follows: bool = False


def list_devices() -> list[Device]:
    """All devices, microphones first. Raises AudioError when this machine cannot capture at all."""
    found = [*_pulse_devices(), *_portaudio_devices(), *_soundcard_loopbacks()]
    if any(device.backend == "pulse" for device in found):
        # PulseAudio keeps the ALSA devices busy, and its `pulse` and `default` are among the sources listed by name.
        found = [device for device in found if device.backend == "pulse"]
    return sorted(found, key=lambda d: (d.kind != "microphone", not (d.is_input_default or d.is_output_default)))


def find_microphone(wanted: str, devices: Sequence[Device]) -> Device:
    """The device for the agent's channel. Raises AudioError naming the devices there are."""
    if wanted not in (DEFAULT, "pulse"):
        return _named(wanted, devices, "--mic")
    for device in devices:
        if device.is_input_default:
            return replace(device, kind="microphone", follows=True)
    if any(device.backend == "pulse" for device in devices):  # nothing is plugged in yet: wait for a default
        return Device("pulse", "", "default microphone", "microphone", 48_000, follows=True)
    raise AudioError("no microphone on this machine: plug the headset in (`callcoach devices` lists what there is)")


def find_far_end(wanted: str, devices: Sequence[Device], microphone: Device) -> Device | None:
    """The device for the customer's channel, None where there is none. Raises AudioError for an unknown name."""
    if wanted == NONE:
        return None
    if wanted == AUTO:
        for device in devices:
            if device.is_output_default and device.name != microphone.name:
                return replace(device, follows=True)
        return None
    far = _named(wanted, devices, "--far")
    if (far.backend, far.name) == (microphone.backend, microphone.name):
        raise AudioError(f"--mic and --far are both {far.name!r}: the two sides need two devices")
    return far


def why_no_far_end(devices: Sequence[Device]) -> str:
    """One sentence for the person who sets up the machine."""
    if any(device.kind == "loopback" for device in devices):
        return "no far end was chosen: `callcoach devices` lists the loopbacks, --far takes one"
    if sys.platform == "win32":
        return "Windows: pip install callcoach[loopback], or a virtual cable given with --far"
    if sys.platform == "darwin":
        return "macOS: a loopback device such as BlackHole, given with --far"
    return "no PulseAudio or PipeWire to listen to the far end with"


def _named(wanted: str, devices: Sequence[Device], flag: str) -> Device:
    exact = [device for device in devices if wanted in (device.name, device.name.removesuffix(".monitor"))]
    lower = wanted.casefold()
    near = [d for d in devices if lower in d.name.casefold() or lower in d.label.casefold()]
    found = exact[:1] or near
    if len(found) == 1:
        return found[0]
    names = ", ".join(device.name for device in (found or devices)) or "none"
    if found:
        raise AudioError(f"{flag} {wanted!r} fits several devices: {names}; give one of these names")
    raise AudioError(f"{flag} {wanted!r}: there is no such device; there are: {names} (`callcoach devices`)")


# --- the three backends -----------------------------------------------------------------------------------


def _pulse_devices() -> list[Device]:
    try:
        with open_pulse("callcoach devices") as pulse:
            default = default_source(pulse)
            speaker = pulse.server_info().default_sink_name
            return [
                Device(
                    "pulse",
                    source.name,
                    source.description,
                    "loopback" if is_monitor(source) else "microphone",
                    source.sample_spec.rate,
                    is_input_default=source.name == default,
                    is_output_default=source.name == f"{speaker}.monitor",
                )
                for source in pulse.source_list()
            ]
    except AudioError:
        return []


def open_pulse(name: str) -> Any:
    """A connection to PulseAudio or PipeWire. Raises AudioError where there is none."""
    if not sys.platform.startswith("linux"):
        raise AudioError("PulseAudio is for Linux")
    try:
        import pulsectl
    except (ImportError, OSError) as error:
        raise AudioError(f"libpulse is not there: {error}") from error
    try:
        return pulsectl.Pulse(name, threading_lock=False)
    except pulsectl.PulseError as error:
        raise AudioError(f"no PulseAudio server: {error}") from error


def pulse_error() -> type[Exception]:
    import pulsectl

    error: type[Exception] = pulsectl.PulseError
    return error


def stop_listening() -> None:
    """For use in a callback: ends `event_listen` of its connection."""
    import pulsectl

    raise pulsectl.PulseLoopStop


def default_source(pulse: Any, environ: Mapping[str, str] = os.environ) -> str:
    """Name of the default source; PULSE_SOURCE overrides the server's, as in libpulse."""
    return str(environ.get("PULSE_SOURCE") or pulse.server_info().default_source_name)


def default_monitor(pulse: Any) -> str:
    return f"{pulse.server_info().default_sink_name}.monitor"


def is_monitor(source: Any) -> bool:
    return source.monitor_of_sink_name is not None


def portaudio() -> Any:
    """The sounddevice module. Raises AudioError where the PortAudio library is missing."""
    try:
        import sounddevice
    except OSError as error:
        raise AudioError(
            "PortAudio is missing, so no device can be captured: apt-get install libportaudio2 libasound2-plugins"
        ) from error
    return sounddevice


def _portaudio_devices() -> list[Device]:
    sound = portaudio()
    default = sound.default.device[0]
    apis = sound.query_hostapis()
    found = []
    for number, device in enumerate(sound.query_devices()):
        if device["max_input_channels"] < 1:
            continue
        name = f"{device['name']} ({apis[device['hostapi']]['name']})"
        kind: Literal["microphone", "loopback"] = "loopback" if _is_virtual(device["name"]) else "microphone"
        found.append(Device("portaudio", name, name, kind, int(device["default_samplerate"]), number == default))
    return found


def _is_virtual(name: str) -> bool:
    """Virtual cables and the stereo mix of old sound cards carry what the computer plays."""
    known = ("cable output", "blackhole", "loopback", "soundflower", "stereo mix", "立体声混音", "monitor of")
    return any(part in name.casefold() for part in known)


def _soundcard_loopbacks() -> list[Device]:
    if sys.platform != "win32":
        return []
    try:
        import soundcard
    except ImportError:
        return []
    speaker = soundcard.default_speaker()
    return [
        Device("soundcard", str(card.id), card.name, "loopback", 48_000, is_output_default=card.id == speaker.id)
        for card in soundcard.all_microphones(include_loopback=True)
        if card.isloopback
    ]
