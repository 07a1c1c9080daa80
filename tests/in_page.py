"""Waiting in a page for what nothing shows, without Playwright's `wait_for_function`.

That evaluates its text again at each look, and from the second look on the policy of our pages forbids it: a test that
waits so passes only where it need not wait.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

_LOOKS = """async (arg) => {
  const holds = %s
  const ends = performance.now() + 60_000
  while (!(await holds(arg))) {
    if (performance.now() > ends) throw new Error("not within 60 s: " + holds)
    await new Promise((again) => setTimeout(again, 20))
  }
}"""


def until(page: Page, holds: str, arg: Any = None) -> None:
    """`holds`: a function in JavaScript, looked at every 20 ms. Raises Playwright's Error after a minute."""
    page.evaluate(_LOOKS % holds, arg)
