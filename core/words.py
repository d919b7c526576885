"""The limits on people's own words."""

from __future__ import annotations

from core.errors import UserError

LONGEST_INFO = 2000
LONGEST_CATEGORY = 40
LONGEST_LINE = 120


def in_brief(text: str) -> str:
    """A text in one line of a list, cut short where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1].rstrip()}…"


def check_info(text: str) -> str:
    """A text about a concept as it will be stored. Raises `UserError` when it is empty or too long."""
    tidy = text.strip()
    if not tidy:
        raise UserError("What should I know? As in /describe bo | a Shiba Inu who loves snow.")
    if len(tidy) > LONGEST_INFO:
        raise UserError(
            "That text is {length} characters long; {most} are the most I keep.",
            length=len(tidy),
            most=LONGEST_INFO,
        )
    return tidy


def check_category(text: str) -> str | None:
    """A category as it will be stored, None for an empty one. Raises `UserError` when it is too long."""
    tidy = " ".join(text.split())
    if len(tidy) > LONGEST_CATEGORY:
        raise UserError("A category is a word or two, as in dog; {most} characters at most.", most=LONGEST_CATEGORY)
    return tidy or None
