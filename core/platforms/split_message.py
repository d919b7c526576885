"""A long text in pieces that a platform takes, cut between sentences."""

from __future__ import annotations

import re
from collections.abc import Callable

# Where a text may be cut, the best place first. Chinese ends its sentences without a space.
_ENDS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[。！？])"),
    re.compile(r"\s+"),
)


def pieces(text: str, longest: int, measure: Callable[[str], int] = len) -> list[str]:
    """The text in pieces of at most `longest`, cut between sentences wherever one ends late enough.

    `measure` is how long the platform thinks that a text is: at least its number of characters.
    """
    found = []
    rest = text.strip()
    while measure(rest) > longest:
        head = _head(rest, longest, measure)
        cut = _cut(head)
        found.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*found, rest] if rest else found


def _head(text: str, longest: int, measure: Callable[[str], int]) -> str:
    """As much of the beginning as fits."""
    head = text[:longest]
    while (over := measure(head) - longest) > 0:
        head = head[: -max(1, over // 2)]
    return head


def _cut(head: str) -> int:
    for end in _ENDS:
        places = [match.end() for match in end.finditer(head) if match.end() > len(head) // 2]
        if places:
            return places[-1]
    return len(head)
