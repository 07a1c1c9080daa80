"""The devices of a desk, tried and chosen on its page: what `callcoach devices` does on the terminal."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.audio.capture.device_input import Reading
from pipeline.audio.capture.devices import Device, find_far_end, find_microphone, list_devices, why_no_far_end
from pipeline.audio.capture.headset import CaptureSettings, Headset
from pipeline.audio.capture.trial import Trial
from pipeline.config import keep_settings
from pipeline.errors import SettingsError
from pipeline.session.desk import DeviceChoice, DeviceStatus, DeviceTrial
from pipeline.session.headset_desk import HeadsetDesk

_LISTED_S = 2.0  # how long a list of devices is good for


class HeadsetDevices:
    """A `DeviceControl`. `file`: where the choice is kept, under [capture]. From any thread."""

    def __init__(
        self,
        desk: HeadsetDesk,
        settings: CaptureSettings,
        file: Path,
        trial: Trial | None = None,
        listed: Callable[[], list[Device]] = list_devices,
    ) -> None:
        self._desk = desk
        self._settings = settings
        self._chosen = settings.mic, settings.far
        self._file = file
        self._trial = trial or Trial()
        self._list = listed
        self._lock = threading.Lock()
        self._found: list[Device] = []
        self._found_s = float("-inf")

    def trial(self) -> DeviceTrial:
        self._desk.refuse_during_call()
        found = self._devices()
        in_use = self._desk.headset.open_devices()  # some systems open a device only once
        tried = self._trial.readings([device for device in found if device.name not in in_use])
        mic, far = self._chosen
        devices = tuple(_status(device, in_use.get(device.name) or tried[device]) for device in found)
        return DeviceTrial(devices, mic, far)

    def choose(self, mic: str, far: str) -> DeviceChoice:
        found = self._list()
        microphone = find_microphone(mic, found)
        far_end = find_far_end(far, found, microphone)
        self._trial.close()
        missing = "" if far_end is not None else why_no_far_end(found)
        self._desk.take_headset(Headset(microphone, far_end, self._settings), missing)
        self._chosen = mic, far
        try:
            keep_settings(self._file, "capture", {"mic": mic, "far": far})
        except SettingsError as error:
            return DeviceChoice(mic, far, "", str(error))
        return DeviceChoice(mic, far, str(self._file), "")

    def close(self) -> None:
        self._trial.close()

    def _devices(self) -> Sequence[Device]:
        with self._lock:
            if time.monotonic() - self._found_s > _LISTED_S:
                self._found, self._found_s = self._list(), time.monotonic()
            return self._found


def _status(device: Device, reading: Reading) -> DeviceStatus:
    return DeviceStatus(
        device.name, device.label, device.kind, device.is_input_default or device.is_output_default,
        reading.state, reading.reason, reading.level_dbfs,
    )  # fmt: skip
