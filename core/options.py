"""Options of the host's: what a section of the configuration is, and the sections that several rooms read.

Every other section is a class beside the code that it sets up; `bot.config` composes them.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

MOST_DAYS = 36_500
"""Of any setting: a calendar holds no more than some thousand years."""


class Role(StrEnum):
    """What a process does where several share a store; one alone does all of it."""

    ALL = "all"
    INGRESS = "ingress"  # takes what comes in, and writes it down
    WORKER = "worker"  # answers chats
    CHORES = "chores"  # erases, embeds anew, checks


class Section(BaseModel):
    """One table of the file; keys it doesn't know are refused by name."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False)


def closest(written: str, known: Iterable[str]) -> str:
    """Which of the known names a host likely meant; empty where none is close."""
    return next(iter(get_close_matches(written, known, n=1)), "")


_TEACHING_UNDO_SECONDS = 30


class ChatOptions(Section):
    """`[chat]`: manners."""

    undo_seconds: int = Field(
        30,
        ge=0,
        le=MOST_DAYS * 86400,
        description="How long /forget, and what was taught, can be undone; with 0 /forget erases at once.",
    )
    photo_minutes: float = Field(30, ge=0, description="How long a photo can be asked about.")
    history: int = Field(8, ge=0, description="How many earlier lines a language model gets to see.")
    history_days: float = Field(
        30,
        ge=0,
        le=MOST_DAYS,
        description="How long the web page's lines are kept, text alone; 0 keeps none over a restart.",
    )
    late_minutes: float = Field(
        10, ge=0, description="How old a message that a crash or a restart left over may be, to be answered still."
    )

    @property
    def teaching_undo_seconds(self) -> int:
        """How long what was taught can be undone: as long as /forget, half a minute where that erases at once."""
        return self.undo_seconds or _TEACHING_UNDO_SECONDS

    left_days: float = Field(
        30, ge=0, le=MOST_DAYS, description="How long a chat's memory is kept after the bot was removed from it."
    )


class MessageLimits(Section):
    """`[limits]`: what one message may weigh."""

    photo_megabytes: float = Field(20, gt=0, description="The largest photo file.")
    photo_megapixels: float = Field(50, gt=0, description="The largest photo, in millions of pixels.")
    photo_seconds: float = Field(10, gt=0, description="Seconds of CPU that opening a photo may take at most.")
    photos: int = Field(10, ge=1, description="The most photos in one message.")
    queue: int = Field(256, ge=1, description='Photos waiting at most; beyond that the bot says "busy".')
    answer_seconds: float = Field(120, gt=0, description="The longest a photo may wait for the models.")
    stop_seconds: float = Field(20, ge=0, description="How long answers under way may take when stopping.")

    @model_validator(mode="after")
    def _an_album_fits_into_the_queue(self) -> Self:
        """One that doesn't would be answered with "busy" for ever."""
        if self.queue < self.photos:
            needed = f"the photos of one message, limits.photos ({self.photos})"
            raise ValueError(f"limits.queue ({self.queue}) has to hold {needed}")
        return self

    @property
    def photo_bytes(self) -> int:
        """`photo_megabytes` in bytes."""
        return round(self.photo_megabytes * 1e6)
