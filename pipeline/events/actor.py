"""Who caused what a person has caused."""

from __future__ import annotations

Actor = str | None
"""A user's id once there are people. Until then PAGE or TOKEN; null for the coach and in records of before."""

PAGE = "page"  # a page that was opened by its link
TOKEN = "token"  # a program that shows the token: the telephone system
