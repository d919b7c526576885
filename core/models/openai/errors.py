"""What goes wrong with a chat-completions server, and the sentence for each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

import openai

from core.errors import Busy, GeneratorError, RapportError

TRYING_AGAIN = "(The model is busy; I'm trying again …)"

LONGEST_PAUSE = 20.0  # seconds; a person who has to wait longer had better be told
_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_TOO_LONG = re.compile(r"context|too long|maximum.*(length|tokens)|exceed", re.IGNORECASE)
_KEY = re.compile(r"\bapi.?key\b", re.IGNORECASE)
_PICTURES = re.compile(r"\b(images?|multi.?modal)\b", re.IGNORECASE)


def retry_wait(error: openai.APIError, longest: float = LONGEST_PAUSE) -> float | bool:
    """Seconds that the server asks to wait before a retry; True if it names none, False for no retry.

    Safe is what the server refused (429, 503) or never heard; what timed out may still be at work there. A pause above
    `longest` is no retry either. Source: Retry-After in RFC 9110, 10.2.3 (seconds or a date).
    """
    if not isinstance(error, openai.APIStatusError) or error.status_code not in _BUSY:
        return isinstance(error, openai.APIConnectionError) and not isinstance(error, openai.APITimeoutError)
    value = error.response.headers.get("retry-after", "")
    try:
        asked = float(value)
    except ValueError:
        try:
            asked = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):  # no date, or one without a zone
            return True
    return max(0.0, asked) if asked <= longest else False


def words_of(error: openai.APIError) -> str:
    """What a server says about its refusal, also in a list, as Gemini does: the library finds no words there."""
    return error.message if isinstance(error.body, dict) else f"{error.message} {error.body or ''}"


def about_key(error: openai.APIStatusError) -> bool:
    """Whether the server refused the key; Gemini does it with status 400 ("API key not valid")."""
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return bool(_KEY.search(words_of(error)))
    return error.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


def about_pictures(error: openai.APIError) -> bool:
    """Whether the server refused the question for its pictures, as vLLM's "At most 1 image(s) …" does."""
    return isinstance(error, openai.BadRequestError) and bool(_PICTURES.search(words_of(error)))


@dataclass(frozen=True, slots=True)
class Explainer:
    """Turns the client's errors into ours. `silence` is the timeout in seconds.

    `section` is whose settings the sentences speak of, `key` where the host has set the key.
    """

    base_url: str
    model: str
    silence: float
    section: str = "generator"
    key: str = "generator.api_key"

    def __call__(self, error: Exception, *, said: bool) -> RapportError:
        """The error to raise; `said` is whether a part of the answer has been given."""
        if isinstance(error, openai.APITimeoutError):
            return Busy(
                "The model kept silent for {seconds} seconds. Please ask again in a minute.",
                seconds=f"{self.silence:g}",
            )
        if said:
            return self.broken_off()
        if isinstance(error, openai.APIConnectionError):
            return GeneratorError(
                f"There is no connection to the model's server at {self._where()}. "
                f"Is it running, and is {self.section}.base_url right?"
            )
        if isinstance(error, openai.APIStatusError):
            return self._refusal(error)
        return GeneratorError(
            f"What came from {self._where()} is not the answer of an OpenAI-compatible server. "
            f"Is {self.section}.base_url right?"
        )

    def broken_off(self) -> GeneratorError:
        """The error for an answer that ended in the middle."""
        return GeneratorError(f"The server at {self._where()} broke off in mid-answer. Please ask again.")

    def other_models(self, served: Sequence[str]) -> GeneratorError:
        """The error for a server that doesn't have the model."""
        return GeneratorError(
            f"{self._where()} has no model {self.model}; it has {', '.join(served[:5])}. "
            f"Set {self.section}.model to one of those."
        )

    def _refusal(self, error: openai.APIStatusError) -> RapportError:
        if error.status_code in _BUSY:
            return Busy("The model has too much to do right now. Please ask again in a minute.")
        if about_key(error):
            return GeneratorError(f"{self._where()} refused the key. Check {self.key}.")
        if error.status_code == HTTPStatus.NOT_FOUND:
            return GeneratorError(
                f"{self._where()} doesn't know the model {self.model}. Check {self.section}.model, and that "
                f"{self.section}.base_url ends as the server wants it (mostly in /v1)."
            )
        if error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR and _TOO_LONG.search(words_of(error)):
            return GeneratorError(
                f"The question with its photo, notes and history is too long for {self.model}. "
                "Lower chat.history or generator.max_tokens, or give the server a larger context."
            )
        return GeneratorError(
            f"The model's server at {self._where()} failed with HTTP {error.status_code}. Its log says why."
        )

    def _where(self) -> str:
        """The address without a user, a password or a query, which may be secrets."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
