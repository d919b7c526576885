"""Text → what the person wants: one frozen value for each command, `Ask` for everything else."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from core.concepts import Box
from core.errors import UserError
from core.i18n.lazy_strings import gettext_noop


@dataclass(frozen=True, slots=True)
class Remember:
    """Learn the concept on the photo, or add the photo to it."""

    name: str
    category: str | None = None
    info: str | None = None


@dataclass(frozen=True, slots=True)
class Forget:
    """Forget a concept at once."""

    name: str


@dataclass(frozen=True, slots=True)
class Rename:
    """Give a concept another name."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Describe:
    """Replace what is known about a concept; the old text stays visible in `/show`."""

    name: str
    info: str


@dataclass(frozen=True, slots=True)
class Categorise:
    """Say what kind of thing a concept is; an empty category takes it away."""

    name: str
    category: str


@dataclass(frozen=True, slots=True)
class List:
    """Show everything this chat knows."""


@dataclass(frozen=True, slots=True)
class Show:
    """Show one concept with its photos and texts."""

    name: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """That's not who you said; without a name: whoever the last answer named."""

    name: str | None = None


@dataclass(frozen=True, slots=True)
class Confirm:
    """The answer to "is this bo?": which shown photo, which region in it, who, and whether it is."""

    shown: str
    photo: int
    region: int
    concept_id: int
    yes: bool


@dataclass(frozen=True, slots=True)
class Move:
    """The person meant another region of a remembered photo."""

    reference_id: int
    box: Box


@dataclass(frozen=True, slots=True)
class Undo:
    """Take the last change back, or the one a button names."""

    change_id: int | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """Hand over everything this chat knows."""


@dataclass(frozen=True, slots=True)
class Import:
    """Read what `Export` wrote; the file comes with the message."""


@dataclass(frozen=True, slots=True)
class ForgetAll:
    """Erase the chat's whole memory; asks once."""

    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """Show the chat's settings, or change one."""

    key: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Privacy:
    """What is kept, where, and how to get rid of it."""


@dataclass(frozen=True, slots=True)
class Help:
    """What the bot can do."""


@dataclass(frozen=True, slots=True)
class Stats:
    """What the bot has done so far, for its owner."""


@dataclass(frozen=True, slots=True)
class Start:
    """The first hello."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Anything that is not a command: a question, or nothing but a photo."""

    text: str = ""


Command = (
    Remember | Forget | Rename | Describe | Categorise | List | Show | Wrong | Confirm | Move | Undo | Export
    | Import | ForgetAll | Settings | Privacy | Help | Stats | Start | Ask
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Usage:
    """One line of the help: the command, what follows it, what it does (both in English, to be said)."""

    word: str
    arguments: str
    purpose: str


USAGES = (
    Usage(
        "remember",
        gettext_noop("NAME | CATEGORY | INFO"),
        gettext_noop("with a photo, learn who or what is on it"),
    ),
    Usage("forget", gettext_noop("NAME"), gettext_noop("forget them at once")),
    Usage("list", "", gettext_noop("everyone and everything I know here")),
    Usage("show", gettext_noop("NAME"), gettext_noop("their photos and what I was told")),
    Usage("describe", gettext_noop("NAME | INFO"), gettext_noop("tell me about them")),
    Usage("rename", gettext_noop("OLD | NEW"), gettext_noop("give them another name")),
    Usage("category", gettext_noop("NAME | CATEGORY"), gettext_noop("say what they are")),
    Usage("wrong", gettext_noop("NAME"), gettext_noop("that's not who I said it is")),
    Usage("undo", "", gettext_noop("take the last change back")),
    Usage("export", "", gettext_noop("a zip of everything I know here")),
    Usage("import", "", gettext_noop("with such a zip, read it back")),
    Usage("forgetall", "", gettext_noop("erase everything I know here")),
    Usage("settings", "", gettext_noop("when I speak, in which language, and who may change what")),
    Usage("privacy", "", gettext_noop("what I keep, and where")),
    Usage("help", "", gettext_noop("this list")),
)

# "start" greets, "stats" is the owner's, "confirm" and "move" are what buttons say: not for the help.
_HIDDEN = ("start", "stats", "confirm", "move")
WORDS = frozenset({*_HIDDEN, *(usage.word for usage in USAGES)})  # every command there is
_COMMAND = re.compile(r"/(?P<word>[^\W\d]\w*)(?:@\w+)?(?:\s+(?P<rest>.*))?", re.DOTALL)


def parse(text: str) -> Command:
    """Read a message's text. Raises `UserError` with a suggestion when a command is misspelt or incomplete.

    A lone slash, a path or a smiley is no command: only a slash with a word right behind it is.
    """
    match = _COMMAND.fullmatch(text.strip())
    if match is None:
        return Ask(text.strip())
    word, rest = match["word"].casefold(), (match["rest"] or "").strip()
    reader = _READERS.get(word)
    if reader is None:
        raise _unknown(word)
    return reader(rest)


def _unknown(word: str) -> UserError:
    known = [usage.word for usage in USAGES]
    best = process.extractOne(word, known, scorer=fuzz.ratio, score_cutoff=60)
    if best is None:
        return UserError("I don't know {command}. /help lists what I can do.", command=f"/{word[:32]}")
    said = gettext_noop("I don't know {command}. Did you mean {other}?")
    return UserError(said, command=f"/{word[:32]}", other=f"/{best[0]}")


def _parts(rest: str, most: int) -> list[str]:
    return [part.strip() for part in rest.split("|", most - 1)]


def _name(rest: str, word: str, example: str) -> str:
    if not rest:
        raise UserError("Which one? Write the name after it, as in {example}.", example=f"/{word} {example}")
    return rest


def _remember(rest: str) -> Remember:
    if not rest:
        raise UserError("What should I call it? Write the name after the command, as in /remember bo.")
    name, category, info = [*_parts(rest, 3), "", ""][:3]
    return Remember(name, category or None, info or None)


def _pair(rest: str, word: str, example: str) -> tuple[str, str]:
    """Two arguments around a bar; without a bar the first word is the name, if there are just two or more."""
    parts = _parts(rest, 2) if "|" in rest else rest.split(maxsplit=1)
    if len(parts) < 2 or not parts[0]:
        raise UserError("Put a bar between the two, as in {example}.", example=f"/{word} {example}")
    return parts[0], parts[1]


def _rename(rest: str) -> Rename:
    old, new = _pair(rest, "rename", "bo | Bobby")
    if not new:
        raise UserError("What is the new name? As in /rename bo | Bobby.")
    return Rename(old, new)


def _describe(rest: str) -> Describe:
    return Describe(*_pair(rest, "describe", "bo | a Shiba Inu who loves snow"))


def _categorise(rest: str) -> Categorise:
    return Categorise(*_pair(rest, "category", "bo | dog"))


def _settings(rest: str) -> Settings:
    words = rest.casefold().split()
    if not words:
        return Settings()
    if len(words) == 1:
        return Settings(words[0])
    return Settings(words[0], " ".join(words[1:]))


def _is_number(text: str) -> bool:
    """Whether it is a number that an id can be: databases count up to 64 bits."""
    return text.isdecimal() and len(text) <= 18


def _confirm(rest: str) -> Confirm:
    parts = rest.split()
    if len(parts) != 5 or parts[0] not in {"yes", "no"} or not all(map(_is_number, parts[2:])):
        raise UserError("That button is broken; use /wrong NAME instead.")
    photo, region, concept_id = (int(part) for part in parts[2:])
    return Confirm(parts[1], photo, region, concept_id, parts[0] == "yes")


def _move(rest: str) -> Move:
    numbers = rest.split()
    if len(numbers) != 5 or not all(map(_is_number, numbers)):
        raise UserError("That button is broken; send the photo again with /remember NAME.")
    reference, *edges = (int(number) for number in numbers)
    return Move(reference, Box(*edges))


def _undo(rest: str) -> Undo:
    if rest and not rest.isdecimal():
        raise UserError("/undo takes back the last change; it needs nothing after it.")
    return Undo(int(rest[:18]) if rest else None)


_READERS: dict[str, Callable[[str], Command]] = {
    "remember": _remember,
    "forget": lambda rest: Forget(_name(rest, "forget", "bo")),
    "rename": _rename,
    "describe": _describe,
    "category": _categorise,
    "list": lambda _: List(),
    "show": lambda rest: Show(_name(rest, "show", "bo")),
    "wrong": lambda rest: Wrong(rest or None),
    "confirm": _confirm,
    "move": _move,
    "undo": _undo,
    "export": lambda _: Export(),
    "import": lambda _: Import(),
    "forgetall": lambda rest: ForgetAll(rest.casefold() == "yes"),
    "settings": _settings,
    "privacy": lambda _: Privacy(),
    "help": lambda _: Help(),
    "stats": lambda _: Stats(),
    "start": lambda _: Start(),
}
