"""A long text as several messages that a platform takes, split between sentences."""

from __future__ import annotations

import re
from collections.abc import Callable

# Where a text may be split, the best first. Chinese ends its sentences without a space.
_ENDS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[。！？])"),
    re.compile(r"\s+"),
)


def split_message(text: str, longest: int, measure: Callable[[str], int] = len) -> list[str]:
    """The text in parts of at most `longest`, split between sentences wherever one ends in the part's second half.

    `measure` is how long the platform thinks that a text is: at least its number of characters.
    """
    parts = []
    rest = text.strip()
    while measure(rest) > longest:
        head = rest[:longest]
        while (over := measure(head) - longest) > 0:
            head = head[: -max(1, over // 2)]
        ends = ([match.end() for match in end.finditer(head) if match.end() > len(head) // 2] for end in _ENDS)
        length = next((found[-1] for found in ends if found), len(head))
        parts.append(rest[:length].rstrip())
        rest = rest[length:].lstrip()
    return [*parts, rest] if rest else parts
