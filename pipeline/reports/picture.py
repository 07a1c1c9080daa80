"""One picture of a call for printing: PNG and SVG, A4 landscape, all lanes on one time axis.

A call longer than `STRIP_MS` continues in further strips below: the picture grows by one sheet a strip, so that the
time axis keeps its scale and there is still one picture per call. matplotlib is imported only here.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager, get_font
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MultipleLocator, NullFormatter

from pipeline.audio.sources.wrapped import Wrapped
from pipeline.errors import CallcoachError, StoreError
from pipeline.events.call import CallEnded, CallStarted
from pipeline.events.channels import Channel, ChannelBack
from pipeline.events.hints import HintRaised, SilentCallStep
from pipeline.events.measures import LevelMeasured, PaceMeasured
from pipeline.events.record import Event, Record
from pipeline.events.score import CallScored
from pipeline.events.turns import SilenceEnded, SilenceReached, SilenceStarted, TurnEnded
from pipeline.ports import SLICE_MS, Slice, Source
from pipeline.printable import printable
from pipeline.reports.contours import Contour

AnyEvent = TypeVar("AnyEvent")
AnyReading = TypeVar("AnyReading", LevelMeasured, PaceMeasured)

STRIP_MS = 300_000
COLUMNS = 2_000  # most columns of a waveform in one strip
FONTS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "Noto Sans CJK JP",
    "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "SimHei", "Microsoft YaHei", "PingFang SC", "Noto Serif CJK SC",
)  # fmt: skip
NAMES = {Channel.AGENT: "坐席", Channel.CUSTOMER: "客户", Channel.MIXED: "混合"}
INK = {Channel.AGENT: "#1a57c2", Channel.CUSTOMER: "#86318c", Channel.MIXED: "#131821"}
SECOND = "#e8a33d"  # drawn below our own track
SOFT = {Channel.AGENT: "#e7eefc", Channel.CUSTOMER: "#f6eaf7", Channel.MIXED: "#e9ecf1"}
KINDS = {  # label, fill, hatch: distinguishable in grey too
    "both": ("双方静默", "#f0c98a", "////"), "agent": ("坐席静默", "#e9ecf1", "...."),
    "announced": ("已告知等待", "#bfdcca", "----"), "hold": ("保持", "#e4e7ec", "xxxx"),
}  # fmt: skip
MARKS = {"critical": ("8", "#b3121c"), "warning": ("^", "#c67600"), "tip": ("o", "#0a5f6d")}


def han_font() -> str:
    """Name of the first installed font with the Han glyphs needed. Raises CallcoachError when there is none."""
    installed = {font.name: font.fname for font in fontManager.ttflist}
    for name in FONTS:
        if name in installed and all(get_font(installed[name]).get_char_index(ord(c)) for c in "坐席静默语速"):
            return name
    raise CallcoachError("--plot: no font with Han characters on this machine; install one (fonts-noto-cjk)")


class Envelope(Wrapped):
    """A source that keeps minimum and maximum of every slice, for the waveform."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.pairs: dict[Channel, list[tuple[int, int]]] = {}

    def __iter__(self) -> Iterator[Slice]:
        for piece in self._source:
            for channel, pcm in piece.pcm.items():
                self.pairs.setdefault(channel, []).append((int(pcm.min()), int(pcm.max())))
            yield piece


def silences(events: list[Event], end_ms: int) -> list[tuple[int, int, str]]:
    """(start_ms, end_ms, kind) of each silence; an open one lasts to the end of the call."""
    found, running = [], None
    for event in events:
        if isinstance(event, SilenceStarted):
            running = event
        elif isinstance(event, SilenceEnded):
            running = None
            found.append((event.start_ms, event.end_ms, str(event.kind)))
    if running is not None:
        found.append((running.start_ms, end_ms, str(running.kind)))
    return found


def staggered(labels: list[tuple[float, float]], rows: int) -> list[int | None]:
    """A row for each label (start, width), in order of start; None where no row has room."""
    free = [float("-inf")] * rows
    placed: list[int | None] = []
    for start, width in labels:
        row = next((r for r in range(rows) if free[r] <= start), None)
        if row is not None:
            free[row] = start + width
        placed.append(row)
    return placed


def draw(stem: Path, records: Iterable[Record], envelope: Envelope, contours: Sequence[Contour]) -> None:
    """Writes <stem>.png and <stem>.svg. `contours`: f0 by our tracker and, optionally, by a second opinion.

    Raises StoreError when they cannot be written.
    """
    events = [record.event for record in records]
    end_ms = next(_of(events, CallEnded)).at_ms
    strips = [(at, min(at + STRIP_MS, end_ms)) for at in range(0, max(end_ms, 1), STRIP_MS)]
    style = {
        "font.family": [han_font()], "font.size": 8, "axes.unicode_minus": False, "svg.fonttype": "path",
        "svg.hashsalt": "callcoach", "hatch.linewidth": 0.5,
    }  # fmt: skip
    heights, share = [*[1.2] * len(envelope.channels), 0.5, 1.2, 1.2, 1, 1.2], 1 / len(strips)
    with matplotlib.rc_context(style):  # type: ignore[arg-type]
        figure = Figure(figsize=(11.69, 8.27 * len(strips)))
        for number, (start, end) in enumerate(strips):
            top = 1 - number * share
            grid = figure.add_gridspec(
                len(heights), 1, left=0.08, right=0.98, top=top - 0.09 * share, bottom=top - 0.95 * share, hspace=0.12,
                height_ratios=heights,
            )  # fmt: skip
            axes = [figure.add_subplot(grid[row]) for row in range(len(heights))]
            # All strips have one scale; a call of a single strip fills its sheet.
            _strip(axes, events, envelope.pairs, contours, (start, start + STRIP_MS if len(strips) > 1 else end))
        figure.text(0.08, 1 - 0.04 * share, _title(printable(stem.name), events, end_ms), fontsize=10, parse_math=False)
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Glyph .* missing")  # an emoji in a name is drawn as a box
                figure.savefig(f"{stem}.png", dpi=150, metadata={"Software": None})
                figure.savefig(f"{stem}.svg", metadata={"Date": None})
        except OSError as error:
            raise StoreError(f"picture cannot be written to {stem}.png: {error.strerror}") from error


def _title(name: str, events: list[Event], end_ms: int) -> str:
    started, scored = next(_of(events, CallStarted)), next(_of(events, CallScored), None)
    total = "未评" if scored is None or scored.total is None else f"{scored.total:.0f} 分"
    return (
        f"{name}   {started.started_at[:10]}   时长 {_clock(end_ms)}   {total}   "
        f"规则 {started.rulebook_version}   识别 {started.engine}"
    )


def _strip(
    axes: list[Axes],
    events: list[Event],
    pairs: Mapping[Channel, Any],
    contours: Sequence[Contour],
    span: tuple[int, int],
) -> None:
    channels = next(_of(events, CallStarted)).channels
    for ax, channel in zip(axes, channels, strict=False):
        _wave(ax, channel, pairs, events, span)
    silence, pitch, pace, level, hints = axes[len(channels) :]
    seen = _silence_lane(silence, events, span)
    handles = [Patch(facecolor=fill, edgecolor="#434c5c", hatch=hatch, label=word) for word, fill, hatch in seen]
    axes[0].legend(handles=handles, loc="lower right", bbox_to_anchor=(1, 1), ncols=4, fontsize=6.5, frameon=False)
    voice = Channel.AGENT if Channel.AGENT in channels else channels[0]
    _pitch_lane(pitch, contours, voice, span)
    _pace_lane(pace, events, voice, span)
    _level_lane(level, events, channels, span)
    _hint_lane(hints, events, span)
    step = next(s for s in (1, 2, 5, 10, 20, 30) if (span[1] - span[0]) / 1000 / s <= 16) * 1000
    for ax in axes:
        ax.set_xlim(*span)
        ax.xaxis.set_major_locator(MultipleLocator(step))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda ms, _: _clock(ms)) if ax is axes[-1] else NullFormatter())
        ax.grid(axis="x", color="#d8dde5", linewidth=0.4)
        ax.set_axisbelow(True)


def _wave(ax: Axes, channel: Channel, pairs: Mapping[Channel, Any], events: list[Event], span: Any) -> None:
    ax.set_yticks([])
    ax.set_ylabel(NAMES[channel])
    for back in _of(events, ChannelBack):
        if back.channel is channel:
            ax.axvspan(back.start_ms, back.end_ms, facecolor="#e4e7ec", edgecolor="#434c5c", hatch="xx", linewidth=0.3)
    for turn in _of(events, TurnEnded):
        if turn.channel is channel and turn.start_ms < span[1] and turn.end_ms > span[0]:
            ax.axvspan(turn.start_ms, turn.end_ms, facecolor=SOFT[channel], edgecolor="#7c8696", linewidth=0.3)
    first = span[0] // SLICE_MS
    part = np.array(pairs[channel][first : span[1] // SLICE_MS])
    if not len(part):
        return
    every = -(-len(part) // COLUMNS)
    edges = np.arange(0, len(part), every)
    low, high = np.minimum.reduceat(part[:, 0], edges), np.maximum.reduceat(part[:, 1], edges)
    ax.fill_between((first + edges) * SLICE_MS, low, high, color=INK[channel], linewidth=0.3)
    peak = max(1_000, max(max(-lo, hi) for lo, hi in pairs[channel]))
    ax.set_ylim(-peak, peak)


def _silence_lane(ax: Axes, events: list[Event], span: tuple[int, int]) -> list[tuple[str, str, str]]:
    """Draws the silences; the kinds that occur, for the legend: label, fill, hatch."""
    ax.set_ylabel("静默", rotation=0, ha="right", va="center")
    ax.set_yticks([])
    ax.set_ylim(0, 1)
    inside = [s for s in silences(events, next(_of(events, CallEnded)).at_ms) if s[0] < span[1] and s[1] > span[0]]
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
    for start, end, kind in inside:
        _, fill, hatch = KINDS[kind]
        ax.axvspan(start, end, facecolor=fill, edgecolor="#434c5c", hatch=hatch, linewidth=0.4)
        left, right = max(start, span[0]), min(end, span[1])
        if right - left > 0.03 * (span[1] - span[0]):
            words, middle = f"{(end - start) / 1000:.1f} 秒", (left + right) / 2
            ax.text(middle, 0.5, words, ha="center", va="center", fontsize=6.5, bbox=box)
    for reached in _of(events, SilenceReached):
        ax.plot([reached.at_ms], [0.9], marker="v", color="#b3121c", markersize=5)
    return [KINDS[kind] for kind in KINDS if any(kind == found for _, _, found in inside)]


def _pitch_lane(ax: Axes, contours: Sequence[Contour], channel: Channel, span: tuple[int, int]) -> None:
    f0, *second = contours
    ax.set_ylabel(f"{NAMES[channel]}音高\nHz")
    ax.set_yscale("log")
    ax.set_ylim(60, 500)
    ax.set_yticks([75, 150, 300], ["75", "150", "300"])
    ax.yaxis.set_minor_formatter(NullFormatter())
    for other in second:
        part = other[(other[:, 0] >= span[0]) & (other[:, 0] < span[1])]
        ax.plot(part[:, 0], part[:, 1], color=SECOND, linewidth=1.8, label="第二意见 pyin")
        _legend(ax)
    part = f0[(f0[:, 0] >= span[0]) & (f0[:, 0] < span[1])]
    ax.plot(part[:, 0], part[:, 1], color=INK[channel], linewidth=0.8)
    if np.isfinite(f0[:, 1]).any():
        ax.axhline(float(np.nanmedian(f0[:, 1])), color="#5a6374", linestyle="--", linewidth=0.7)


def _pace_lane(ax: Axes, events: list[Event], channel: Channel, span: tuple[int, int]) -> None:
    ax.set_ylabel("语速\n字/分")
    ax.set_ylim(60, 420)
    ax.axhspan(120, 180, color="#bfdcca", alpha=0.6, linewidth=0)
    ax.axhline(150, color="#17673a", linewidth=0.7)
    for basis, style, word in (("words", "-", "按文字"), ("acoustic", "--", "估算")):
        found = [e for e in _readings(events, PaceMeasured, channel) if e.basis == basis]
        _line(ax, [(e.end_ms, e.speaking_rate) for e in found], INK[channel], style, word, span)
    _legend(ax)


def _level_lane(ax: Axes, events: list[Event], channels: tuple[Channel, ...], span: tuple[int, int]) -> None:
    ax.set_ylabel("音量\ndBFS")
    ax.set_ylim(-60, 0)
    ax.axhline(-35, color="#5a6374", linestyle=":", linewidth=0.7)
    for channel, style in zip(channels, ("-", "--"), strict=False):
        found = _readings(events, LevelMeasured, channel)
        _line(ax, [(e.end_ms, e.speech_dbfs) for e in found], INK[channel], style, NAMES[channel], span)
    _legend(ax)


def _readings(events: list[Event], kind: type[AnyReading], channel: Channel) -> list[AnyReading]:
    """The events of a channel without those of the whole call."""
    end_ms = next(_of(events, CallEnded)).at_ms
    return [e for e in _of(events, kind) if e.channel is channel and not (e.start_ms == 0 and e.end_ms == end_ms)]


def _line(ax: Axes, points: list[tuple[int, float]], colour: str, style: str, word: str, span: Any) -> None:
    """Draws points as a line, interrupted where they are more than 2 s apart."""
    rows: list[tuple[float, float]] = []
    for at, value in points:
        if span[0] <= at <= span[1]:
            if rows and at - rows[-1][0] > 2_000:
                rows.append((at, np.nan))
            rows.append((at, value))
    if rows:
        x, y = zip(*rows, strict=True)
        ax.plot(x, y, color=colour, linestyle=style, linewidth=1, marker=".", markersize=2, label=word)


def _legend(ax: Axes) -> None:
    if ax.get_legend_handles_labels()[1]:
        ax.legend(loc="lower right", ncols=2, fontsize=6.5, framealpha=0.8)


def _hint_lane(ax: Axes, events: list[Event], span: tuple[int, int]) -> None:
    ax.set_ylabel("提示")
    ax.set_yticks([])
    ax.set_ylim(-0.6, 4.6)
    ax.axhline(3.55, color="#d8dde5", linewidth=0.5)
    em = (span[1] - span[0]) / 95  # width of a Han character at this size
    hints = [e for e in _of(events, HintRaised) if span[0] <= e.at_ms < span[1]]
    widths = [(len(e.title) + 2) * em for e in hints]
    # A title that would exceed the sheet is placed to the left of its mark.
    starts = [e.at_ms - width if e.at_ms + width > span[1] else e.at_ms for e, width in zip(hints, widths, strict=True)]
    rows = staggered(list(zip(starts, widths, strict=True)), 4)
    for hint, start, row in zip(hints, starts, rows, strict=True):
        shape, colour = MARKS[str(hint.severity)]
        y = 3 - row if row is not None else -0.4
        ax.plot([hint.at_ms], [y], marker=shape, color=colour, markersize=5)
        if row is not None:
            x, side = (hint.at_ms + 0.8 * em, "left") if start == hint.at_ms else (hint.at_ms - 0.8 * em, "right")
            ax.text(x, y, hint.title, fontsize=7, va="center", ha=side, parse_math=False)
    steps = [e for e in _of(events, SilentCallStep) if e.state == "say" and span[0] <= e.at_ms < span[1]]
    for number, step in enumerate(steps):
        ax.plot([step.at_ms], [4.1], marker="s", color="#131821", markersize=3.5)
        ax.text(
            step.at_ms + 0.8 * em,
            4.1,
            f"无声 {step.step}" if number == 0 else f"{step.step}",
            fontsize=6.5,
            va="center",
        )


def _clock(ms: float) -> str:
    return f"{int(ms) // 60_000}:{int(ms) // 1000 % 60:02d}"


def _of(events: Iterable[Event], kind: type[AnyEvent]) -> Iterator[AnyEvent]:
    return (event for event in events if isinstance(event, kind))
