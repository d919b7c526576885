"""What a host chooses about the teacher, and the part of it that decides what is written."""

from __future__ import annotations

import os
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from adapters.web.options import is_loopback
from bot.data.samples import Value
from core.errors import ConfigError

KEY_VARIABLE = "TEACHER_KEY"
_CONFIGURATION = (
    "RAPPORT_"  # what begins so is a setting of the bot's (`bot.config`), which refuses what it doesn't know
)
NOBODY = "none"


class TeacherOptions(Value):
    """Who writes the texts, and what that may cost. The key is never a part of it: `teacher_key` reads it.

    Without prices `budget` counts tokens, with them the currency that they are in.
    """

    model: str = Field(NOBODY, min_length=1, description='The teacher, as its server calls it; "none": no teacher.')
    base_url: str = Field(
        "https://generativelanguage.googleapis.com/v1beta/openai/",
        description="Its OpenAI-compatible server: this is Gemini's; http://127.0.0.1:8000/v1 is vLLM's.",
    )
    key_variable: str = Field(KEY_VARIABLE, description="The environment variable that holds the server's key.")
    views: int = Field(3, ge=1, le=8, description="How many of a subject's views it sees and writes captions for.")
    questions: int = Field(6, ge=0, le=20, description="How many questions with answers it writes for a subject.")
    temperature: float = Field(0.4, ge=0, le=2, description="0 is sober, 1 is free.")
    max_tokens: int = Field(4096, ge=256, description="The longest answer in tokens, thoughts included.")
    reasoning_effort: Literal["", "none", "minimal", "low", "medium", "high"] = Field(
        "", description="How long a model that thinks may think; empty is its own."
    )
    rate: float = Field(60, gt=0, description="Requests a minute at most.")
    concurrency: int = Field(4, ge=1, le=64, description="Requests at the same time.")
    timeout: float = Field(180, gt=0, description="Seconds that an answer may take.")
    budget: float | None = Field(
        None, gt=0, description="What may be spent, earlier runs of the build included; in tokens if prices are 0."
    )
    price_in: float = Field(0, ge=0, description="What a million tokens that it reads costs.")
    price_out: float = Field(0, ge=0, description="What a million tokens that it writes costs.")
    seed: int = Field(0, description="Decides drawn names and which questions are grown.")

    @field_validator("key_variable")
    @classmethod
    def _no_setting(cls, name: str) -> str:
        if not name or name.upper().startswith(_CONFIGURATION):
            raise ValueError(f"Name a variable that doesn't begin with {_CONFIGURATION}: those are the bot's settings")
        return name

    @property
    def writing(self) -> Writing:
        """The part that decides what is written."""
        if self.model == NOBODY:
            return Writing(seed=self.seed)
        return Writing.model_validate(self.model_dump(include=set(Writing.model_fields)))


class Writing(Value):
    """What decides the texts: a change of anything else lets those that were made stand."""

    model: str = NOBODY
    base_url: str = ""
    views: int = 3
    questions: int = 6
    temperature: float = 0.4
    max_tokens: int = 4096
    reasoning_effort: str = ""
    seed: int = 0


def teacher_key(options: TeacherOptions) -> SecretStr:
    """The server's key out of the environment, empty for one that wants none.

    Raises `ConfigError` for a key or an address that can't be one.
    """
    try:
        parts = urlsplit(options.base_url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        usable = usable and parts.username is None  # it would be written into the build's folder
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError("teacher.base_url has to be an address such as http://127.0.0.1:8000/v1, with no key in it.")
    key = os.environ.get(options.key_variable, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise ConfigError(f"{options.key_variable} holds a character that no key has. Was it copied whole?")
    return SecretStr(key)


def check_teacher(options: TeacherOptions) -> None:
    """Raise `ConfigError` now, not after hours, where the teacher can't be asked: no usable address, or no key."""
    if options.model == NOBODY or teacher_key(options).get_secret_value():
        return
    host = urlsplit(options.base_url).hostname or ""
    if not is_loopback(host):
        raise ConfigError(
            f"There is no key in {options.key_variable} for the teacher at {host}. Export it in this shell, any word "
            "if that server wants none; or name a server on this machine with --teacher-url."
        )
