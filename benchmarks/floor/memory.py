"""Memory of the page over a day of a floor whose clock runs faster: calls, cases and sentences come and go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from benchmarks.floor.made_up import MadeUp
from benchmarks.floor.played import Played, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser

LOOKS = 12
TICK_MS = 50


class Lively(MadeUp):
    """Each tick a case closes and another begins, and a call ends and another begins, with a new id."""

    def tick(self, ms: int = 250, *, share: float = 1.0, stir: float = 0.02) -> dict[str, Any]:
        told = super().tick(ms, share=share, stir=stir)
        gone = self._chance.choice(list(self.calls))
        before = self.calls[gone]
        number = int(before["call_id"].split("-")[1]) + 1_000
        call_id = f"call-{number}-{gone}"
        self.calls[gone] = {
            **before,
            "call_id": call_id,
            "digest": {**before["digest"], "call_id": call_id, "at_ms": 0},
        }
        told["gone"].append(before["call_id"])
        told["calls"] = [one for one in told["calls"] if one["agent_id"] != gone] + [self.calls[gone]]
        if len(self.cases) > 3:
            told["closed"].append(self.cases.pop(next(iter(self.cases)))["id"])
        case = {
            "id": f"k-{number}-{gone}", "agent_id": gone, "call_id": call_id, "cause": "dead_air", "rank": "warning",
            "since_at": self.now,
            "detail": "", "taken": None, "escalated_at": None, "calm_at": None, "line": "",
        }  # fmt: skip
        self.cases[case["id"]] = case
        told["cases"].append(case)
        return told


def lines(browser: Browser, agents: int, minutes: float, hours: float) -> Iterator[str]:
    ticks = minutes * 60_000 / TICK_MS
    played = Played(Lively(agents), tick_ms=TICK_MS, per_tick=int(hours * 3_600_000 / ticks))
    with served(played) as address:
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(f"{address}/floor")
        page.wait_for_selector("[data-known=true]")
        page.wait_for_timeout(5000)
        session = page.context.new_cdp_session(page)
        used = []
        for _ in range(LOOKS + 1):
            session.send("HeapProfiler.collectGarbage")
            figures = (
                {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]} if used else {}
            )
            heap = session.send("Runtime.getHeapUsage")["usedSize"] / 1e6
            used.append((played.floor.now, heap, figures.get("Nodes", 0)))
            if len(used) == 1:
                session.send("Performance.enable")
            page.wait_for_timeout(minutes * 60_000 / LOOKS)
        page.close()
    times = [(at - used[1][0]) / 3_600_000 for at, _, _ in used[1:]]
    heaps = [heap for _, heap, _ in used[1:]]
    yield (
        f"{agents:4} seats  {times[-1]:.1f} h of the floor in {played.ticks} ticks: heap "
        f"{' '.join(f'{heap:.2f}' for heap in heaps)} MB, slope {slope(times, heaps):+.3f} MB an hour; "
        f"nodes {used[1][2]:.0f} -> {used[-1][2]:.0f}"
    )


def slope(xs: list[float], ys: list[float]) -> float:
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / sum((x - mean_x) ** 2 for x in xs)
