"""The person or program that caused an event."""

from __future__ import annotations

Actor = str | None
"""A user's id, or `token:` and the id of a machine's token; null for the coach, and in the earliest records.

Records of before there were people have "page" and "token": a page opened with a one-time link, a program.
"""
