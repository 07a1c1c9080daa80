"""`callcoach devices`: what can be listened to, what each device is good for, and whether it works."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from pipeline.audio.sources.devices import Device, find_far_end, find_microphone, list_devices, why_no_far_end
from pipeline.audio.sources.line import Line, Reading
from pipeline.cli.choices import say
from pipeline.errors import AudioError
from pipeline.events import Channel

TRY_S = 3.0  # a sleeping PulseAudio device takes two seconds to wake
REFRESH_HZ = 10
BAR_DBFS = 60  # the meter begins so far below full scale


def devices(meter_s: float | None) -> None:
    """Lists and tries all devices; with `meter_s` their levels are shown live for so long (0: until Ctrl-C)."""
    found = list_devices()
    if not found:
        raise AudioError("no microphone and no loopback on this machine: plug the headset in")
    news = threading.Condition()
    lines = [Line(Channel.AGENT, device, news) for device in found]
    for line in lines:
        line.start()
    console = Console()
    try:
        if meter_s is None:
            with console.status("trying the devices …"):
                _watch(lines, news, TRY_S)
            console.print(_table(lines, news))
        else:
            with Live(console=console, refresh_per_second=REFRESH_HZ, get_renderable=lambda: _table(lines, news)):
                _watch(lines, news, meter_s or float("inf"))
    except KeyboardInterrupt:
        pass
    finally:
        for line in lines:
            line.close()
    _advise(found)


def _watch(lines: list[Line], news: threading.Condition, seconds: float) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, 1 / REFRESH_HZ))
        with news:
            for line in lines:
                line.watch()


def _table(lines: list[Line], news: threading.Condition) -> Table:
    table = Table(title="声音设备 devices", title_justify="left", expand=False)
    for column in ("设备 device", "用途 good for", "现在 now", "音量 level", "名称 name for --mic / --far"):
        table.add_column(column, overflow="fold")
    with news:
        rows = [(line.device, line.reading()) for line in lines]
    for device, reading in rows:
        table.add_row(device.label, _good_for(device), _state(reading), _bar(reading.level_dbfs), device.name)
    return table


def _good_for(device: Device) -> str:
    if device.kind == "microphone":
        mark = "，系统默认 default" if device.is_input_default else ""
        return f"坐席：麦克风 agent: microphone{mark}"
    mark = "，默认输出 default output" if device.is_output_default else ""
    return f"客户：电脑放出的声音 customer: what is played{mark}"


def _state(reading: Reading) -> Text:
    match reading.state:
        case "ok":
            return Text("有声音 sound", style="green")
        case "idle":
            return Text("通，但没有声音 works, plays nothing", style="yellow")
        case "opening":
            return Text("没有反应 no answer", style="red")
        case _:
            return Text(f"打不开 fails: {reading.reason}", style="red")


def _bar(level_dbfs: float | None) -> str:
    if level_dbfs is None:
        return "—"
    full = max(0, min(20, round((level_dbfs + BAR_DBFS) / BAR_DBFS * 20)))
    return f"{'█' * full}{'·' * (20 - full)} {level_dbfs:4.0f} dBFS"


def _advise(found: list[Device]) -> None:
    """What `callcoach live` would take by itself."""
    try:
        microphone = find_microphone("default", found)
    except AudioError as error:
        say(str(error))
        return
    far_end = None
    with suppress(AudioError):
        far_end = find_far_end("auto", found, microphone)
    print(f"callcoach live  takes {microphone.name} as the agent's microphone", flush=True)
    if far_end is not None:
        print(f"                and {far_end.name} as the customer's side (--mic, --far choose others)", flush=True)
    else:
        print(f"                and hears no customer: {why_no_far_end(found)}", flush=True)
