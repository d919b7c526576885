"""Readers of what follows a command's name. Each raises `UserError` with an example when it can't be read."""

from __future__ import annotations

from collections.abc import Callable

from core.errors import UserError


def name(command: str) -> Callable[[str], str]:
    """A reader of one name: all that follows."""

    def read(rest: str) -> str:
        if not rest:
            raise UserError("Which one? Write the name after it, as in {example}.", example=f"/{command} bo")
        return rest

    return read


def pair(command: str, example: str) -> Callable[[str], tuple[str, str]]:
    """A reader of two texts around a bar; without a bar the first word is the first of them."""

    def read(rest: str) -> tuple[str, str]:
        parts = parts_of(rest, 2) if "|" in rest else rest.split(maxsplit=1)
        if len(parts) < 2 or not parts[0]:
            raise UserError("Put a bar between the two, as in {example}.", example=f"/{command} {example}")
        return parts[0], parts[1]

    return read


def parts_of(rest: str, most: int) -> list[str]:
    """The texts between bars, `most` at most: the last one keeps further bars."""
    return [part.strip() for part in rest.split("|", most - 1)]


def is_number(text: str) -> bool:
    """Whether it is a number that an id can be: databases count up to 64 bits."""
    return text.isdecimal() and len(text) <= 18
