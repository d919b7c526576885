"""Chats: what members who agree to training have taught the bot there (`/settings training on`, `/consent`).

A name is never used: a text that says the concept's own has `<name>` in its place, one that says another name of the
chat is left out. A category is used only where it is a common word for a kind of thing. The photos are in the build's
folder while it runs, and not a moment longer.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from adapters.web.options import is_loopback
from bot.data.sources import withdrawing
from bot.data.sources.candidates import Candidate, SourceReader, words
from bot.data.sources.files import PictureFolder
from bot.data.sources.layouts import PhotoSource
from bot.data.sources.withdrawing import CHATS
from bot.data.steps import Refusal
from bot.data.teacher.cleaning import NAME
from bot.data.teacher.options import NOBODY, TeacherOptions
from core.counting import counted
from core.errors import ConfigError
from core.language.everyday_words import KIND_OF_WORD
from core.language.facts import in_one_line
from core.language.nouns import GROUPS, KINDS
from core.names import fold, redacted
from core.policy.consent import WORDING
from core.store.store import Store
from core.store.values import TaughtConcept

LICENCE = f"consent of who taught it (wording {WORDING}): for training on this machine, not to be handed on"


@dataclass(frozen=True, slots=True)
class ChatPhotos:
    """What chats give to a build: a source with its reader and the folder of its pictures, and a sentence about it."""

    source: PhotoSource
    reader: SourceReader
    folder: PictureFolder
    note: str


class TaughtReader:
    """The concepts of all chats, by the ids that the store has for them."""

    def __init__(self, concepts: Sequence[TaughtConcept]) -> None:
        self.faults: list[Refusal] = []
        self._views: Mapping[str, list[Candidate]] = {str(one.id): list(self._read(one)) for one in concepts}

    def subjects(self) -> Sequence[str]:
        """The concepts' ids."""
        return list(self._views)

    def views(self, subject: str) -> Iterator[Candidate | Refusal]:
        """The photos of a concept."""
        yield from self._views[subject]

    def _read(self, concept: TaughtConcept) -> Iterator[Candidate]:
        own, *rest = concept.names
        others = [fold(one) for one in rest if fold(one) != fold(own)]
        said = []
        for info in concept.infos:
            if redacted(info.text, others, "") == info.text:
                said.append(info)
            else:
                self.faults.append(Refusal(of=str(concept.id), reason="a text that names somebody else"))
        text = redacted(words(in_one_line(said, own)), [fold(own)], NAME)
        for one in concept.references:
            yield Candidate(picture=_file(one.id), box=one.box, category=_kind(concept.category), info=text)


@asynccontextmanager
async def photos_of_chats(store: Store, out: Path) -> AsyncIterator[ChatPhotos]:
    """What all chats of the store give, for as long as this is open; what earlier builds had of more is deleted now.

    Raises `core.errors.StoreError`.
    """
    chats = await store.agreeing_chats()
    concepts = [one for chat in chats for one in await store.taught(chat)]
    reader, folder = TaughtReader(concepts), out / CHATS
    photos = {_file(one.id): one.photo for concept in concepts for one in concept.references}
    views = [(who, view) for who in reader.subjects() for view in reader.views(who) if isinstance(view, Candidate)]
    used = [(who, view.picture, view.box, view.category, view.info) for who, view in views]
    try:
        await asyncio.to_thread(withdrawing.settle, out, [(photos[one[1]], one) for one in used])
        await asyncio.to_thread(_write, folder, photos)
        told = (counted(len(photos), "photo"), counted(len(concepts), "concept"), counted(len(chats), "chat"))
        count = "{}: {} of {} in {}".format(CHATS, *told)
        note = f"{count}, of people who agree. Keep this folder to yourself, and build anew before each training."
        source = PhotoSource(path=folder, name=CHATS, licence=LICENCE)
        yield ChatPhotos(source, reader, PictureFolder(folder), note)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def require_local(teacher: TeacherOptions) -> None:
    """Raise `ConfigError` for a teacher that would get photos of chats elsewhere: nobody has agreed to that."""
    host = urlsplit(teacher.base_url).hostname or ""
    if teacher.model != NOBODY and not is_loopback(host):
        raise ConfigError(
            f"The teacher at {host} would get photos of chats, whose members have agreed to training on this machine "
            'alone. Build without --chats, with teacher.model = "none", or with a teacher on this machine.'
        )


def _write(folder: Path, photos: Mapping[str, bytes]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.parent.chmod(0o700)
    folder.mkdir(mode=0o700)
    for name, photo in photos.items():
        with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(photo)


def _file(reference_id: int) -> str:
    return f"{reference_id}.jpg"


def _kind(category: str | None) -> str:
    """The category if it is a common word for a kind of thing; what people made up may tell who they are."""
    word = fold(category or "")
    return KIND_OF_WORD.get(word) or next((one for one in (*KINDS, *GROUPS) if fold(one) == word), "")
