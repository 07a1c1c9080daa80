"""A call on the terminal: its hints as they come, and the page at its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.events.hints import HintRaised, SilentCallStep
from pipeline.events.record import Record
from pipeline.events.words import COACHED
from pipeline.printable import printable
from pipeline.reports.overview import in_order, worst_item

_MARKS = {"critical": "[bold red]严重[/]", "warning": "[bold yellow]警示[/]", "tip": "[bold cyan]建议[/]"}
_VERDICTS = {"met": "[green]达标[/]", "missed": "[red]未达[/]", "to_confirm": "[yellow]待确认[/]"}
_UNSCORED = {"nothing": "没有可评的项目", "too_short": "通话太短", "too_little": "可评的部分太少"}

_CHANNELS = {"agent": "坐席", "customer": "客户", "mixed": "混合"}
_NOISES = {"offset": "直流偏移", "rumble": "低频噪声", "hum": "交流声"}


def clock(ms: int) -> str:
    return f"{ms // 60_000:02d}:{ms // 1000 % 60:02d}"


class HintPrinter:
    """A bus that prints each hint as it is raised."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def publish(self, records: Sequence[Record]) -> None:
        for record in records:
            event = record.event
            if isinstance(event, HintRaised):
                said = f"{_MARKS[event.severity]}  {escape(event.say)}  [dim]{escape(event.why)}[/]"
                self._console.print(f"{clock(event.at_ms)}  {said}", highlight=False)
            elif isinstance(event, SilentCallStep) and event.state == "say":
                said = f"[bold magenta]无声 {event.step}[/]  {escape(event.say)}"
                self._console.print(f"{clock(event.at_ms)}  {said}", highlight=False)


def show_report(console: Console, result: dict[str, Any]) -> None:
    """A page about one call, from the object of `score --json`."""
    console.rule(f"[bold]{escape(printable(result['file']))}[/]")
    words = f"文字 {_recogniser(result)}" if result["engine"] != "none" else "[yellow]没有文字（model none）[/]"
    quiet = [s for s in result["silences"] if s["kind"] == "both" and s["end_ms"] - s["start_ms"] >= 5_000]
    book = result["rulebook"]
    console.print(
        f"时长 {clock(result['duration_ms'])}   {words}   话轮 {len(result['turns'])}   静默≥5秒 {len(quiet)}   "
        f"提示 {len(result['hints'])}   规则 {escape(book['id'])} {escape(book['version'])}",
        highlight=False,
    )
    for notice in result["notices"]:
        console.print(f"[bold yellow]注意[/]  {escape(printable(notice['detail']))}", highlight=False)
    for channel, noises in result["removed"].items():
        said = "、".join(_NOISES[noise] for noise in noises)
        console.print(f"{_CHANNELS[channel]}线路去除了{said}", highlight=False)
    for told in result["languages"]:
        console.print(f"[bold yellow]注意[/]  {_language(told)}", highlight=False)
    console.print(_measures(result))
    if "second_opinion" in result:
        second = result["second_opinion"]
        told = f"音高第二意见（{second['by']}）：{len(second['differs'])} 处相差超过一个半音"
        console.print(told, highlight=False)
    for hint in result["hints"]:
        console.print(f"{clock(hint['at_ms'])}  {_MARKS[hint['severity']]}  {escape(hint['say'])}", highlight=False)
    if result["score"] is not None:
        console.print(_basis(result["score"]), highlight=False)
        console.print(_scorecard(result["score"]))
    if "before" in result:
        console.print(_before(result["before"]), highlight=False)


def _recogniser(result: dict[str, Any]) -> str:
    trust = result["words_trust"]
    told = {"hints": "供提示，不足以评分", "scores": "可供提示和评分", None: "准确度未测量"}
    return f"{escape(printable(result['engine']))}（{told[trust and trust['good_for']]}）"


def _before(before: dict[str, Any]) -> str:
    score, book = before["score"], before["rulebook"]
    total = "未评" if score is None or score["total"] is None else f"{score['total']:.0f}"
    hints = len(before["hints"])
    return f"[dim]原来：得分 {total}   提示 {hints}   规则 {escape(book['id'])} {escape(book['version'])}[/]"


def _language(told: dict[str, Any]) -> str:
    since = f"{clock(told['start_ms'])} 起{_CHANNELS[told['channel']]}"
    if told["language"] == COACHED:
        return f"{since}说普通话"
    trust = "文字照录" if told["is_written"] else "文字不可信"
    return f"{since}说的不是普通话（{escape(told['language'])}），{trust}，不据此提示"


def _measures(result: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("声道", "语速 字/分", "估算 字/分", "音高 Hz", "变化 半音", "音量 dBFS", "信噪比 dB"):
        table.add_column(title, justify="left" if title == "声道" else "right")
    for channel in result["channels"]:
        pace, pitch, level = (result[part].get(channel, {}) for part in ("pace", "pitch", "level"))
        table.add_row(
            _CHANNELS[channel],
            _number(pace.get("speaking_rate")),
            _number(pace.get("acoustic_rate")),
            _number(pitch.get("median_hz")),
            _number(pitch.get("sd_semitones"), 1),
            _number(level.get("speech_dbfs"), 1),
            _number(level.get("snr_db"), 1),
        )
    return table


def _basis(score: dict[str, Any]) -> str:
    """The total, and what it rests on."""
    basis = [f"评了 {score['assessed']} / {score['offered']} 分"]
    basis += [f"其中 {score['assessed_by_words']} 分按文字"] if score["assessed_by_words"] else []
    basis += [f"待确认 {score['to_confirm']} 项"] if score["to_confirm"] else []
    basis += [f"声音缺失 {score['lost_share']:.0%}"] if score["lost_share"] else []
    return f"[bold]得分 {_total(score)}[/]（{'，'.join(basis)}）"


def _scorecard(score: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("结果", "规则", "权重", "说明"):
        table.add_column(column, justify="right" if column == "权重" else "left")
    for item in score["items"]:
        if item["verdict"] in _VERDICTS:
            told = [item["note"], f"{item['withheld']} 次未提示" if item["withheld"] else ""]
            cells = (escape(item["title"]), str(item["weight"]), escape("，".join(filter(None, told))))
            table.add_row(_VERDICTS[item["verdict"]], *cells)
    if folded := sum(item["verdict"] not in _VERDICTS for item in score["items"]):
        table.add_row("[dim]不适用[/]", f"[dim]{folded} 项[/]")
    return table


def _total(score: dict[str, Any]) -> str:
    if score["total"] is None:
        return f"未评分：{_UNSCORED[score['unscored_reason']]}"
    return f"{score['total']:.0f} / 100"


def show_overview(console: Console, results: Sequence[dict[str, Any]]) -> None:
    """All calls of a run in one table, those that could not be scored last."""
    table = Table(title=f"共 {len(results)} 个文件", box=None, title_justify="left", pad_edge=False)
    for column in ("文件", "时长", "得分", "评了", "提示", "最差一项"):
        table.add_column(
            column, justify="right" if column in ("时长", "得分", "评了", "提示") else "left", overflow="fold"
        )
    for result in in_order(results):
        name = escape(printable(result["file"]))
        if "error" in result:
            table.add_row(name, "", "[red]出错[/]", "", "", escape(printable(result["error"])))
            continue
        score, worst = result["score"], worst_item(result)
        told = "" if worst is None else f"{_VERDICTS[worst['verdict']]} {escape(worst['title'])}"
        cells = (_short_total(score), _share(score), str(len(result["hints"])))
        table.add_row(name, clock(result["duration_ms"]), *cells, told)
    console.print(table)


def _short_total(score: dict[str, Any] | None) -> str:
    return "未评分" if score is None or score["total"] is None else f"{score['total']:.0f}"


def _share(score: dict[str, Any] | None) -> str:
    return f"{score['assessed'] / score['offered']:.0%}" if score and score["offered"] else "–"


def _number(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
