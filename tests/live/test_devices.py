"""Devices tried and chosen for a desk, without a device: what is open when, what is listened on, what is kept."""

from __future__ import annotations

import threading
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.audio.capture.device_input import Reading
from pipeline.audio.capture.devices import Device
from pipeline.audio.capture.headset import CaptureSettings, Headset
from pipeline.audio.capture.trial import KEEP_S, Trial
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.config import keep_settings
from pipeline.errors import AudioError, CallBusy, SettingsError
from pipeline.events.call import CallFacts
from pipeline.events.channels import Channel
from pipeline.session.auto_call import EdgeSettings
from pipeline.session.headset_desk import HeadsetDesk, LiveSettings
from pipeline.session.headset_devices import HeadsetDevices
from pipeline.settings import CallSettings
from tests.waiting import LIMIT_S

MIC = Device("pulse", "usb-mic", "USB 耳机", "microphone", 48_000, is_input_default=True)
DESK_MIC = Device("pulse", "desk-mic", "桌面麦克风", "microphone", 48_000)
SPEAKER = Device("pulse", "out.monitor", "耳机放音", "loopback", 48_000, is_output_default=True)
ALL = [MIC, DESK_MIC, SPEAKER]


class FakeInput:
    def __init__(self, device: Device, news: threading.Condition) -> None:
        self.device = device
        self.is_open = False

    def start(self) -> None:
        self.is_open = True

    def close(self) -> None:
        self.is_open = False

    def catch_up(self) -> None:
        pass

    def watch(self) -> None:
        pass

    def reading(self) -> Reading:
        return Reading("ok", self.device.label, "", 0.0, -30.0)


class Bench:
    """A trial whose inputs and clock the test sees."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.inputs: list[FakeInput] = []
        self.trial = Trial(self._open, lambda: self.now_s)

    def _open(self, device: Device, news: threading.Condition) -> FakeInput:
        self.inputs.append(FakeInput(device, news))
        return self.inputs[-1]

    @property
    def is_open(self) -> list[str]:
        return [one.device.name for one in self.inputs if one.is_open]


def test_devices_on_trial_are_open_as_long_as_somebody_asks() -> None:
    bench = Bench()
    assert [reading.level_dbfs for reading in bench.trial.readings(ALL).values()] == [-30.0] * 3
    bench.now_s = KEEP_S
    bench.trial.look()
    bench.trial.readings(ALL[:2])  # one was unplugged
    assert (len(bench.inputs), bench.is_open) == (3, ["usb-mic", "desk-mic"])
    bench.now_s += KEEP_S + 0.1
    bench.trial.look()
    assert bench.is_open == []
    bench.trial.readings(ALL[:1])
    assert bench.is_open == ["usb-mic"]
    bench.trial.close()


class FakeDesk:
    def __init__(self) -> None:
        self.headset: Any = self
        self.busy = ""
        self.taken: list[tuple[list[str], str]] = []

    def open_devices(self) -> dict[str, Reading]:
        return {"usb-mic": Reading("idle", "USB 耳机", "", 0.0, None)}

    def refuse_during_call(self) -> None:
        if self.busy:
            raise CallBusy(self.busy)

    def take_headset(self, headset: Headset, no_far_end: str) -> None:
        self.refuse_during_call()
        self.taken.append(([one.device.name for one in headset.inputs], no_far_end))


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


def devices(desk: Any, file: Path, bench: Bench) -> HeadsetDevices:
    return HeadsetDevices(desk, CaptureSettings(), file, bench.trial, lambda: ALL)


def test_all_devices_are_tried_but_for_those_that_are_open_already(desk: FakeDesk, tmp_path: Path) -> None:
    bench = Bench()
    tried = devices(desk, tmp_path / "callcoach.toml", bench).trial()
    assert [(one.name, one.state, one.level_dbfs) for one in tried.devices] == [
        ("usb-mic", "idle", None), ("desk-mic", "ok", -30.0), ("out.monitor", "ok", -30.0),
    ]  # fmt: skip
    assert (tried.mic, tried.far, [one.is_default for one in tried.devices]) == ("default", "auto", [True, False, True])
    assert bench.is_open == ["desk-mic", "out.monitor"]
    bench.trial.close()


def test_a_choice_is_listened_on_at_once_and_kept(desk: FakeDesk, tmp_path: Path) -> None:
    file, bench = tmp_path / "settings" / "callcoach.toml", Bench()
    control = devices(desk, file, bench)
    control.trial()
    chosen = control.choose("desk-mic", "none")
    assert (chosen.mic, chosen.far, chosen.kept_in, chosen.fault) == ("desk-mic", "none", str(file), "")
    assert desk.taken[0][0] == ["desk-mic"]
    assert "no far end was chosen" in desk.taken[0][1]
    assert bench.is_open == []  # the desk has them now
    assert tomllib.loads(file.read_text(encoding="utf-8")) == {"capture": {"mic": "desk-mic", "far": "none"}}


def test_nothing_is_chosen_during_a_call_or_of_what_is_not_there(desk: FakeDesk, tmp_path: Path) -> None:
    file = tmp_path / "callcoach.toml"
    control = devices(desk, file, Bench())
    with pytest.raises(AudioError, match="no such device"):
        control.choose("gone", "auto")
    desk.busy = "call-1"
    for refused in (control.trial, lambda: control.choose("default", "auto")):
        with pytest.raises(CallBusy):
            refused()
    assert (desk.taken, file.exists()) == ([], False)


def test_of_two_pages_that_choose_at_once_one_waits_for_the_other(desk: FakeDesk, tmp_path: Path) -> None:
    file, bench = tmp_path / "callcoach.toml", Bench()
    control = devices(desk, file, bench)
    second = threading.Thread(target=control.choose, args=("usb-mic", "none"))
    second_takes = threading.Event()
    take = desk.take_headset

    def take_slowly(headset: Headset, no_far_end: str) -> None:
        if headset.inputs[0].device == DESK_MIC:
            second.start()
            assert not second_takes.wait(0.1)
        else:
            second_takes.set()
        take(headset, no_far_end)

    desk.take_headset = take_slowly  # type: ignore[method-assign]
    control.choose("desk-mic", "none")
    second.join(LIMIT_S)
    assert [names for names, _ in desk.taken] == [["desk-mic"], ["usb-mic"]]
    assert tomllib.loads(file.read_text(encoding="utf-8")) == {"capture": {"mic": "usb-mic", "far": "none"}}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[capture]\nmic = "a"\nfar = "b"\n'),
        ("[server]\nport = 1\n", '[server]\nport = 1\n\n[capture]\nfar = "b"\nmic = "a"\n'),
        (
            '# mine\n[capture] # here\n  mic = "x#y"  # left\ngap = 9\nfar = \'z\'\n[asr]\nnames = [\n "mic",\n]\n',
            '# mine\n[capture] # here\nmic = "a"  # left\ngap = 9\nfar = "b"\n[asr]\nnames = [\n "mic",\n]\n',
        ),
        ("[capture]\r\nmic = 'x'\r\n", '[capture]\r\nfar = "b"\r\nmic = "a"\r\n'),
    ],
)
def test_a_settings_file_keeps_all_else_as_it_is(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "callcoach.toml"
    file.write_bytes(before.encode())
    keep_settings(file, "capture", {"mic": "a", "far": "b"})
    written = file.read_bytes().decode()
    assert tomllib.loads(written)["capture"] | {"mic": "a", "far": "b"} == tomllib.loads(written)["capture"]
    assert sorted(written.splitlines()) == sorted(after.splitlines())
    assert written.count("\r\n") == (written.count("\n") if "\r\n" in before else 0)


@pytest.mark.parametrize(
    "before", ['capture = { mic = "x" }\n', '"capture".mic = "x"\n', "not toml", 'a = """\n[capture]\n"""\n']
)
def test_a_file_that_cannot_be_changed_line_by_line_stays_as_it_is(tmp_path: Path, before: str) -> None:
    file = tmp_path / "callcoach.toml"
    file.write_text(before, encoding="utf-8")
    with pytest.raises(SettingsError, match="cannot be changed"):
        keep_settings(file, "capture", {"mic": '"', "far": "\\b"})
    assert file.read_text(encoding="utf-8") == before


def test_a_settings_file_that_holds_a_token_stays_its_owners(tmp_path: Path) -> None:
    file = tmp_path / "callcoach.toml"
    file.write_text('[server]\ntoken = "a-token-of-the-test"\n', encoding="utf-8")
    file.chmod(0o600)
    keep_settings(file, "capture", {"mic": "usb-mic"})
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["callcoach.toml"]


def test_a_settings_file_that_may_not_be_written_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "callcoach.toml"
    file.write_text("[server]\n", encoding="utf-8")
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(SettingsError, match="cannot be changed: .*Permission denied"):
        keep_settings(file, "capture", {"mic": "usb-mic"})
    assert file.read_text(encoding="utf-8") == "[server]\n"
    assert [path.name for path in tmp_path.iterdir()] == ["callcoach.toml"]


def test_any_name_is_kept_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "callcoach.toml"
    names = {"mic": 'USB "耳机" \\ 2', "far": "a'b # c"}
    for _ in range(2):
        keep_settings(file, "capture", names)
        assert tomllib.loads(file.read_text(encoding="utf-8")) == {"capture": names}


class FakeHeadset:
    channels = (Channel.AGENT,)

    def __init__(self, name: str, told: list[str]) -> None:
        self._name, self._told = name, told

    def start(self) -> None:
        self._told.append(f"{self._name} opened")

    def close(self) -> None:
        self._told.append(f"{self._name} closed")

    def wake(self) -> None:
        pass

    def readings(self) -> dict[Channel, Reading]:
        return {Channel.AGENT: Reading("ok", self._name, "", 0.0, None)}


def test_a_desk_changes_its_headset_between_calls(rulebook: Rulebook) -> None:
    told: list[str] = []
    first, second, nothing = (
        cast(Any, FakeHeadset("first", told)),
        cast(Any, FakeHeadset("second", told)),
        cast(Any, SimpleNamespace(consent=lambda team: "asked")),
    )
    settings = LiveSettings(CallSettings(), EdgeSettings(), CallFacts())
    desk = HeadsetDesk(first, NoTranscriber(), rulebook, settings, outlets=nothing)
    desk.take_headset(second, "no far end")
    assert told == ["first closed", "second opened"]
    agent, customer = desk.status().lines
    assert (agent.device, customer.state, customer.reason) == ("second", "absent", "no far end")
    call = desk._begin({}, 0.0, None)
    with pytest.raises(CallBusy, match=call.call_id):
        desk.take_headset(first, "")
    assert desk.headset is second
