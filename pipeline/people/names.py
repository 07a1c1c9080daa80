"""Names as they are kept and compared."""

from __future__ import annotations

import re
import unicodedata

from pipeline.errors import AccountRefused
from pipeline.people.person import EVERY_TEAM
from pipeline.quantities import is_one_line

LONGEST = 64  # characters
# Characters without a picture: Unicode's Default_Ignorable_Code_Point, among them letters (Hangul fillers), marks
# (variation selectors) and places not given yet, and the blank of Braille (DerivedCoreProperties.txt of Unicode 16).
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SPACE = re.compile(r"\s")
_NOT_IN_AN_ID = re.compile(r"[/\\?#%,;、]|[^\S ]")  # ids stand in addresses and lists


def one_form(name: str) -> str:
    """As logins are kept: full-width and capital letters are the narrow and small ones."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def checked_login(login: str) -> str:
    return _id("login", one_form(login))


def checked_id(what: str, given: str) -> str:
    """An agent id or telephone id. Raises AccountRefused."""
    return _id(what, given.strip())


def checked_team_id(given: str) -> str:
    """As telephone systems call the team. Raises AccountRefused."""
    return _id("team", given.strip(), may_have_spaces=True)


def checked_name(name: str, what: str = "name") -> str:
    """As it is shown. Raises AccountRefused."""
    text = unicodedata.normalize("NFC", name).strip()
    if not 1 <= len(text) <= LONGEST or _has_unseen(text) or not is_one_line(text):
        raise AccountRefused(f"{what} is {_shown(text)}; it must be one line of 1 to {LONGEST} characters", "name")
    return text


def _has_unseen(text: str) -> bool:
    """Characters that take no place: with one, a login would look like somebody else's."""
    return bool(_UNSEEN.search(text)) or any(unicodedata.category(char) in ("Cc", "Cf") for char in text)


def _id(what: str, text: str, *, may_have_spaces: bool = False) -> str:
    is_spaced = not may_have_spaces and _SPACE.search(text)
    if (
        not 1 <= len(text) <= LONGEST
        or _has_unseen(text)
        or not is_one_line(text)
        or is_spaced
        or _NOT_IN_AN_ID.search(text)
    ):
        spaces = "" if may_have_spaces else "spaces, "
        wanted = f"1 to {LONGEST} characters without {spaces}/ \\ ? # % , ; 、"
        raise AccountRefused(f"{what} is {_shown(text)}; it must have {wanted}", "name")
    if text in (EVERY_TEAM, ".", ".."):
        raise AccountRefused(f"{what} is {text!r}, which means something else", "name")
    return text


def _shown(text: str) -> str:
    return ascii(text[:LONGEST]) if _has_unseen(text) or not is_one_line(text) else repr(text[:LONGEST])
