"""After a change of encoder: embed every stored reference anew from its stored photo."""

from __future__ import annotations

import asyncio

import structlog

from core.errors import RapportError
from core.images.decoding import OWN, decode
from core.messages import Chat
from core.recognition.recognizer import Recognizer
from core.store.store import Store

_log = structlog.get_logger(__name__)
_STEP = 16  # references read at a time


async def reembed(store: Store, recognizer: Recognizer) -> int:
    """Embed each reference that has no embedding of the present encoder; returns how many. Progress is logged.

    A reference whose photo can't be embedded is logged and left out.
    """
    total = await store.count_stale()
    done = after = 0
    while total and (rows := await store.stale_references(_STEP, after)):
        for chat_key, reference in rows:
            after = reference.id
            try:
                image = await asyncio.to_thread(decode, reference.photo, limits=OWN)
                embedding = await recognizer.embed(Chat.of(chat_key), image, reference.box)
                await store.store_embedding(reference.id, embedding)
            except RapportError as error:
                _log.warning("reembed.failed", reference=reference.id, error=type(error).__name__)
                continue
            done += 1
        _log.info("reembed.progress", done=done, of=total)
    return done
