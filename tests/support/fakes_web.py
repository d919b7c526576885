"""An assistant for the web chat's tests: it remembers names and their photos, and sees the first it knows."""

from __future__ import annotations

import asyncio
import io
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from PIL import Image, ImageDraw

from core.assistant.commands import COMMANDS
from core.assistant.commands.edit import Retelling
from core.assistant.commands.remember import Remember
from core.commands.registry import Call
from core.commands.settings import ChatSettings
from core.concepts import Box, Grade, Known, Match, Region, Sighting
from core.errors import Busy, UnknownConcept
from core.i18n.translator import Translator, Translators
from core.images.decoding import Limits, decode, encode_jpeg
from core.messages import Attachment, Button, Card, Chat, Message, Photo, PhotoRegion, Reply
from core.names import fold

_DONE = {"/merge", "/remove", "/move", "/cover", "/point"}  # carried out by saying so
PURPLE = (120, 90, 150)


def picture(color: tuple[int, int, int] = PURPLE, size: tuple[int, int] = (640, 480), frame: bool = False) -> bytes:
    """A JPEG: a plain ground with a round something in the middle, framed if asked."""
    image = Image.new("RGB", size, color)
    draw = ImageDraw.Draw(image)
    width, height = size
    draw.ellipse((width * 0.3, height * 0.25, width * 0.7, height * 0.8), fill=(236, 200, 150))
    if frame:
        draw.rectangle((width * 0.28, height * 0.2, width * 0.72, height * 0.85), outline=(30, 140, 110), width=6)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


@dataclass
class Remembered:
    """What the fake keeps of a concept."""

    name: str
    category: str = ""
    facts: tuple[str, ...] = ()
    photos: list[bytes] = field(default_factory=list)
    id: int = field(default_factory=itertools.count(1).__next__)

    @property
    def info(self) -> str:
        """What is known in one line."""
        return "; ".join(self.facts)


class FakeAssistant:
    """Answers every message at once, except that "wait" holds on until `go` is set."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.concepts: dict[str, dict[str, Remembered]] = {}
        self.forgotten: list[tuple[str, Remembered]] = []
        self.chosen: dict[str, str] = {}
        self.before: dict[
            int, tuple[str, tuple[str, ...], Remembered]
        ] = {}  # name and texts, by the number of the change
        self.revision = 1
        self.go = asyncio.Event()
        self._translators = Translators.load()

    async def answer(self, message: Message) -> AsyncIterator[Reply]:
        """Stream drafts for talk; answer commands in one go."""
        self.messages.append(message)
        if message.text.split(" ")[0] in _DONE:
            self.revision += 1
            yield Reply(f"Done: {message.text}", buttons=(Button("Undo", "/undo 1"),))
            return
        call = COMMANDS.read(message.text)
        if call is None:
            async for reply in self._talk(message):
                yield reply
        else:
            yield self._do(message, call)

    async def known(self, chat: Chat) -> Known:
        """The names and texts that the chat has now."""
        kept = self.concepts.get(chat.key, {}).values()
        facts = ((one.id, fold(words)) for one in kept for words in (one.name, *one.facts))
        return Known(self.revision, frozenset(facts))

    async def settings(self, chat: Chat) -> ChatSettings:
        """What the chat has chosen."""
        return ChatSettings.of(self.chosen)

    async def translator(self, message: Message) -> Translator:
        """The language of who speaks."""
        return self._translators.of(message.sender.language)

    async def viewable(self, chat: Chat, photo: Photo) -> bytes:
        """The photo's pixels."""
        return encode_jpeg(decode(photo.data, limits=Limits()))

    async def _talk(self, message: Message) -> AsyncIterator[Reply]:
        if message.text == "wait":
            yield Reply("Let me think", final=False)
            await self.go.wait()
        if message.text == "break":
            raise RuntimeError("broken on purpose")
        if message.text == "busy":
            raise Busy("I have a lot to look at right now. Please try again in a moment.")
        final = self._look(message) if message.photos else Reply(f"You said: {message.text}")
        words = final.text.split(" ")
        for count in range(1, len(words)):
            yield Reply(" ".join(words[:count]), final=False)
        yield final

    def _look(self, message: Message) -> Reply:
        known = list(self._chat(message).values())
        if not known:
            return Reply("I see something round on a plain ground. I don't know it yet.", image=picture(frame=True))
        name = known[0].name
        sure = message.text != "maybe"
        sighting = Sighting(
            Region(Box(180, 96, 460, 408), known[0].category or None, 0.9),
            Grade.SURE if sure else Grade.MAYBE,
            Match(1, name, 0.94 if sure else 0.61),
            0.94 if sure else 0.61,
        )
        if sure:
            sightings = (sighting,) * max(1, len(message.photos))
            return Reply(
                f"That's {name}, right in the middle.",
                image=picture(frame=True),
                sightings=sightings,
                regions=tuple(_region(name, photo) for photo in range(len(message.photos))),
                shown="12ab",
            )
        buttons = (
            Button(f"That's {name}", "/confirm yes 12ab 0 0 1"),
            Button(f"Not {name}", "/confirm no 12ab 0 0 1"),
        )
        return Reply(
            f"Is this {name}?",
            image=picture(frame=True),
            sightings=(sighting,),
            buttons=buttons,
            regions=(_region(f"{name}?", 0),),
            shown="12ab",
        )

    def _chat(self, message: Message) -> dict[str, Remembered]:
        return self.concepts.setdefault(message.chat.key, {})

    def _do(self, message: Message, call: Call) -> Reply:  # noqa: PLR0911, PLR0912 - one return a command
        known = self._chat(message)
        self.revision += call.command.name not in {"list", "show", "export", "help"}
        match call.command.name, call.arguments:
            case "remember", Remember(name, category, info):
                photos = [photo.data for photo in message.photos or message.quoted]
                if not photos:
                    return Reply("Send a photo with it, or reply to one.")
                kept = known.setdefault(name, Remembered(name))
                kept.category, kept.facts = category or kept.category, (*kept.facts, *([info] if info else []))
                kept.photos += photos
                buttons = (
                    Button("The left part", "/aim 1 0 0 9 9"),
                    Button("The whole photo", "/aim 1 0 0 99 99"),
                )
                return Reply(f"I'll remember {name}.", image=picture(frame=True), buttons=buttons)
            case "forget", name:
                self.forgotten.append((name, self._known(message, name)))
                del known[name]
                return Reply(f"{name} is forgotten.", buttons=(Button("Undo", "/undo 1"),))
            case "undo", (number, _) if number in self.before:
                old, facts, kept = self.before.pop(number)
                known[old] = known.pop(kept.name)
                kept.name, kept.facts = old, facts
                return Reply(f"{old} is as before.")
            case "undo", _:
                name, kept = self.forgotten.pop()
                known[name] = kept
                return Reply(f"{name} is back.")
            case "rename", (old, new):
                kept = self._known(message, old)
                self.before[3] = (old, kept.facts, kept)
                known[new] = known.pop(old)
                kept.name = new
                return Reply(f"{old} is {new} now.", buttons=(Button("Undo", "/undo 3"),))
            case "describe", (name, info):
                kept = self._known(message, name)
                self.before[2] = (name, kept.facts, kept)
                kept.facts += (info,)
                return Reply(f"Good to know about {name}.", buttons=(Button("Undo", "/undo 2"),))
            case "retell", Retelling(name, gone, new):
                kept = self._known(message, name)
                self.before[2] = (name, kept.facts, kept)
                kept.facts = (*(one for one in kept.facts if one not in gone), *new)
                return Reply(f"Good to know about {name}.", buttons=(Button("Undo", "/undo 2"),))
            case "category", (name, category):
                self._known(message, name).category = category
                return Reply(f"{name}: {category}.")
            case "list", _:
                return Reply(f"I know {len(known)} here.", cards=tuple(_card(kept) for kept in known.values()))
            case "show", name:
                kept = self._known(message, name)
                cards = tuple(
                    Card(name, "added by you", photo, number=number, cover=number == 1)
                    for number, photo in enumerate(kept.photos, 1)
                )
                return Reply(f"{kept.name}\n{kept.info}\nAdded by you today.", cards=cards)
            case "settings", (key, value, sure):
                if key == "diary" and value == "off" and not sure:
                    return Reply("That erases it.", buttons=(Button("Yes, erase it", "/settings diary off yes"),))
                if (key, value, sure) == ("training", "on", False):
                    yes = Button("Yes, allow it", "/settings training on yes")
                    return Reply("That is about all of you.", buttons=(yes,), private=True)
                self.chosen[key] = value
                if (key, value) == ("training", "on"):
                    return Reply("Each of you decides.", buttons=(Button("I agree", "/consent yes 1"),))
                return Reply(f"{key}: {value}")
            case "export", _:
                return Reply("Here is everything.", attachments=(Attachment("rapport.zip", "application/zip", b"PK"),))
        return Reply(f"Done: {message.text}")

    def _known(self, message: Message, name: str) -> Remembered:
        try:
            return self._chat(message)[name]
        except KeyError:
            raise UnknownConcept(f"I don't know anybody called {name} here.") from None


def _region(label: str, photo: int) -> PhotoRegion:
    return PhotoRegion(photo, Box(180, 96, 460, 408), (640, 480), label, f"/point 12ab {photo} 180 96 460 408")


def _card(kept: Remembered) -> Card:
    count = f"{len(kept.photos)} photo{'s' * (len(kept.photos) != 1)}"
    line = " · ".join(part for part in (kept.category, count, kept.info) if part)
    return Card(
        kept.name, line, kept.photos[0], kept.category, len(kept.photos), kept.info, kept.facts, concept=kept.id
    )
