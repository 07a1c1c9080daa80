"""A page is waited for as long as a busy machine may need: how soon it shows something is for `benchmarks` to say."""

from __future__ import annotations

from contextlib import suppress

from tests.waiting import LIMIT_S

with suppress(ImportError):  # the tests themselves skip where there is no Playwright
    from playwright.sync_api import expect

    expect.set_options(timeout=LIMIT_S * 1_000)
