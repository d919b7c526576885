"""Numbers with their nouns, as the command line says them: in English."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """As in "1 photo", "2 photos": for nouns whose plural is made with an s."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
