"""The list of calls in the browser: from a key or a click until what it asks for is painted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from benchmarks.qa.desk import signed_in, told
from benchmarks.reload import until

if TYPE_CHECKING:
    from playwright.sync_api import APIResponse, Browser, Page

ASKED = {
    "page: newest": "order=latest",
    "page: lowest first": "order=lowest",
    "page: longest first": "order=longest",
    "page: one rule": "rule=opening&order=latest",
    "page: fatal, of a team, lowest": "fatal=true&team=team-3&order=lowest",
    "page: below 60": "score_below=60&order=latest",
    "page: to be reviewed": "stage=none&order=latest",
    "search: Han": f"words={quote('增值税发票')}&order=latest",
    "search: Han, in every call": f"words={quote('请问')}&order=latest",
    "search: pinyin": "words=tuikuan&order=latest",
    "search: nowhere": f"words={quote('量子力学')}&order=latest",
}
COUNTED = {"counts: all": "", "counts: one rule": "rule=opening", "counts: words": f"words={quote('退款')}"}
# Painted: what the newest answer brought stands in the page, and two frames were drawn since.
WATCHING = """
window.painted = null
let since = null, answered = 0
const plain = window.fetch
window.fetch = async (...given) => {
  const reply = await plain(...given)
  const url = String(given[0]?.url ?? given[0])
  if (url.includes("/api/qa/calls?")) answered += 1
  return reply
}
window.after = (kind, wantsAnswer) => {
  window.painted = null
  const before = answered
  addEventListener(kind, (event) => {
    const begun = event.timeStamp
    const look = () => {
      if (wantsAnswer && answered === before) return requestAnimationFrame(look)
      requestAnimationFrame(() => requestAnimationFrame(() => { window.painted = performance.now() - begun }))
    }
    look()
  }, { once: true, capture: true })
}
"""
CHOSEN = "document.querySelector('[data-testid=call-row][aria-selected=true]')?.dataset.call"


def lines(browser: Browser, address: str, repeats: int) -> Iterator[str]:
    page = signed_in(browser, address, WATCHING)
    for path, asked in (("calls", ASKED), ("counts", COUNTED)):
        for name, query in asked.items():
            yield _asked(page, f"{address}/api/qa/{path}?{query}", name, repeats)
    begun = time.monotonic()
    page.goto(f"{address}/qa", wait_until="commit")
    until(page, "document.querySelectorAll('[data-testid=call-row]').length > 10")
    yield told("/qa opened in the browser", [1000 * (time.monotonic() - begun)])
    until(page, "document.querySelector('[data-testid=shown]')?.textContent.includes('/')")
    yield told("J until the next row is marked", [_next_row(page) for _ in range(repeats * 5)])
    search = page.get_by_test_id("search-words")
    for name, words in (("Han", "增值税发票"), ("pinyin", "tuikuan"), ("nowhere", "量子力学")):
        figures = [_searched(page, search.fill, words) for _ in range(repeats)]
        yield told(f"searched in the browser: {name}", figures)
    yield told("ordered by its head", [_ordered(page, name) for name in ("lowest", "longest", "latest") * repeats])
    page.close()


def _asked(page: Page, url: str, name: str, repeats: int) -> str:
    took, size = [], 0
    for _ in range(repeats):
        begun = time.perf_counter()
        reply: APIResponse = page.request.get(url)
        size = len(reply.body())
        took.append(1000 * (time.perf_counter() - begun))
        assert reply.ok, reply.text()
    return f"{told(name, took)}  {size / 1000:.0f} kB"


def _next_row(page: Page) -> float:
    before = page.evaluate(CHOSEN)
    page.evaluate("after('keydown', false)")
    page.keyboard.press("j")
    until(page, "painted !== null")
    assert page.evaluate(CHOSEN) != before
    return float(page.evaluate("painted"))


def _searched(page: Page, fill: Callable[[str], None], words: str) -> float:
    """From the key that sends it; the words are taken away again."""
    fill(words)
    page.evaluate("after('keydown', true)")
    page.keyboard.press("Enter")
    until(page, "painted !== null")
    took = float(page.evaluate("painted"))
    fill("")
    page.evaluate("after('keydown', true)")
    page.keyboard.press("Enter")
    until(page, "painted !== null")
    return took


def _ordered(page: Page, order: str) -> float:
    head = page.get_by_test_id(f"order-{order}")
    page.evaluate("after('click', true)")
    head.click()
    until(page, "painted !== null")
    return float(page.evaluate("painted"))
