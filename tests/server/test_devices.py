"""Devices of a desk, tried and chosen over HTTP."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from pipeline.errors import AudioError, CallBusy
from pipeline.server.app import Edges
from pipeline.session.desk import DeviceChoice, DeviceStatus, DeviceTrial
from tests.server.conftest import ADDRESS, Centre, page_of

MIC = DeviceStatus("usb-mic", "USB 耳机", "microphone", True, "ok", "", -31.5)


class FakeDevices:
    def __init__(self) -> None:
        self.mic, self.far = "default", "auto"
        self.fault: Exception | None = None

    def trial(self) -> DeviceTrial:
        if self.fault is not None:
            raise self.fault
        return DeviceTrial((MIC,), self.mic, self.far)

    def choose(self, mic: str, far: str) -> DeviceChoice:
        if self.fault is not None:
            raise self.fault
        self.mic, self.far = mic, far
        return DeviceChoice(mic, far, "callcoach.toml", "")


@pytest.fixture
def devices() -> FakeDevices:
    return FakeDevices()


@pytest.fixture
def page(centre: Centre, devices: FakeDevices) -> TestClient:
    return TestClient(centre.make_app(Edges(devices=devices)), base_url=ADDRESS, headers=page_of(centre))


def test_devices_are_tried_and_chosen(page: TestClient, devices: FakeDevices) -> None:
    tried = page.post("/api/headset/trial").json()
    assert tried["devices"][0] == {
        "name": "usb-mic", "label": "USB 耳机", "kind": "microphone", "is_default": True, "state": "ok", "reason": "",
        "level_dbfs": -31.5,
    }  # fmt: skip
    chosen = page.put("/api/headset/devices", json={"mic": "usb-mic", "far": "none"})
    assert (chosen.status_code, chosen.json()["kept_in"]) == (200, "callcoach.toml")
    assert (devices.mic, devices.far) == ("usb-mic", "none")


@pytest.mark.parametrize("mic", [None, 7, "", " ", "a\nb", "a" * 501])
def test_a_name_that_is_none_is_one_line(page: TestClient, mic: object) -> None:
    refused = page.put("/api/headset/devices", json={"mic": mic, "far": "auto"})
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith("mic is ")


def test_a_call_that_runs_and_a_device_that_is_gone_are_said(page: TestClient, devices: FakeDevices) -> None:
    devices.fault = CallBusy("call-1")
    for refused in (page.post("/api/headset/trial"), page.put("/api/headset/devices", json={"mic": "a", "far": "b"})):
        assert (refused.status_code, refused.json()["call_id"]) == (409, "call-1")
    devices.fault = AudioError("--mic 'a': there is no such device")
    assert page.put("/api/headset/devices", json={"mic": "a", "far": "b"}).status_code == 422
    assert page.post("/api/headset/trial").status_code == 503


def test_only_who_may_write_opens_a_microphone(page: TestClient, client: TestClient) -> None:
    page.headers.pop("cookie")
    assert page.post("/api/headset/trial").status_code == 401
    assert page.put("/api/headset/devices", json={"mic": "a", "far": "b"}).status_code == 401
    assert client.post("/api/headset/trial").status_code == 404  # a server without a headset
