"""Text of others, file names above all, made fit for one line of a terminal or a picture."""

from __future__ import annotations


def printable(text: str) -> str:
    """Line ends, terminal escapes, turned writing and bytes that are no UTF-8 become visible escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
