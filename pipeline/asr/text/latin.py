"""Latin words and abbreviations as a Mandarin speaker says them: by syllables (`hel·lo`) or by letters (`V I P`).

Syllables are vowel groups without silent ones (final e, -ed, -es), the usual estimate of readability formulas; words of
calls for which it is wrong are listed.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

# Exceptions to the rules below. Mandarin speakers say APP by its letters, however it is written.
_SAID = {
    **{word: " ".join(word.upper()) for word in ("api", "app", "ceo", "faq", "id", "ios", "ok", "usb", "vip")},
    "adobe": "a·do·be", "business": "busi·ness", "bye": "bye", "byebye": "bye·bye", "cafe": "ca·fe",
    "client": "cli·ent", "create": "cre·ate", "evening": "eve·ning", "every": "eve·ry",
    "facebook": "face·book", "goodbye": "good·bye", "nike": "ni·ke", "pos": "pos", "quiet": "qui·et",
    "oppo": "op·po", "realme": "real·me", "science": "sci·ence", "someone": "some·one", "something": "some·thing",
    "sometimes": "some·times", "visa": "vi·sa", "wifi": "wi·fi",
}  # fmt: skip
_WORDS_IN_CAPITALS = re.compile(  # of products and shop windows; other short capitals are abbreviations
    "air|book|box|club|email|fit|free|hello|home|hot|joy|lite|live|logo|mate|max|mini|nano|new|note|nova|pad|pass|pay|"
    "phone|plan|play|plus|prime|pro|sale|smart|sorry|star|start|super|work|yes|zoom"
)
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")  # iPhone: i, Phone
_NUCLEUS = re.compile(r"(?<=[^aeiouyl])le(?=s?$)|(?:[aeiou]|y(?![aeiou]))+")
_SILENT_E = re.compile(r"e(?=$|ly$|ful$|less$|ness$|ment$|(?<!te)(?<!de)d$|(?<![sxzcg]e)(?<!she)(?<!che)s$)")
_TWO_VOWELS = re.compile(r"(?:i[ao]|e[ao])$|(?:i)(?=um$|us$)|[aeiou](?=ing$)")  # me·di·a, ra·di·o, go·ing
_LONG_WORD = 5  # capitals of this length or more are a word, not an abbreviation, if a third are vowel groups


def say_latin(word: str) -> str:
    """`word` as said: syllables joined by `·`, letters and parts of a word separated by a space."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", word) if c.isascii() and c.isalpha())
    if plain.lower() in _SAID:
        return _SAID[plain.lower()]
    return " ".join(_say_part(part) for part in _PARTS.findall(plain))


def _say_part(part: str) -> str:
    lower = part.lower()
    if lower in _SAID:
        return _SAID[lower]
    nuclei = _NUCLEUS.findall(lower)
    is_word = _WORDS_IN_CAPITALS.fullmatch(lower) or (len(part) >= _LONG_WORD and 3 * len(nuclei) >= len(part))
    abbreviated = part.isupper() and not is_word
    if len(part) == 1 or not nuclei or abbreviated:
        return " ".join(part.upper())
    return "·".join(_syllables(lower))


def _syllables(word: str) -> list[str]:
    nuclei = [found.span() for found in _NUCLEUS.finditer(word)]
    spoken = [(a, b) for a, b in nuclei if not (b - a == 1 and a and _SILENT_E.match(word, a))]
    if len(nuclei) > 1 and word.endswith(("gue", "que")):
        spoken = spoken[:-1]
    spoken = spoken or nuclei[:1]
    first, last = spoken[0], spoken[-1]
    if (last is not first or word.endswith("ing")) and (split := _TWO_VOWELS.search(word, last[0])):
        middle = split.start() + 1
        if last[0] < middle < last[1]:
            spoken[-1:] = [(last[0], middle), (middle, last[1])]
    cuts = [_cut(word, before[1], after[0]) for before, after in pairwise(spoken)]
    return [word[a:b] for a, b in zip([0, *cuts], [*cuts, len(word)], strict=True)]


def _cut(word: str, after: int, nucleus: int) -> int:
    """Where to divide between two vowel groups: one consonant, or a digraph, belongs to the next syllable."""
    digraph = nucleus - 2 >= after and word[nucleus - 2 : nucleus] in ("ch", "gh", "ph", "sh", "th")
    return max(after, nucleus - (2 if digraph else 1))
