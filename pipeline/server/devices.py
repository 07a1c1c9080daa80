"""HTTP routes of a desk's devices: tried with a live level, and chosen. Both are writing: a trial opens microphones."""

from __future__ import annotations

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import Response

from pipeline.documents import shown
from pipeline.errors import AudioError, CallBusy
from pipeline.people.permissions import Action
from pipeline.server.answers import WRITING
from pipeline.server.bodies import Given
from pipeline.server.calls import NO_HEADSET, Busy, busy
from pipeline.server.needs import needs_desk
from pipeline.session.desk import DeviceChoice, DeviceControl, DeviceTrial

_NAMES = {"type": "object", "properties": {"mic": {"type": "string"}, "far": {"type": "string"}}}
_TAKES_NAMES = {"requestBody": {"content": {"application/json": {"schema": _NAMES}}}}
_REFUSALS = {**WRITING, 409: {"model": Busy}}
LONGEST_NAME = 500


def device_routes(devices: DeviceControl | None) -> APIRouter:
    routes = APIRouter()
    may_change = [Depends(needs_desk(Action.HEADSET_CHANGE))]

    @routes.post("/headset/trial", dependencies=may_change, responses=_REFUSALS, response_model=DeviceTrial)
    def trial() -> DeviceTrial | Response:
        """How every device sounds now. Ask twice a second: three seconds after the last time they are closed."""
        try:
            return _there(devices).trial()
        except CallBusy as error:
            return busy(error)
        except AudioError as error:
            raise HTTPException(503, str(error)) from None

    @routes.put("/headset/devices", dependencies=may_change, responses=_REFUSALS, openapi_extra=_TAKES_NAMES,
                response_model=DeviceChoice)  # fmt: skip
    def choose(given: Given) -> DeviceChoice | Response:
        """Listens on these devices from now on, and keeps the choice in the settings file."""
        control = _there(devices)
        mic, far = _name(given, "mic"), _name(given, "far")
        try:
            return control.choose(mic, far)
        except CallBusy as error:
            return busy(error)
        except AudioError as error:
            raise HTTPException(422, str(error)) from None

    return routes


def _there(devices: DeviceControl | None) -> DeviceControl:
    if devices is None:
        raise HTTPException(404, NO_HEADSET)
    return devices


def _name(given: dict[str, object], field: str) -> str:
    name = given.get(field)
    if not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST_NAME or not name.isprintable():
        raise HTTPException(422, f"{field} is {shown(name)}; it must be the name of a device, as the trial tells it")
    return name.strip()
