"""The lines of one side of a call as they become known, and what is private in each."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.events.words import WordsGuessed, WordsHeard
from pipeline.masking.exchanges import exchanged, may_be_of_both
from pipeline.masking.interruptions import LONGEST
from pipeline.masking.marking import Passage, in_quote, in_words, joined, marked, passages
from pipeline.masking.masking import begun, by_line, find, in_lines, pieces, unfinished
from pipeline.masking.told import Turn

REACH = 12
"""Lines before a new one that may belong to what is told in it; a number lies in three, an address in five."""


@dataclass(frozen=True, slots=True)
class _Line:
    """What was heard, and what is private in both writings of it."""

    start_ms: int
    end_ms: int
    text: str
    shown: str
    in_text: tuple[Passage, ...] = ()
    in_shown: tuple[Passage, ...] = ()  # empty where `shown` is to be as `text` is
    otherwise: tuple[str, ...] = ()
    together: tuple[Passage, ...] = ()  # in `text`: parts of what both speakers tell

    @property
    def times(self) -> tuple[int, int]:
        return self.start_ms, self.end_ms

    @property
    def heard(self) -> tuple[object, ...]:
        return self.text, self.shown, self.otherwise

    @property
    def is_private(self) -> bool:
        return bool(self.in_text or self.in_shown)


class SpokenLines:
    """WordsHeard of one channel, in order of time whenever they come.

    Until no more will come, digits at the end of the last line, and of those before it after which a number may yet go
    on, are masked as well: they may be the beginning of one.
    """

    def __init__(self, other: SpokenLines | None = None) -> None:
        """`other`: the lines of who speaks with this one, and may tell a part of a number."""
        self.is_over = False
        self._since_ms: int | None = None  # digits from here on are not looked at together with the other's
        self._other = other
        if other is not None:
            other._other = self
        self._lines: list[_Line] = []
        self._known = 0  # lines up to here are as they stay

    def hear(self, heard: WordsHeard) -> bool:
        """False where it was known already."""
        line = _Line(heard.start_ms, heard.end_ms, heard.text, heard.shown, otherwise=heard.otherwise)
        at = self._at(heard)
        is_there = at < len(self._lines) and self._lines[at].times == line.times
        if is_there and self._lines[at].heard == line.heard:
            return False
        self._lines[at : at + is_there] = [line]  # one that was rewritten takes the place of what it was
        self._known = min(self._known, max(0, at - REACH))
        if self._other is not None and may_be_of_both(line.text):
            self._since_ms = line.start_ms if self._since_ms is None else min(self._since_ms, line.start_ms)
        return True

    def masked(self, heard: WordsHeard) -> WordsHeard:
        """One of the lines, as far as is known now."""
        self._look()
        line = self._line(self._at(heard))
        if not line.is_private:
            plain = tuple(other for other in heard.otherwise if not pieces(other))
            return heard if plain == heard.otherwise else replace(heard, otherwise=plain)
        text = marked(heard.text, line.in_text)
        words = in_words(heard.text, line.in_text, [word.text for word in heard.words])
        return replace(
            heard,
            text=text,
            shown=marked(heard.shown, line.in_shown) if line.in_shown or not heard.shown else text,
            words=tuple(replace(word, text=said) for word, said in zip(heard.words, words, strict=True)),
            otherwise=(),  # of which each may say it in other characters
        )

    def caption(self, guess: WordsGuessed) -> WordsGuessed:
        """The line that is being said: what is private in it, also together with those before it."""
        before = [line.text for line in self._lines[-REACH:] if line.start_ms < guess.start_ms]
        lines = [*before, guess.text]
        hidden = joined([*in_lines(lines)[-1], *_begun(lines, is_newest=True)])
        if not hidden:
            return guess
        return replace(guess, text=marked(guess.text, hidden), agreed=min(guess.agreed, hidden[0].start))

    def quote(self, quote: str, start_ms: int, end_ms: int) -> str:
        """Words from `start_ms` to `end_ms`, as somebody quotes them."""
        self._look()
        first = max(0, bisect_left(self._lines, start_ms, key=lambda line: line.start_ms) - 1)
        is_hidden = False
        for at in range(first, len(self._lines)):
            if self._lines[at].start_ms > end_ms:
                break
            line = self._line(at)
            if line.end_ms < start_ms or not line.is_private:
                continue
            for text, hidden in ((line.text, line.in_text), (line.shown, line.in_shown)):
                if hidden and (found := in_quote(text, hidden, quote)) is not None:
                    return found
            is_hidden = True
        return marked(quote, pieces(quote) if is_hidden else passages(find(quote)))

    def hidden(self) -> Iterator[tuple[str, str]]:
        """What is private in the lines, and its mark."""
        self._look()
        for line in map(self._line, range(len(self._lines))):
            for text, hidden in ((line.text, line.in_text), (line.shown, line.in_shown)):
                yield from ((text[passage.start : passage.end], passage.mark) for passage in hidden)

    def _at(self, heard: WordsHeard) -> int:
        return bisect_left(self._lines, (heard.start_ms, heard.end_ms), key=lambda line: line.times)

    def _look(self) -> None:
        """Finds what is private in the lines that are new, and in those before that may belong to it."""
        self._look_alone()
        if self._other is not None and (self._since_ms is not None or self._other._since_ms is not None):
            self._other._look_alone()
            _look_together((self, self._other))

    def _look_alone(self) -> None:
        if self._known == len(self._lines):
            return
        first = max(0, self._known - REACH)
        lines = self._lines[first:]
        texts, shown = [line.text for line in lines], [line.shown for line in lines]
        in_texts = in_lines(texts)
        found = zip(lines, in_texts, in_texts if shown == texts else in_lines(shown), strict=True)
        for at, (line, in_text, in_shown) in enumerate(found, first):
            if at >= self._known:
                self._lines[at] = _both(line, in_text, in_shown)
        self._known = len(self._lines)

    def _around(self, since_ms: int) -> range:
        """Lines that a number may lie in of which digits are said at `since_ms` or later."""
        at = bisect_left(self._lines, since_ms, key=lambda line: line.start_ms)
        return range(max(0, at - REACH), len(self._lines))

    def _line(self, at: int) -> _Line:
        line = self._lines[at]
        with_both = tuple(joined([*line.in_text, *line.together]))
        if with_both != line.in_text:
            line = replace(line, in_text=with_both, in_shown=())
        since = len(self._lines) - 1 - at
        if self.is_over or since > LONGEST:
            return line
        lines = self._lines[max(0, at + 1 - REACH) : at + 1]
        in_text = _begun([one.text for one in lines], is_newest=not since)
        in_shown = _begun([one.shown for one in lines], is_newest=not since)
        return _both(line, joined([*line.in_text, *in_text]), joined([*line.in_shown, *in_shown]))


def _look_together(sides: tuple[SpokenLines, SpokenLines]) -> None:
    """Finds what they tell together, where one of them has told digits since the last look."""
    told = [side._since_ms for side in sides if side._since_ms is not None]
    if not told:
        return
    said = sorted(
        (side._lines[at].times, number, at) for number, side in enumerate(sides) for at in side._around(min(told))
    )
    lines = [(sides[number], at, sides[number]._lines[at]) for _, number, at in said]
    for turn, passage in exchanged([Turn(id(side), line.text, line.in_text) for side, _, line in lines]):
        side, at, line = lines[turn]
        side._lines[at] = replace(line, together=(passage,))
    for side in sides:
        side._since_ms = None


def _begun(lines: Sequence[str], *, is_newest: bool) -> list[Passage]:
    """In the last of them."""
    text = "\n".join(lines)
    hidden = begun(text) if is_newest else unfinished(text)
    return by_line(lines, [hidden])[-1] if hidden is not None else []


def _both(line: _Line, in_text: Sequence[Passage], in_shown: Sequence[Passage]) -> _Line:
    """What is private in one writing is so in the other, however that came to be written."""
    if len(in_text) < len(in_shown) and line.text:
        more = joined([*in_text, *pieces(line.text)])
        in_text = more if len(more) >= len(in_shown) else [Passage(0, len(line.text), in_shown[0].mark)]
    is_as_text = len(in_shown) < len(in_text)
    return replace(line, in_text=tuple(in_text), in_shown=() if is_as_text else tuple(in_shown))
