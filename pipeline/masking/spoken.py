"""The lines of one side of a call as they become known, and what is private in each."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.events.words import WordsGuessed, WordsHeard
from pipeline.masking.marking import Passage, in_quote, in_words, joined, marked, passages
from pipeline.masking.masking import begun, by_line, find, pieces

REACH = 12
"""Lines before a new one that may belong to what is told in it; a number lies in three, an address in five."""


@dataclass(frozen=True, slots=True)
class _Line:
    heard: WordsHeard
    text: tuple[Passage, ...] = ()
    shown: tuple[Passage, ...] = ()  # empty where `shown` is to be as `text` is


class SpokenLines:
    """WordsHeard of one channel, in order of time whenever they come.

    `is_over`: no more will come. Until then digits that the last line ends with are masked as well, as they may be the
    beginning of a number.
    """

    def __init__(self, is_over: bool) -> None:
        self._is_over = is_over
        self._lines: list[_Line] = []
        self._known = 0  # lines up to here are as they stay
        self._begun: tuple[Passage, ...] = ()

    def hear(self, heard: WordsHeard) -> None:
        at = bisect_left(self._lines, (heard.start_ms, heard.end_ms), key=_times)
        if at < len(self._lines) and self._lines[at].heard == heard:
            return
        self._lines.insert(at, _Line(heard))
        self._known = min(self._known, max(0, at - REACH))

    def masked(self, heard: WordsHeard) -> WordsHeard:
        """One of the lines, as far as is known now."""
        self._look()
        at = bisect_left(self._lines, _times(_Line(heard)), key=_times)
        line = self._lines[at]
        in_text, in_shown = line.text, line.shown
        if at == len(self._lines) - 1:
            in_text, in_shown = self._with_begun(line)
        if not in_text and not in_shown:
            return heard
        text = marked(heard.text, in_text)
        words = in_words(heard.text, in_text, [word.text for word in heard.words])
        return replace(
            heard,
            text=text,
            shown=marked(heard.shown, in_shown) if in_shown or not heard.shown else text,
            words=tuple(replace(word, text=said) for word, said in zip(heard.words, words, strict=True)),
            otherwise=(),  # of which each may say it in other characters
        )

    def caption(self, guess: WordsGuessed) -> WordsGuessed:
        """The line that is being said: what is private in it, also together with those before it."""
        before = [line.heard.text for line in self._lines[-REACH:] if line.heard.start_ms < guess.start_ms]
        text = "\n".join([*before, guess.text])
        last = [one] if (one := begun(text)) is not None else []
        *_, hidden = by_line([*before, guess.text], joined([*passages(find(text)), *last]))
        if not hidden:
            return guess
        return replace(guess, text=marked(guess.text, hidden), agreed=min(guess.agreed, hidden[0].start))

    def quote(self, quote: str, start_ms: int, end_ms: int) -> str:
        """Words from `start_ms` to `end_ms`, as somebody quotes them."""
        self._look()
        at = max(0, bisect_left(self._lines, start_ms, key=lambda line: line.heard.start_ms) - 1)
        is_hidden = False
        for number in range(at, len(self._lines)):
            line = self._lines[number]
            if line.heard.start_ms > end_ms:
                break
            if line.heard.end_ms < start_ms:
                continue
            in_text, in_shown = self._with_begun(line) if number == len(self._lines) - 1 else (line.text, line.shown)
            if not in_text and not in_shown:
                continue
            for text, hidden in ((line.heard.text, in_text), (line.heard.shown, in_shown)):
                if hidden and (found := in_quote(text, hidden, quote)) is not None:
                    return found
            is_hidden = True
        return marked(quote, pieces(quote) if is_hidden else passages(find(quote)))

    def _look(self) -> None:
        """Finds what is private in the lines that are new, and in those before that may belong to it."""
        if self._known == len(self._lines):
            return
        first = max(0, self._known - REACH)
        lines = self._lines[first:]
        texts, shown = [line.heard.text for line in lines], [line.heard.shown for line in lines]
        found = zip(_found(texts), _found(shown), strict=True)
        for number, (in_text, in_shown) in enumerate(found, first):
            if number >= self._known:
                self._lines[number] = _both(self._lines[number].heard, in_text, in_shown)
        self._known = len(self._lines)

    def _with_begun(self, line: _Line) -> tuple[tuple[Passage, ...], tuple[Passage, ...]]:
        if self._is_over:
            return line.text, line.shown
        lines = [one.heard for one in self._lines[-REACH:]]
        of_text = _last(begun("\n".join(one.text for one in lines)), [one.text for one in lines])
        of_shown = _last(begun("\n".join(one.shown for one in lines)), [one.shown for one in lines])
        both = _both(line.heard, tuple(joined([*line.text, *of_text])), tuple(joined([*line.shown, *of_shown])))
        return both.text, both.shown


def _times(line: _Line) -> tuple[int, int]:
    return line.heard.start_ms, line.heard.end_ms


def _found(lines: Sequence[str]) -> list[tuple[Passage, ...]]:
    return [tuple(hidden) for hidden in by_line(lines, passages(find("\n".join(lines))))]


def _last(hidden: Passage | None, lines: Sequence[str]) -> list[Passage]:
    return by_line(lines, [hidden])[-1] if hidden is not None else []


def _both(heard: WordsHeard, in_text: tuple[Passage, ...], in_shown: tuple[Passage, ...]) -> _Line:
    """What is private in one writing is so in the other, however that came to be written."""
    if len(in_text) < len(in_shown) and heard.text:
        more = joined([*in_text, *pieces(heard.text)])
        whole = Passage(0, len(heard.text), in_shown[0].mark)
        in_text = tuple(more) if len(more) >= len(in_shown) else (whole,)
    return _Line(heard, in_text, in_shown if len(in_shown) >= len(in_text) else ())
