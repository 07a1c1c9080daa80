"""`callcoach devices`: what can be listened to, what each device is good for, and whether it works."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from pipeline.audio.capture.device_input import DeviceInput, Reading
from pipeline.audio.capture.devices import (
    MIC_MISSING,
    Device,
    find_far_end,
    find_microphone,
    list_devices,
    why_no_far_end,
)
from pipeline.cli.choices import say
from pipeline.errors import AudioError
from pipeline.events.channels import Channel

TRY_S = 3.0  # a sleeping PulseAudio device takes two seconds to wake
REFRESH_HZ = 10
BAR_DBFS = 60  # the meter begins so far below full scale


def devices(meter_s: float | None) -> None:
    """Lists and tries all devices; with `meter_s` their levels are shown live for so long (0: until Ctrl-C)."""
    found = list_devices()
    if not found:
        raise AudioError("no microphone and no loopback on this machine: plug the headset in")
    news = threading.Condition()
    inputs = [DeviceInput(Channel.AGENT, device, news) for device in found]
    for one in inputs:
        one.start()
    console = Console()
    try:
        if meter_s is None:
            with console.status("trying the devices …"):
                _watch(inputs, news, TRY_S)
            console.print(_table(inputs, news))
        else:
            with Live(console=console, refresh_per_second=REFRESH_HZ, get_renderable=lambda: _table(inputs, news)):
                _watch(inputs, news, meter_s or float("inf"))
    except KeyboardInterrupt:
        pass
    finally:
        for one in inputs:
            one.close()
    _advise(found)


def _watch(inputs: list[DeviceInput], news: threading.Condition, seconds: float) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, 1 / REFRESH_HZ))
        with news:
            for one in inputs:
                one.watch()


def _table(inputs: list[DeviceInput], news: threading.Condition) -> Group:
    with news:
        for one in inputs:
            one.catch_up()
        rows = [(one.device, one.reading()) for one in inputs]
    return Group(*(part for device, reading in rows for part in _described(device, reading)))


def _described(device: Device, reading: Reading) -> list[RenderableType]:
    default = " · 系统默认 system default" if device.is_input_default or device.is_output_default else ""
    first = Text.assemble((_GOOD_FOR[device.kind], "bold"), f"  {device.label}", (default, "dim"))
    second = Table.grid(padding=(0, 2))
    second.add_row("  ", _state(reading), _bar(reading.level_dbfs))
    third = Text(
        f"   {'--mic' if device.kind == 'microphone' else '--far'} {device.name}", style="dim", overflow="fold"
    )
    return [first, second, third, Text()]


_GOOD_FOR = {
    "microphone": "坐席 agent: 麦克风 microphone",
    "loopback": "客户 customer: 电脑放出的声音 what is played",
}


def _state(reading: Reading) -> Text:
    match reading.state:
        case "ok":
            return Text("● 有声音 sound", style="green")
        case "idle":
            return Text("○ 通，现在没有声音 works, nothing to hear now", style="yellow")
        case "opening":
            return Text("× 没有反应 no answer", style="red")
        case _:
            return Text(f"× 用不了 fails: {reading.reason}", style="red")


def _bar(level_dbfs: float | None) -> str:
    if level_dbfs is None:
        return ""
    full = max(0, min(20, round((level_dbfs + BAR_DBFS) / BAR_DBFS * 20)))
    return f"{'█' * full}{'·' * (20 - full)} {level_dbfs:4.0f} dBFS"


def _advise(found: list[Device]) -> None:
    """What `callcoach live` would take by itself."""
    try:
        microphone = find_microphone("default", found)
    except AudioError as error:
        say(str(error))
        return
    if microphone.name == "" or _is_played(microphone, found):
        say(f"{MIC_MISSING}; --mic takes it all the same")
        return
    far_end = None
    with suppress(AudioError):
        far_end = find_far_end("auto", found, microphone)
    print(f"callcoach live  takes {microphone.name} as the agent's microphone", flush=True)
    if far_end is not None:
        print(f"                and {far_end.name} as the customer's side (--mic, --far choose others)", flush=True)
    else:
        print(f"                and hears no customer: {why_no_far_end(found)}", flush=True)


def _is_played(microphone: Device, found: list[Device]) -> bool:
    return "PULSE_SOURCE" not in os.environ and any(d.name == microphone.name and d.kind == "loopback" for d in found)
