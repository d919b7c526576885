"""Plain instruction data beside the samples, so that a model keeps what it could do before.

The layout is LLaVA-Instruct's (https://github.com/haotian-liu/LLaVA/blob/main/docs/Data.md): a JSON list of
`{"id", "image", "conversations": [{"from": "human" | "gpt", "value"}, …]}`, with or without an image.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from bot.data.augmenting import FOLDER, opened
from bot.data.records import Exchange
from bot.data.samples import IMAGE, Kind, Turn, Value
from bot.data.steps import Refused, key_of
from core.errors import ConfigError
from core.images.decoding import encode_jpeg, shrink


class InstructionOptions(Value):
    """Where instruction data comes from."""

    seed: int = 0
    file: str = Field("", description="A JSON file in LLaVA-Instruct's layout; without one there is no such data.")
    images: str = Field("", description="The folder that its image paths are relative to; the file's own when empty.")
    source: str = Field("", description="What the data card calls it; the file's name when empty.")
    licence: str = Field("", description="Its licence, for the data card.")
    most: int = Field(0, ge=0, description="Conversations that are taken, at most; 0: all.")
    longest: int = Field(672, ge=32, description="Pixels of a picture's longer side, at most.")


class InstructionEntry(Value):
    """An entry of the file: its number there, its picture's path in the folder, what was said by turns."""

    id: str
    image: str = ""
    said: tuple[tuple[str, str], ...]


def conversations(options: InstructionOptions) -> list[InstructionEntry]:
    """The entries of the file, `most` of them by a hash. Raises `ConfigError` for a file that is no such list."""
    if not options.file:
        return []
    try:
        told = json.loads(Path(options.file).read_text("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"There is no file at {options.file}: set instructions.file.") from error
    except ValueError as error:
        raise ConfigError(f"{options.file} is no JSON: {error}.") from error
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        raise ConfigError(f"{options.file} is no list of conversations, as LLaVA-Instruct is.")
    drawn = list(range(len(told)))
    random.Random(options.seed).shuffle(drawn)  # noqa: S311 - nothing is secret here
    return [_conversation(number, told[number]) for number in sorted(drawn[: options.most or None])]


def _conversation(number: int, told: dict[str, object]) -> InstructionEntry:
    lines = told.get("conversations")
    said = [one for one in lines if isinstance(one, dict)] if isinstance(lines, list) else []
    return InstructionEntry(
        id=f"instruction/{number}",
        image=str(told.get("image") or ""),
        said=tuple((str(one.get("from", "")), str(one.get("value", ""))) for one in said),
    )


class Instructions:
    """The step `InstructionEntry` → `Exchange` without subjects; writes OUT/pictures."""

    name, record = "instructions", Exchange

    def __init__(self, out: Path, options: InstructionOptions, *, concurrency: int = 2) -> None:
        self.options, self.concurrency, self._out = options, concurrency, out
        self._folder = Path(options.images) if options.images else Path(options.file).parent

    def id_of(self, given: InstructionEntry) -> str:
        """Its number in the file."""
        return given.id

    async def make(self, given: InstructionEntry) -> Sequence[Exchange]:
        """One exchange. Raises `Refused` for a conversation that isn't one, or whose picture can't be read."""
        turns = turns_of(given)
        picture = await asyncio.to_thread(self._copied, given.image) if given.image else ""
        return [Exchange(id=given.id, kind=Kind.INSTRUCTION, picture=picture, turns=turns)]

    def _copied(self, image: str) -> str:
        """The path of the picture in the build's folder. Raises `Refused` for a path out of the images' folder too."""
        source = (self._folder / image).resolve()
        if not source.is_relative_to(self._folder.resolve()):
            raise Refused("outside of the folder", f"{image} is not in instructions.images.")
        photo, _ = shrink(opened(source), self.options.longest)
        path = f"{FOLDER}/{key_of(self.name, image, hashlib.sha256(photo.pixels.tobytes()).hexdigest())}.jpg"
        (self._out / path).parent.mkdir(parents=True, exist_ok=True)
        (self._out / path).write_bytes(encode_jpeg(photo))
        return path


def turns_of(given: InstructionEntry) -> tuple[Turn, ...]:
    """Its turns without the picture's mark. Raises `Refused` where people and model don't speak in turn."""
    speakers = [speaker for speaker, _ in given.said]
    if not speakers or len(speakers) % 2 or speakers != ["human", "gpt"] * (len(speakers) // 2):
        raise Refused("not in turns", f"Speakers: {', '.join(speakers[:6]) or 'none'}.")
    words = [text.replace(IMAGE, "", 1).strip() if at == 0 else text.strip() for at, (_, text) in enumerate(given.said)]
    if any(IMAGE in text for text in words) or (IMAGE in given.said[0][1] and not given.image):
        raise Refused("marks of other pictures")
    if not all(words):
        raise Refused("an empty line")
    return tuple(Turn(question=words[at], answer=words[at + 1]) for at in range(0, len(words), 2))
