"""English for what was seen: places, counts, lists. The composer's vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from pluralizer import Pluralizer

from core.concepts import Box

_NUMBERS = [
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]


def spot(box: Box, size: tuple[int, int]) -> str:
    """Where in the photo a box is, in both directions."""
    width, height = size
    if box.area > 0.5 * width * height:
        return "right there, filling most of the photo"
    row = ("at the top", "", "at the bottom")[_third(box.y0, box.y1, height)]
    column = _third(box.x0, box.x1, width)
    if not row:
        return side(box, width)
    return f"{row}{(' left', '', ' right')[column]}"


def side(box: Box, width: int) -> str:
    """Where in the photo a box is, from left to right."""
    return ("on the left", "in the middle", "on the right")[_third(box.x0, box.x1, width)]


def _third(start: int, end: int, length: int) -> int:
    return min(2, max(0, 3 * (start + end) // (2 * max(1, length))))


def sentence(text: str) -> str:
    """People's own words, ended like a sentence."""
    return text if text.endswith((".", "!", "?", "…", "。", "！", "？")) else f"{text}."


def join(words: Sequence[str]) -> str:
    """A list as it is said: "bo, mia and a chair"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def counted(word: str, count: int) -> str:
    """How it is said of one or more: "a dog", "three people"."""
    return article(word) if count == 1 else f"{number(count)} {plural(word)}"


def plural(word: str) -> str:
    """The plural of an English noun."""
    return f"{word}s" if word.isupper() else _english().plural(word)


def singular(word: str) -> str:
    """The singular of an English noun; one that is singular stays as it is."""
    return _english().singular(word)


def number(count: int) -> str:
    """A small number as a word."""
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def article(word: str) -> str:
    """The noun with its "a" or "an"."""
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {word}"


@cache
def _english() -> Pluralizer:
    return Pluralizer()  # type: ignore[no-untyped-call]
