"""One answer while it is being written: its tokens so far, the words they make, and when it ends."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from time import monotonic
from typing import Any

from core.errors import RapportError
from core.models.vlm.reading import Question

Say = Callable[[str | RapportError | None], None]
"""Hears an answer: each piece, then an error or None."""

CUT = " …"  # shows that an answer would have gone on


class End(StrEnum):
    """Why an answer is over."""

    SAID = "said"  # the model, or a stop text, ended it
    CUT = "cut"  # it has reached its length or its time
    GONE = "gone"  # nobody listens any more


class Words:
    """Tokens one by one into text, in pieces that are final.

    Letters of several bytes come whole, and what could become a stop text is held back. `tokenizer` is
    a `tokenizers.Tokenizer` that no other thread uses.
    """

    def __init__(self, tokenizer: Any, stops: tuple[str, ...]) -> None:
        self._tokenizer, self._stops = tokenizer, stops
        self._tokens: list[int] = []  # the newest: those of the last piece, which shape the next one's spaces
        self._spelt = 0  # how many of them have been spelt
        self._held = ""
        self.stopped = False

    def add(self, token: int) -> str:
        """The piece that is certain with this token; often empty."""
        self._held += self._spell(token)
        found = [place for stop in self._stops if (place := self._held.find(stop)) >= 0]
        if found:
            self.stopped = True
            self._held, piece = "", self._held[: min(found)]
            return piece
        keep = max((self._beginning(stop) for stop in self._stops), default=0)
        piece, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return piece

    def rest(self) -> str:
        """What was held back, at the end."""
        piece, self._held = self._held + self._unspelt(), ""
        return piece

    def _spell(self, token: int) -> str:
        """The letters that this token completes."""
        self._tokens.append(token)
        letters = self._unspelt()
        if not letters or letters.endswith("\ufffd"):  # a part of a letter
            return ""
        self._tokens, self._spelt = self._tokens[self._spelt :], len(self._tokens) - self._spelt
        return letters

    def _unspelt(self) -> str:
        spelt = self._tokenizer.decode(self._tokens[: self._spelt])
        return str(self._tokenizer.decode(self._tokens)[len(spelt) :])

    def _beginning(self, stop: str) -> int:
        """How many letters at the end of the text are a stop text's first."""
        return next((size for size in range(len(stop) - 1, 0, -1) if self._held.endswith(stop[:size])), 0)


class Answer:
    """The answer to one question, from its first token to its end. The decoding thread's own.

    `most` is the longest it may get in tokens, `until` the moment (of
    `time.monotonic`) after which it is cut. `gone` becomes true when nobody listens any more.
    """

    def __init__(self, question: Question, words: Words, say: Say, *, most: int, until: float) -> None:
        self.question, self.tokens = question, list[int]()
        self.gone = False
        self.end: End | None = None
        self._words, self._say, self._most, self._until = words, say, most, until

    @property
    def length(self) -> int:
        """Tokens of the question and of the answer so far."""
        return self.question.length + len(self.tokens)

    def hear(self, token: int, ends: frozenset[int]) -> None:
        """Take the next token: say what it makes certain, and notice the end."""
        self.tokens.append(token)
        if token in ends:
            self.end = End.SAID
        else:
            self._speak(self._words.add(token))
            if self._words.stopped:
                self.end = End.SAID
            elif len(self.tokens) >= self._most:
                self.end = End.CUT
        self.look_up()
        if self.end in (End.SAID, End.CUT):
            self._speak(self._words.rest())
            self._speak(CUT if self.end is End.CUT else "")

    def look_up(self) -> None:
        """Notice that time is over, or that nobody listens."""
        if self.gone:
            self.end = End.GONE
        elif self.end is None and monotonic() >= self._until:
            self.end = End.CUT

    def close(self, error: RapportError | None) -> None:
        """Say that it is over, and why if it failed."""
        self._say(error)

    def _speak(self, piece: str) -> None:
        if piece:
            self._say(piece)
