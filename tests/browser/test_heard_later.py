"""Words that were heard later, on the page of a replay: marked, and not shown as known before the call had ended."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.chromium import CHROMIUM

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, expect

from pipeline.events.call import CallStarted
from pipeline.events.record import Event
from pipeline.events.words import WordsHeard
from pipeline.store.sql import SqlStore
from tests.browser import replayed
from tests.browser.replayed import Served
from tests.writing import add

DIST = Path(__file__).parents[2] / "dashboard" / "dist"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (make setup says how to get it)"),
    pytest.mark.skipif(not (DIST / "index.html").exists(), reason="the dashboard is not built (make setup)"),
]
served, launched, browser = replayed.served, replayed.launched, replayed.browser
FROM_MS, TO_MS = 30_000, 70_000  # of the demo call: the recogniser was away


def with_words_later(served: Served) -> list[WordsHeard]:
    """Keeps the demo call once more, as one whose words of that time were heard later; those words."""
    with closing(SqlStore(served.folder / "calls.db")) as store:
        events = [record.event for record in store.read(served.call_id)]
        words = [e for e in events if isinstance(e, WordsHeard) and FROM_MS < e.start_ms < TO_MS]
        end_ms = events[-1].at_ms
        later: list[Event] = [replace(e, at_ms=end_ms, lag_ms=end_ms - e.end_ms, heard_later=True) for e in words]
        kept = [replace(e, call_id="later") if isinstance(e, CallStarted) else e for e in events if e not in words]
        add(store, "later", [*kept, *later])
    return words


def test_they_are_marked_and_nobody_is_said_to_have_known_them(browser: Browser, served: Served) -> None:
    words = with_words_later(served)
    page = served.page(browser, "xu", "later")
    marks = page.get_by_test_id("replay-transcript").get_by_test_id("heard-later")
    expect(marks).to_have_count(len(words))
    expect(marks.first).to_have_text("事后补听")

    page.get_by_test_id("replay-line").filter(has=page.get_by_test_id("heard-later")).nth(3).click()
    seen = page.get_by_test_id("seen")
    expect(seen.get_by_test_id("unknown-line")).to_have_count(0)
    expect(seen.get_by_text(words[0].shown or words[0].text)).to_have_count(0)
    page.get_by_test_id("shows-unknown").check()
    expect(seen.get_by_test_id("unknown-line").first).to_contain_text(words[0].shown or words[0].text)
    expect(seen.get_by_test_id("unknown-line").first).to_contain_text("事后补听")
