"""What goes wrong with a chat-completions server, and the sentence for each."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

import openai

from core.errors import Busy, GeneratorError, RapportError
from core.i18n.lazy_strings import gettext_noop, lazy_ngettext

TRYING_AGAIN = gettext_noop("(The model is busy; I'm trying again …)")

LONGEST_PAUSE = 20.0  # seconds; a person who has to wait longer had better be told
BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_DOWN = (*BUSY, HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT)
_TOO_LONG = re.compile(r"context|too long|maximum.*(length|tokens)|exceed", re.IGNORECASE)
_KEY = re.compile(r"\bapi.?key\b", re.IGNORECASE)
_LONG_WORD = re.compile(r"(?<=base64,)\S+|[\w+/=-]{33,}")
_PREFIX = re.compile(r"^(Error code: \d+ - |An error occurred during streaming )")  # the library's

_LONGEST_QUOTE = 300  # letters
_QUOTED_LETTERS, _FEWEST_LETTERS = 12, 3  # of a text that a server may quote


class TooLong(ValueError):
    """A server's response is longer than any answer is."""


def retry_wait(error: openai.APIError, longest: float = LONGEST_PAUSE) -> float | bool:
    """Seconds that the server asks to wait before a retry; True if it names none, False for no retry.

    Safe is what the server refused (429, 503) or never heard; what timed out may still be at work there. A pause above
    `longest` is no retry either. Source: Retry-After in RFC 9110, 10.2.3 (seconds or a date).
    """
    if not isinstance(error, openai.APIStatusError) or error.status_code not in BUSY:
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


def is_down(error: BaseException | None) -> bool:
    """Whether the server is dead, silent or has no room, so that it would answer no other question, either."""
    if isinstance(error, openai.APIStatusError):
        return error.status_code in _DOWN
    return isinstance(error, openai.APIConnectionError | TimeoutError)


def words_of(error: openai.APIError) -> str:
    """What a server says about its refusal, also in a list, as Gemini does: the library finds no words there."""
    return error.message if isinstance(error.body, dict) else f"{error.message} {error.body or ''}"


def about_key(error: openai.APIStatusError) -> bool:
    """Whether the server refused the key; Gemini does it with status 400 ("API key not valid")."""
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return bool(_KEY.search(words_of(error)))
    return error.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


def quoted(words: str, private: Iterable[str] = ()) -> str:
    """A server's words for its host's log: short, on one line, without what they quote of the `private` texts.

    Nor do they tell pictures or keys, which are long words of letters and digits.
    """
    line = _LONG_WORD.sub("…", _PREFIX.sub("", " ".join(words.split())))[:_LONGEST_QUOTE]
    hidden = bytearray(len(line))
    folded = line.casefold()
    for text in private:
        told = " ".join(text.casefold().split())
        # What is quoted is quoted whole or in a run of letters, never in single words.
        size = min(len(told), _QUOTED_LETTERS)
        runs = {told[at : at + size] for at in range(len(told) - size + 1)} if size >= _FEWEST_LETTERS else set()
        for at in range(len(folded) - size + 1):
            if folded[at : at + size] in runs:
                hidden[at : at + size] = b"\1" * size
    shown = "".join("\0" if hide else letter for letter, hide in zip(line, hidden, strict=False))
    return re.sub("\0+", "…", shown)


@dataclass(frozen=True, slots=True)
class Explainer:
    """Turns the client's errors into ours. `silence` is the timeout in seconds, `most_seconds` those of a whole answer.

    `section` is whose settings the sentences speak of, `key` where the host has set the key.
    """

    base_url: str
    model: str
    silence: float
    section: str = "generator"
    key: str = "generator.api_key"
    most_seconds: float = math.inf

    def __call__(self, error: Exception, *, said: bool, private: Iterable[str] = ()) -> RapportError:
        """The error to raise; `said` is whether a part of the answer has been given.

        Where it is for the host it tells the server's words, but for what they quote of the `private` texts.
        """
        if isinstance(error, openai.APITimeoutError | TimeoutError):
            seconds = self.silence if isinstance(error, openai.APITimeoutError) else self.most_seconds
            return Busy(
                lazy_ngettext(
                    "The model kept silent for {count} second. Please ask again in a minute.",
                    "The model kept silent for {count} seconds. Please ask again in a minute.",
                    seconds,
                )
            )
        if said:
            return self.broken_off()
        if isinstance(error, openai.APIConnectionError):
            return GeneratorError(
                f"There is no connection to the model's server at {self._where()}. "
                f"Is it running, and is {self.section}.base_url right?"
            )
        if isinstance(error, openai.APIStatusError):
            return self._refusal(error, quoted(words_of(error), private))
        if isinstance(error, openai.APIError | TooLong) and not isinstance(error, openai.APIResponseValidationError):
            words = quoted(words_of(error) if isinstance(error, openai.APIError) else str(error), private)
            return GeneratorError(f"{self._where()} failed in its answer: “{words}”.")
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

    def _refusal(self, error: openai.APIStatusError, words: str) -> RapportError:
        if error.status_code in BUSY:
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
            f"The model's server at {self._where()} failed with HTTP {error.status_code}: “{words}”. Its log says more."
        )

    def _where(self) -> str:
        """The address without a user, a password or a query, which may be secrets."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
