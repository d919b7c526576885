"""The registry of commands: what each is called, how it is read, who may use it, what help says, what carries it out.

A command is declared with `@command(...)` on the function that carries it out. `Registry` reads texts and finds it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from rapidfuzz import fuzz, process

from core.commands.arguments import is_number
from core.errors import UserError
from core.i18n.lazy_strings import gettext_noop
from core.i18n.translator import Translator
from core.messages import Reply, with_usual_signs
from core.names import fold

_COMMAND = re.compile(r"/(?P<name>[^\W\d]\w*)(?:@\w+)?(?:\s+(?P<rest>.*))?", re.DOTALL)

Run = Callable[..., Awaitable[Reply] | AsyncGenerator[Reply]]
"""Carries a command out: `run(services, request, arguments)`. What takes long yields drafts, and its reply last."""


class Rights(Enum):
    """Who may use a command."""

    ANYONE = auto()
    EDITOR = auto()  # who may change the concept: the store's edit refuses everybody else
    ADMIN = auto()  # the chat's admins, and whoever is alone with the bot
    OWNER = auto()  # the bot's own


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    `parse` reads what follows its name and raises `UserError` when that is incomplete. `arguments` and `purpose` are
    its line in the help, in English; without a purpose it isn't listed. `refusal` is what those without the `rights`
    of an admin or the owner are told. `about_photo` says that it looks at the photos that the request shows, `edits`
    that earlier answers may be wrong after it, `at_once` that it doesn't wait for what is under way in its chat.
    """

    name: str
    run: Run
    parse: Callable[[str], Any]
    arguments: str = ""
    purpose: str = ""
    rights: Rights = Rights.ANYONE
    refusal: str = ""
    about_photo: bool = False
    edits: bool = False
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A command with its arguments, as somebody wrote it in `text`."""

    command: Command
    arguments: Any
    text: str = ""


def command(name: str, parse: Callable[[str], Any] = lambda _: None, **more: Any) -> Callable[[Run], Command]:
    """Declare the decorated function as what carries `/name` out; `more` are fields of `Command`."""
    return lambda run: Command(name, run, parse, **more)


class Registry:
    """All commands, in the order of the help."""

    def __init__(self, *commands: Command) -> None:
        self._by_name = {one.name: one for one in commands}
        self.listed = tuple(one for one in commands if one.purpose)

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def read(self, text: str) -> Call | None:
        """The command that a message's text is, None for a text that is none.

        A lone slash, a path or a smiley is no command: only a slash with a word right behind it is. Raises
        `UserError`, with a suggestion, when a command is misspelt or incomplete.
        """
        match = _COMMAND.fullmatch(text.strip())
        if match is None:
            return None
        name = fold(match["name"])
        if found := self._by_name.get(name):
            return Call(found, found.parse((match["rest"] or "").strip()), text.strip())
        raise self._unknown(name)

    def respelled(self, text: str, typed: str, name: str) -> str:
        """The command with another name in the place of the one that was typed; empty where that can't be told."""
        command, _, rest = text.partition(" ")
        parts = [part.strip() for part in rest.split("|")]
        for place, part in enumerate(parts):
            after = part.removeprefix(typed)
            if (after == part and typed) or (after and not after.startswith(" ")):
                continue
            # What follows a first word without a bar is the other one of two, unless it is a photo's number.
            parts[place] = f"{name}{after if is_number(after.strip()) or not after else f' | {after.strip()}'}"
            return f"{command} {' | '.join(parts)}"
        return ""

    def names(self, text: str) -> bool:
        """Whether a message's text begins with a command that there is, complete or not."""
        match = _COMMAND.fullmatch(text.strip())
        return match is not None and fold(match["name"]) in self._by_name

    def is_at_once(self, text: str) -> bool:
        """Whether a message's text is a command that doesn't wait for the chat's earlier messages to be answered."""
        match = _COMMAND.fullmatch(with_usual_signs(text).strip())
        found = self._by_name.get(fold(match["name"])) if match else None
        return found is not None and found.at_once

    def help(self, translator: Translator) -> str:
        """Every listed command with what follows it and what it does."""
        return "\n".join(_line(one, translator) for one in self.listed)

    def help_on(self, name: str, translator: Translator) -> str:
        """The same for one command, with or without its slash. Raises `UserError` when there is none."""
        name = fold(name.removeprefix("/"))
        found = next((one for one in self.listed if one.name == name), None)
        if found is None:
            raise self._unknown(name)
        return _line(found, translator)

    def _unknown(self, name: str) -> UserError:
        """What to say of a command that there isn't, with the nearest one."""
        best = process.extractOne(name, [one.name for one in self.listed], scorer=fuzz.ratio, score_cutoff=60)
        if best is None:
            return UserError("I don't know {command}. /help lists what I can do.", command=f"/{name[:32]}")
        said = gettext_noop("I don't know {command}. Did you mean {other}?")
        return UserError(said, command=f"/{name[:32]}", other=f"/{best[0]}")


def _line(one: Command, translator: Translator) -> str:
    """A command's line in the help."""
    usage = f"/{one.name} {translator.gettext(one.arguments)}".rstrip()
    return translator.gettext("{usage}: {purpose}", usage=usage, purpose=translator.gettext(one.purpose))
