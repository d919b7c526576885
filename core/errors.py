"""Every error Rapport raises on purpose.

RapportError
├── UserError            the text is a sentence for the chat, said in its language
│   ├── BadPhoto         bytes that are not a picture we can read
│   ├── BadName          a name that breaks the rules of names
│   ├── UnknownConcept   nothing of that name in this chat
│   ├── NotAllowed       the sender may not do that here
│   └── Busy             the queue is full, or the model took too long; asking again helps
├── ConfigError          the configuration is wrong: the text says which key and what to do
├── StoreError           the concept store can't be opened or is damaged
├── PlatformError        a platform can't be served (any more)
├── DataError            the photos or files to measure on can't be used
└── ModelError           a model is missing, damaged or failed
    ├── ModelMemoryError there was not memory enough for the batch: a smaller one may fit
    └── GeneratorError   the generator (often a remote server) gave no answer
"""

from __future__ import annotations

import traceback
from enum import StrEnum
from pathlib import Path

from core.i18n.lazy_strings import LazyString, gettext_noop

_HOUSE = Path(__file__).parent.parent
_DEEPEST, _MOST_PLACES = 6, 12  # causes, and places of each, that are told

# What `Busy` says where there is more to do than can be done.
FULL = gettext_noop("I have more to do than I can keep up with right now. Please send that again in a minute.")
LATE = gettext_noop("I couldn't get to that in time. Please send it again.")
SHUTTING_DOWN = gettext_noop("I'm shutting down right now. Please send that again when I'm back.")


class Fault(StrEnum):
    """What is wrong with the store: how it fails, whatever was asked of it."""

    FULL = "full"  # its disk has no room
    READ_ONLY = "read-only"
    LOCKED = "locked"  # another program writes, and goes on writing
    GONE = "gone"  # its file isn't where it was, or its server out of reach
    SILENT = "silent"  # it doesn't answer
    DAMAGED = "damaged"
    BROKEN = "broken"  # any other


# What a chat hears of each: what works still, and what doesn't.
_STORE_FAULTS = {
    Fault.FULL: gettext_noop(
        "My disk is full, so nothing has changed. I still recognise everyone I know; for anything else my host has to "
        "make room."
    ),
    Fault.READ_ONLY: gettext_noop(
        "I can only read in my memory right now, so nothing has changed. I still recognise everyone I know; my host "
        "has to let me write again."
    ),
    Fault.LOCKED: gettext_noop(
        "Another program is keeping my memory to itself, so nothing has changed. I still recognise everyone I know. "
        "Please send that again in a minute."
    ),
    Fault.GONE: gettext_noop(
        "I can't get at my memory right now. I still recognise those I had in mind; the rest has to wait until my host "
        "has brought it back."
    ),
    Fault.SILENT: gettext_noop(
        "My memory isn't answering right now. I still recognise those I had in mind; for anything else please look in "
        "a few minutes whether it was done."
    ),
    Fault.DAMAGED: gettext_noop(
        "My memory is damaged. I still recognise those I had in mind; my host has to put a backup in its place."
    ),
    Fault.BROKEN: gettext_noop(
        "Something is wrong with my memory right now. I still recognise those I had in mind; my host finds the reason "
        "in my log."
    ),
}


_FULL_BUT_FORGETS = gettext_noop(
    "My disk is full, so nothing has changed. I still recognise everyone I know, and I can still forget them; for "
    "anything else my host has to make room."
)


class RapportError(Exception):
    """The root of the tree: `except RapportError` catches all that Rapport raises on purpose.

    Raise it with an English sentence and what goes into its {places}. `message` is the sentence for whoever
    says it in another language; `str(error)` is the English.
    """

    def __init__(self, sentence: str | LazyString, **values: object) -> None:
        self.message = sentence if isinstance(sentence, LazyString) else LazyString(sentence, values)
        super().__init__(str(self.message))


class UserError(RapportError):
    """Something the sender can put right; the sentence is shown to the chat."""


class BadPhoto(UserError):
    """The bytes are not a picture, or one too large or too small to use."""


class BadName(UserError):
    """The name is empty, too long, or holds a line break or an angle bracket."""


class UnknownConcept(UserError):
    """This chat has no concept of that name."""


class AnsweredAlready(UserError):
    """That was said before, by a button or in words, and counts once."""


class NotAllowed(UserError):
    """The sender may not do this in this chat."""


class Busy(UserError):
    """There is too much to do right now; the same message later will be answered."""


class ConfigError(RapportError):
    """The configuration can't be used; the text names the key and the remedy."""


class StoreError(RapportError):
    """The concept store can't be opened, read or written.

    Its text is for the host and may name files. `for_chat` is what a chat hears of such a `fault`; `can_forget` is
    whether forgetting works all the same on a full disk.
    """

    def __init__(self, sentence: str, fault: Fault = Fault.BROKEN) -> None:
        super().__init__(sentence)
        self.fault, self.can_forget = fault, False

    @property
    def for_chat(self) -> LazyString:
        """What works still, and what doesn't: a sentence of the catalogues that names no file."""
        return LazyString(_FULL_BUT_FORGETS if self.can_forget else _STORE_FAULTS[self.fault])


class PlatformError(RapportError):
    """A platform can't be served: the text is a sentence for the host.

    `permanent` says that trying again is no use (a token that isn't valid) until the host has done something.
    """

    def __init__(self, sentence: str, permanent: bool = False) -> None:
        super().__init__(sentence)
        self.permanent = permanent


class DataError(RapportError):
    """What `python -m bot eval` should measure on can't be used; the text says what to do."""


class ModelError(RapportError):
    """A model is missing, damaged, or failed on an input.

    Its text is for the host and may name files and addresses. Where it is raised with a lazy string it is
    `for_chats`, too: a sentence of the catalogues without any.
    """

    def __init__(self, sentence: str | LazyString, **values: object) -> None:
        super().__init__(sentence, **values)
        self.for_chats = isinstance(sentence, LazyString)


class ModelMemoryError(ModelError):
    """A batch didn't fit into the device's memory; the executor tries a smaller one."""


class GeneratorError(ModelError):
    """The generator gave no answer."""


def traced(error: BaseException) -> str:
    """What a log may tell of any error: its kind, the places it came through (the innermost first), its causes.

    As in "KeyError in core/names.py:12 clean, bot/x.py:3 y; after OSError in …". Nothing of the error's text, which
    may quote what people wrote, and of no local variable.
    """
    told: list[str] = []
    chain: BaseException | None = error
    while chain is not None and len(told) < _DEEPEST:
        frames = list(traceback.walk_tb(chain.__traceback__))[-_MOST_PLACES:]
        # Paths from the program's folder, or from where packages are installed.
        files = [
            frame.f_code.co_filename.removeprefix(f"{_HOUSE}/").rpartition("site-packages/")[2] for frame, _ in frames
        ]
        called = [f"{file}:{line} {frame.f_code.co_name}" for file, (frame, line) in zip(files, frames, strict=True)]
        places = called[::-1]
        told.append(f"{type(chain).__name__} in {', '.join(places)}" if places else type(chain).__name__)
        if isinstance(chain, BaseExceptionGroup):
            chain = chain.exceptions[0]
        else:
            chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)
    return "; after ".join(told)
