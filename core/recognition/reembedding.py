"""Embeddings of what is stored: all of them after a change of encoder, and faces of which nothing is on record."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import structlog

from core.errors import BadPhoto, Busy, RapportError
from core.images.decoding import OWN, decode
from core.messages import Chat
from core.recognition.recognizer import Recognizer
from core.store.store import Store

T = TypeVar("T")

_log = structlog.get_logger(__name__)
_STEP = 16  # references read at a time
_BUSY_SECONDS = 1.0  # before one is tried again that found the queue full


async def reembed(
    store: Store, recognizer: Recognizer, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
) -> int:
    """Embed each reference that has no embedding of the present encoder; returns how many. Progress is logged.

    While the encoder's queue is full it waits. A reference whose photo is no picture is logged and left out. Raises
    what another one failed of, when all were tried: the next call goes on with those.
    """
    total = await store.count_stale()
    done = after = 0
    failure: RapportError | None = None
    while total and (rows := await store.stale_references(_STEP, after)):
        for chat_key, reference in rows:
            after = reference.id
            try:
                image = await asyncio.to_thread(decode, reference.photo, limits=OWN)
                embed = partial(recognizer.embed, Chat.of(chat_key), image, reference.box)
                embedding = await _when_not_busy(embed, sleep)
                await store.store_embedding(reference.id, embedding)
            except RapportError as error:
                _log.warning("reembed.failed", reference=reference.id, error=type(error).__name__)
                failure = failure if isinstance(error, BadPhoto) else error
                continue
            done += 1
        _log.info("reembed.progress", done=done, of=total)
    if failure is not None:
        raise failure
    return done


async def embed_faces(
    store: Store,
    recognizer: Recognizer,
    is_person: Callable[[str | None], bool | None],
    chat: Chat,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> None:
    """Look for the faces of a chat's references of which nothing is on record, if the chat compares faces.

    `is_person` says of a concept's category whether that is one, None where it doesn't tell. A photo that is no picture
    is logged and left out. Raises `core.errors.RapportError`: the next call goes on.
    """
    after = 0
    while rows := await store.stale_faces(chat, _STEP, after):
        for stale in rows:
            after, reference = stale.reference.id, stale.reference
            try:
                image = await asyncio.to_thread(decode, reference.photo, limits=OWN)
            except BadPhoto as error:
                _log.warning("faces.failed", reference=after, error=type(error).__name__)
                continue
            person = is_person(stale.category)
            find = partial(recognizer.stored_face, chat, image, reference.box, person=person)
            face = await _when_not_busy(find, sleep)
            if face is None:
                return  # nobody can look for any
            await store.store_face(chat, after, face)


async def _when_not_busy(call: Callable[[], Awaitable[T]], sleep: Callable[[float], Awaitable[object]]) -> T:
    """What a call gives, once its queue has room: people's photos come first."""
    while True:
        try:
            return await call()
        except Busy:
            await sleep(_BUSY_SECONDS)
