"""The teacher: asks for a subject's texts, once for each question that was ever asked, and within the budget."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from bot.data.records import Crop
from bot.data.sources.withdrawing import CHATS
from bot.data.steps import Refused
from bot.data.teacher.ledger import Ledger
from bot.data.teacher.names import SubjectCrops
from bot.data.teacher.options import TeacherOptions, Writing, teacher_key
from bot.data.teacher.prompts import (
    CLOSE_SIDE,
    WHOLE_SIDE,
    Written,
    chosen_views,
    introduction,
    needs_close_up,
    rules,
    where,
)
from bot.evaluation.harness.cache import Cache, key_of
from core.errors import Busy, DataError, ModelError, RapportError
from core.images.decoding import decode, encode_jpeg, jpeg_size, shrink
from core.models.openai.question import REFUSED, Jpeg, NoUsableAnswer, Server, StructuredQuestion

if TYPE_CHECKING:
    from core.models.openai.structured import StructuredClient

DATABASE = "teacher.db"
# Subjects in a row without an answer, before any had one, and later: then it is not about them.
_FIRST, _LATER = 3, 20


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """A picture that the teacher is shown: the file of the build, and the longer side it gets at most, in pixels."""

    path: str
    side: int

    def size(self, folder: Path) -> tuple[int, int]:
        """Its width and height in pixels, as they are shown."""
        width, height = jpeg_size((folder / self.path).read_bytes())
        factor = min(1.0, self.side / max(width, height))
        return max(1, round(width * factor)), max(1, round(height * factor))

    def read(self, folder: Path) -> Jpeg:
        """The picture in that size. Raises `BadPhoto` for a file that is none, `OSError` for one that is missing."""
        image = shrink(decode((folder / self.path).read_bytes()), self.side)[0]
        return Jpeg(encode_jpeg(image, 85), image.width, image.height)


@dataclass(frozen=True, slots=True)
class TeacherRequest:
    """What is sent for a subject: the rules, then texts and pictures; `views` are those that it numbers from 1."""

    rules: str
    parts: tuple[str | ShownPicture, ...]
    views: tuple[Crop, ...]

    def read(self, folder: Path) -> StructuredQuestion[Written]:
        """The question, with its pictures read."""
        parts = tuple(part if isinstance(part, str) else part.read(folder) for part in self.parts)
        return StructuredQuestion(self.rules, parts, Written)


def request_for(subject: SubjectCrops, writing: Writing, folder: Path) -> TeacherRequest:
    """The request for a subject; reads its pictures' sizes."""
    views = chosen_views(subject, writing.views)
    parts: list[str | ShownPicture] = [introduction(subject)]
    for number, view in enumerate(views, 1):
        if needs_close_up(view):
            parts += [f"View {number}, the close-up:", ShownPicture(view.crop, CLOSE_SIDE)]
        size = jpeg_size((folder / view.picture).read_bytes())
        parts += [f"View {number}, the whole picture ({where(view, size)}):", ShownPicture(view.picture, WHOLE_SIDE)]
    return TeacherRequest(rules(subject, len(views), writing), tuple(parts), tuple(views))


def cache_key(request: TeacherRequest, writing: Writing, folder: Path) -> bytes:
    """A hash of all that decides the answer: the words, the pictures' contents and sizes, the server and its settings.

    What chose the questions' seeds is in the words already.
    """
    parts = [
        part
        if isinstance(part, str)
        else f"{part.side} {hashlib.blake2b((folder / part.path).read_bytes()).hexdigest()}"
        for part in request.parts
    ]
    decided = writing.model_dump(exclude={"seed", "views", "questions"})
    return key_of(json.dumps([request.rules, parts, decided, Written.model_json_schema()], sort_keys=True))


def remembered(cache: Cache, key: bytes) -> Written | None:
    """What the teacher has answered before."""
    stored = cache.get(key)
    return Written.model_validate_json(stored) if stored else None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the teacher has written, the views that it numbers from 1, and whether it was asked just now."""

    written: Written
    views: tuple[Crop, ...]
    new: bool

    def has(self, view: int) -> bool:
        """Whether there is a view of that number."""
        return 1 <= view <= len(self.views)


class Teacher:
    """Asks the server what the cache doesn't have. Arguments: `folder` is the build's."""

    def __init__(
        self, options: TeacherOptions, folder: Path, cache: Cache, ledger: Ledger, client: StructuredClient
    ) -> None:
        self._writing, self._folder, self._cache = options.writing, folder, cache
        self.ledger, self._client = ledger, client
        self._answered = False
        self._in_a_row = 0

    async def write(self, subject: SubjectCrops) -> Answer:
        """What the teacher writes of a subject, as it stands.

        Raises `Refused` where there are no texts for this one, `DataError` where there are none for anybody now (no
        connection, a wrong key, the budget): by then all answers under way have come and are kept.
        """
        request = await asyncio.to_thread(request_for, subject, self._writing, self._folder)
        key = await asyncio.to_thread(cache_key, request, self._writing, self._folder)
        known = remembered(self._cache, key)
        if known is not None:
            return Answer(known, request.views, new=False)
        written = await self._ask(await asyncio.to_thread(request.read, self._folder))
        if all(one.source != CHATS for one in subject.crops):  # a consent that is taken back leaves nothing behind
            self._cache.put(key, written.model_dump_json().encode())
        return Answer(written, request.views, new=True)

    async def _ask(self, question: StructuredQuestion[Written]) -> Written:
        try:
            answer = await self._client.ask(question)
        except NoUsableAnswer as error:
            self._in_a_row += error.reason != REFUSED
            if self._in_a_row >= (_LATER if self._answered else _FIRST):
                nobody = DataError(
                    f"{self._in_a_row} subjects in a row have no answer of the teacher's: {error.reason}. {error} If "
                    "pictures are the matter, lower teacher.views or let the server take more; if it is slow, "
                    "raise teacher.timeout. Then delete descriptions.refused.jsonl and run the same command again."
                )
                raise await self._stopped(nobody) from error
            raise Refused(error.reason, str(error)) from error
        except DataError as error:
            raise await self._stopped(error) from error
        except (ModelError, Busy) as error:
            raise await self._stopped(
                DataError(f"{error} What has been described so far is kept: the same command goes on from here.")
            ) from error
        self._answered, self._in_a_row = True, 0
        return answer

    async def _stopped(self, error: RapportError) -> RapportError:
        await self.ledger.stop(error)
        return error


@asynccontextmanager
async def teacher(options: TeacherOptions, folder: Path) -> AsyncIterator[Teacher]:
    """A teacher for a build in `folder`. Raises `ConfigError` for an address or a key that can't be one."""
    server = Server(
        base_url=options.base_url,
        model=options.model,
        api_key=teacher_key(options),
        timeout=options.timeout,
        max_tokens=options.max_tokens,
        temperature=options.temperature,
        reasoning_effort=options.reasoning_effort,
        key=options.key_variable,
    )
    ledger = await asyncio.to_thread(Ledger, folder, options)
    module = await asyncio.to_thread(import_module, "core.models.openai.structured")
    client: StructuredClient = module.StructuredClient(server, ledger)
    try:
        with Cache(folder / DATABASE) as cache:
            yield Teacher(options, folder, cache, ledger, client)
    finally:
        await client.aclose()
