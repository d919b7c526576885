"""Rapport at work: its parts, and what goes on beside the answers for as long as it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from bot.build.loading import OnFirstUse
from bot.build.models import WITHOUT_MODEL, Models
from bot.build.rapport import Rapport, opened
from bot.config import Config
from core.errors import RapportError, StoreError
from core.i18n.translator import LANGUAGES, Translators
from core.images.decoders import Decoders
from core.language.composer import Composer
from core.language.understanding import understand
from core.language.understanding.topic import Topic
from core.models.vlm.generator import TransformersGenerator
from core.ports import Generator
from core.recognition.reembedding import reembed
from core.store.store import Store

_log = structlog.get_logger(__name__)
_ERASE_SECONDS = 2.0  # between looks for forgotten concepts whose time is over
_GRAMMAR_SECONDS = 2.0  # after the start, which they must not slow down
_IDLE_SECONDS = 5.0  # at most, between looks for models that nobody uses


@asynccontextmanager
async def rapport(
    config: Config,
    models: Models | None = None,
    translators: Translators | None = None,
    decoders: Decoders | None = None,
) -> AsyncIterator[Rapport]:
    """Put the parts together, set them to work, and end them in order.

    `models`, `translators` and `decoders` take the place of the configured ones. Raises `ConfigError`, `StoreError` or
    `ModelError` with a sentence that says what to do.
    """
    async with opened(config, models, translators, decoders) as parts:
        work = [
            load_vision_models(parts.vision_models),
            load_generator(parts.generator),
            erase_in_time(parts.store, config.chat.history_days),
            make_grammars_ready(),
            reembed(parts.store, parts.recognizer),
        ]
        if config.models.keep_alive:
            work.append(let_go_when_idle(parts.vision_models, config.models.keep_alive * 60))
        tasks = [asyncio.create_task(one) for one in work]
        try:
            yield parts
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def make_grammars_ready() -> None:
    """Have the grammar of every language read before somebody waits for it."""
    await asyncio.sleep(_GRAMMAR_SECONDS)
    await asyncio.to_thread(understand, "zyx", LANGUAGES[0], Topic())  # a word of none of them


async def load_vision_models(models: Sequence[OnFirstUse[Any]]) -> None:
    """Load the models before the first photo comes; a failure will be told to whoever sends one."""
    for model in models:
        try:
            await asyncio.to_thread(model.get)
        except RapportError as error:
            _log.warning("model.not_loaded", model=model.name, reason=str(error))


async def load_generator(generator: Generator) -> None:
    """Load a language model of this machine before the first question; it has a thread of its own."""
    if isinstance(generator, TransformersGenerator):
        try:
            await generator.load()
        except RapportError as error:
            _log.warning("model.not_loaded", reason=str(error))
    elif isinstance(generator, Composer):
        _log.info("generator.composer", reason=WITHOUT_MODEL)


async def let_go_when_idle(models: Sequence[OnFirstUse[Any]], seconds: float) -> None:
    """Give the memory of models back that nobody used for so long, from now until cancelled."""
    while True:
        await asyncio.sleep(min(_IDLE_SECONDS, seconds))
        for model in models:
            if await asyncio.to_thread(model.let_go, seconds):
                _log.info("model.let_go", model=model.name)


async def erase_in_time(store: Store, history_days: float) -> None:
    """Erase what was forgotten once it can't be undone any more, and the page's old lines, from now until cancelled."""
    while True:
        await asyncio.sleep(_ERASE_SECONDS)
        try:
            now = datetime.now(UTC)
            await store.erase_expired(now)
            await store.erase_lines(now - timedelta(days=history_days))
        except StoreError as error:
            _log.error("erase.failed", reason=str(error))
