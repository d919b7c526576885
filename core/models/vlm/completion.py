"""One completion while it is being generated: its tokens so far, their text, and when and why it ends."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from time import monotonic
from typing import Any

from core.errors import RapportError
from core.models.vlm.preprocessor import ModelInput

Emit = Callable[[str | RapportError | None], None]
"""Takes an answer: each piece, then an error or None."""

CUT = " …"  # shows that an answer would have gone on


class FinishReason(StrEnum):
    """Why a completion is over."""

    STOP = "stop"  # the model, or a stop text, ended it
    LENGTH = "length"  # it has reached its length or its time
    ABORT = "abort"  # its caller has gone


class Detokenizer:
    """Tokens one by one into text, in pieces that are final.

    Letters of several bytes come whole, and what could become a stop text is held back. `tokenizer` is
    a `tokenizers.Tokenizer` that no other thread uses.
    """

    def __init__(self, tokenizer: Any, stops: tuple[str, ...]) -> None:
        self._tokenizer, self._stops = tokenizer, stops
        self._tokens: list[int] = []  # the newest: those of the last piece, which shape the next one's spaces
        self._decoded = 0  # how many of them have been decoded
        self._held = ""
        self.stopped = False

    def add(self, token: int) -> str:
        """The text that is certain with this token; often empty."""
        self._tokens.append(token)
        letters = self._undecoded()
        if letters and not letters.endswith("\ufffd"):  # else it is a part of a letter
            self._tokens, self._decoded = self._tokens[self._decoded :], len(self._tokens) - self._decoded
            self._held += letters
        found = [start for stop in self._stops if (start := self._held.find(stop)) >= 0]
        if found:
            self.stopped = True
            self._held, piece = "", self._held[: min(found)]
            return piece
        # How many letters at the end could be the first of a stop text.
        begun = (size for stop in self._stops for size in range(1, len(stop)) if self._held.endswith(stop[:size]))
        certain = len(self._held) - max(begun, default=0)
        piece, self._held = self._held[:certain], self._held[certain:]
        return piece

    def rest(self) -> str:
        """The text that was held back, at the end."""
        piece, self._held = self._held + self._undecoded(), ""
        return piece

    def _undecoded(self) -> str:
        decoded = self._tokenizer.decode(self._tokens[: self._decoded])
        return str(self._tokenizer.decode(self._tokens)[len(decoded) :])


class Completion:
    """The answer to one prompt, from its first token to its end. The decoding thread's own.

    `most` is its greatest length in tokens, `until` the time (of `time.monotonic`) after which it is cut. `abandoned`
    becomes true when its caller has gone; `cacheable` false when something that it was told may be forgotten.
    """

    def __init__(self, prompt: ModelInput, text: Detokenizer, emit: Emit, *, most: int, until: float) -> None:
        self.prompt, self.tokens = prompt, list[int]()
        self.abandoned, self.cacheable = False, True
        self.finish_reason: FinishReason | None = None
        self._text, self._emit, self._most, self._until = text, emit, most, until

    @property
    def length(self) -> int:
        """Tokens of the prompt and of the answer so far."""
        return self.prompt.length + len(self.tokens)

    def append(self, token: int, end_tokens: frozenset[int]) -> None:
        """Add the next token, emit the text that it makes certain, and find out whether it is the last."""
        self.tokens.append(token)
        if token in end_tokens:
            self.finish_reason = FinishReason.STOP
        else:
            if piece := self._text.add(token):
                self._emit(piece)
            if self._text.stopped:
                self.finish_reason = FinishReason.STOP
            elif len(self.tokens) >= self._most:
                self.finish_reason = FinishReason.LENGTH
        self.check_finished()
        if self.finish_reason in (FinishReason.STOP, FinishReason.LENGTH):
            cut = CUT if self.finish_reason is FinishReason.LENGTH else ""
            for piece in filter(None, (self._text.rest(), cut)):
                self._emit(piece)

    def check_finished(self) -> None:
        """Set `finish_reason` when the time is over or the caller has gone."""
        if self.abandoned:
            self.finish_reason = FinishReason.ABORT
        elif self.finish_reason is None and monotonic() >= self._until:
            self.finish_reason = FinishReason.LENGTH

    def close(self, error: RapportError | None) -> None:
        """Emit the end, or the error that ended it."""
        self._emit(error)
