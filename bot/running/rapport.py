"""Rapport at work: its parts, and what goes on beside the answers for as long as it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from importlib import import_module
from typing import Any

import structlog

from bot.build.loading import OnFirstUse
from bot.build.models import WITHOUT_MODEL, Models
from bot.build.rapport import Rapport, opened
from bot.config import Config
from core.errors import ConfigError, RapportError
from core.i18n.translator import LANGUAGES, Translators
from core.images.decoders import Decoders
from core.language.composer import Composer
from core.language.everyday_words import is_person
from core.language.understanding import understand
from core.language.understanding.topic import Topic
from core.messages import Chat
from core.models import memory
from core.models.vlm.generator import TransformersGenerator
from core.options import Role
from core.recognition.learning import Learned
from core.recognition.recognizer import Recognizer
from core.recognition.reembedding import embed_faces, reembed
from core.store.store import Store

_log = structlog.get_logger(__name__)
_ERASE_SECONDS = 2.0  # between looks for forgotten concepts whose time is over
_AGAIN_SECONDS = 1.0  # after a connection was lost by which processes hear each other
_NOT_SHARED = (
    "Only with PostgreSQL several processes share a store: set store.url to one, or leave --role out, "
    "and one process does everything."
)
_REST_SECONDS = 2.0  # after the start, which what is loaded then must not slow down
_LATE_MODULES = ("scipy.optimize", "babel.dates", "babel.lists", "babel.numbers", "anyio._backends._asyncio")
_LEARN_SECONDS = 900.0  # between two readings of what all chats have answered
_FACES_SECONDS = 3.0  # between looks for references whose face nobody has looked for
_CHECK_AFTER, _CHECK_SECONDS = 5.0, 86_400.0  # all of the file is read for it
_IDLE_SECONDS = 5.0  # at most, between looks for models that nobody uses


@asynccontextmanager
async def rapport(
    config: Config,
    models: Models | None = None,
    translators: Translators | None = None,
    decoders: Decoders | None = None,
    role: Role = Role.ALL,
) -> AsyncIterator[Rapport]:
    """Put the parts together, set them to work, and end them in order.

    `models`, `translators` and `decoders` take the place of the configured ones. Raises `ConfigError`, `StoreError` or
    `ModelError` with a sentence that says what to do.
    """
    async with opened(config, models, translators, decoders) as parts:
        if role is not Role.ALL and not parts.store.is_shared:
            raise ConfigError(_NOT_SHARED)
        start_chores(parts, config, role)
        try:
            yield parts
        finally:
            await parts.chores.aclose()


def start_chores(parts: Rapport, config: Config, role: Role = Role.ALL) -> None:
    """Set to work what goes on beside the answers: loading, erasing, embedding anew."""
    chores, store = parts.chores, parts.store
    if store.is_shared:
        chores.start("hear other processes", store.listen, every=_AGAIN_SECONDS)
    if role in (Role.ALL, Role.CHORES):
        if store.is_shared:
            chores.start("be the one that erases", partial(lead, parts, config), every=_AGAIN_SECONDS)
        else:
            start_erasing(parts, config)
    if role is not Role.INGRESS:
        start_answering(parts, config, role)


async def lead(parts: Rapport, config: Config) -> None:
    """Do what one process does for all that share the store, for as long as this is the one."""

    async def leading() -> None:
        names = start_erasing(parts, config)
        try:
            await asyncio.Event().wait()
        finally:
            await parts.chores.stop(*names)

    await parts.store.alone("chores", leading)


def start_erasing(parts: Rapport, config: Config) -> tuple[str, ...]:
    """Set to work what is done once for a store, however many processes share it; returns the names of these chores."""
    chores, store = parts.chores, parts.store
    chores.start("erase", partial(erase, store, config.chat.history_days), every=_ERASE_SECONDS, after=_ERASE_SECONDS)
    chores.start("check the store", store.check, every=_CHECK_SECONDS, after=_CHECK_AFTER)
    chores.start("encrypt the store", store.encrypt, after=_REST_SECONDS)
    chores.start("embed anew", partial(reembed, store, parts.recognizer))
    if not config.models.faces:
        chores.start("erase faces", store.erase_faces)
    return "erase", "check the store", "encrypt the store", "embed anew", "erase faces"


def start_answering(parts: Rapport, config: Config, role: Role) -> None:
    """Set to work what a process needs that answers chats."""
    chores, idle = parts.chores, config.models.keep_alive * 60
    chores.start("load models", partial(load_vision_models, parts.vision_models))
    if isinstance(parts.generator, TransformersGenerator):
        chores.start("load the language model", parts.generator.load)
    elif isinstance(parts.generator, Composer):
        _log.info("generator.composer", reason=WITHOUT_MODEL)
    chores.start("load the rest", load_the_rest, after=_REST_SECONDS)
    chores.start("learn grades", partial(learn, parts.store, parts.learned), every=_LEARN_SECONDS)
    if config.models.faces:
        watch = FaceWatch(parts.store, parts.recognizer, everywhere=role is not Role.WORKER)
        chores.start("look for faces", watch.look, every=_FACES_SECONDS)
    if idle:
        often = min(_IDLE_SECONDS, idle)
        chores.start(
            "let idle models go", partial(let_go_when_idle, parts.vision_models, idle), every=often, after=often
        )


async def learn(store: Store, learned: Learned) -> None:
    """Let the grades know what has been answered in all chats: each hears of its own answers at once."""
    learned.answers = await store.answers()


class FaceWatch:
    """Looks for the faces of references of which nothing is on record: at first `everywhere`, then where it may be."""

    def __init__(self, store: Store, recognizer: Recognizer, *, everywhere: bool = True) -> None:
        self._store, self._recognizer = store, recognizer
        self._started = not everywhere

    async def look(self) -> None:
        """Look for those that there are now. Raises `RapportError`: the next call goes on."""
        store = self._store
        if not self._started:
            store.faces_due.update(chat.key for chat in await store.comparing_chats())
            self._started = True
        for key in sorted(store.faces_due):
            await embed_faces(store, self._recognizer, is_person, Chat.of(key))
            store.faces_due.discard(key)


async def load_the_rest() -> None:
    """Read every language's grammar, and import what the start does without, before an answer needs them.

    An import within an answer would hold the event loop up: scipy's for 0.2 s. Then the start is over.
    """
    await asyncio.to_thread(understand, "zyx", LANGUAGES[0], Topic())  # a word of none of them
    for module in _LATE_MODULES:
        await asyncio.to_thread(import_module, module)
    memory.settle()


async def load_vision_models(models: Sequence[OnFirstUse[Any]]) -> None:
    """Load the models before the first photo comes. Raises what the first that failed raised, when all were tried.

    Whoever sends a photo before it went well is told.
    """
    failures = []
    for model in models:
        try:
            await asyncio.to_thread(model.get)
        except RapportError as error:
            failures.append(error)
    for failure in failures:
        raise failure


async def let_go_when_idle(models: Sequence[OnFirstUse[Any]], seconds: float) -> None:
    """Give the memory of models back that nobody used for so long."""
    for model in models:
        if await asyncio.to_thread(model.let_go, seconds):
            _log.info("model.let_go", model=model.name)


async def erase(store: Store, history_days: float) -> None:
    """Erase what was forgotten and can't be undone any more, and the page's old lines."""
    await store.erase_expired()
    await store.erase_lines(timedelta(days=history_days))
