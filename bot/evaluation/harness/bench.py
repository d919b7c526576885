"""What an experiment works with: the configured models with a memory, the generator, the whole bot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rich.progress import Progress

from bot.build.models import Models, aclose_generator
from bot.build.rapport import Rapport
from bot.config import Config
from bot.evaluation.harness.cache import Cache
from bot.evaluation.harness.eyes import Eyes
from bot.evaluation.harness.talk import Talk
from bot.running.rapport import rapport
from core.messages import Chat, Message, Photo, Reply, Sender

OWNER = Sender("owner", "Owner", admin=True)


@dataclass(frozen=True, slots=True)
class Bench:
    """One run's parts."""

    config: Config
    models: Models
    cache: Cache
    eyes: Eyes
    progress: Progress

    @property
    def talk(self) -> Talk:
        """The configured generator, answering each prompt once ever."""
        return Talk(self.eyes, self.models.generator, self.cache)

    def bot(self, store: Path) -> AbstractAsyncContextManager[Rapport]:
        """The whole product over a store of its own, with models that remember."""
        config = self.config.model_copy(
            update={
                "store": self.config.store.model_copy(update={"url": f"sqlite+aiosqlite:///{store}"}),
                "chat": self.config.chat.model_copy(update={"undo_seconds": 0}),
            }
        )
        models = replace(
            self.models,
            detectors={"cpu": lambda: self.eyes.detector},
            encoders={"cpu": lambda: self.eyes.encoder},
        )
        return rapport(config, models)


@asynccontextmanager
async def bench(config: Config, models: Models, cache_file: Path, progress: Progress) -> AsyncIterator[Bench]:
    """Put the parts together and end them."""
    with Cache(cache_file) as cache:
        try:
            yield Bench(config, models, cache, Eyes.of(config, models, cache), progress)
        finally:
            await aclose_generator(models.generator)


async def said(running: Rapport, chat: Chat, text: str, *photos: bytes) -> Reply:
    """The bot's final reply to a message of the chat's admin."""
    message = Message(chat, OWNER, text, tuple(Photo(data) for data in photos))
    async for reply in running.assistant.answer(message):
        last = reply
    return last
