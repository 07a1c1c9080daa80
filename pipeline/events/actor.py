"""The person or program that caused an event."""

from __future__ import annotations

Actor = str | None
"""PAGE or TOKEN, and a user's id once there is a sign-in; null for the coach, and in records of earlier versions."""

PAGE = "page"  # a page that was opened with a one-time link
TOKEN = "token"  # a program with the token, such as a telephone system
