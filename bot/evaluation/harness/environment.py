"""The parts that an experiment works with: the configured models behind a cache, or the whole bot over them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rich.progress import Progress

from bot.build.models import Models, aclose_generator
from bot.build.rapport import Rapport
from bot.config import Config
from bot.evaluation.harness.answering import QuestionAnswerer
from bot.evaluation.harness.cache import Cache
from bot.evaluation.harness.recognition import FileRecognizer
from bot.running.rapport import rapport
from core.messages import Chat, Message, Photo, Reply, Sender

ADMIN = Sender("owner", "Owner", admin=True)


@dataclass(frozen=True, slots=True)
class Environment:
    """The parts of one run."""

    config: Config
    models: Models
    cache: Cache
    recognizer: FileRecognizer
    progress: Progress

    @property
    def answerer(self) -> QuestionAnswerer:
        """The configured generator behind the cache."""
        most_letters = self.config.generator.max_letters
        return QuestionAnswerer(self.recognizer, self.models.generator, self.cache, most_letters)

    @property
    def identities(self) -> dict[str, str]:
        """The identities of detector, encoder and generator, by role."""
        return {**self.recognizer.identities, "generator": self.models.generator.identity}

    def bot(self, store: Path) -> AbstractAsyncContextManager[Rapport]:
        """The whole bot over a store file of its own, with detector and encoder behind the cache."""
        config = self.config.model_copy(
            update={
                "store": self.config.store.model_copy(update={"url": f"sqlite+aiosqlite:///{store}"}),
                "chat": self.config.chat.model_copy(update={"undo_seconds": 0}),
            }
        )
        models = replace(
            self.models,
            detectors={"cpu": lambda: self.recognizer.detector},
            encoders={"cpu": lambda: self.recognizer.encoder},
            surveys=False,  # what is in the cache needs no look beforehand
        )
        return rapport(config, models)


@asynccontextmanager
async def environment(
    config: Config, models: Models, cache_file: Path, progress: Progress
) -> AsyncIterator[Environment]:
    """Put the parts together; close cache and generator at the end."""
    with Cache(cache_file) as cache:
        try:
            yield Environment(config, models, cache, FileRecognizer.of(config, models, cache), progress)
        finally:
            await aclose_generator(models.generator)


async def final_reply(running: Rapport, chat: Chat, text: str, *photos: Path | bytes) -> Reply:
    """The bot's final reply to a message of the chat's admin; `photos` are files or their content."""
    contents = [photo if isinstance(photo, bytes) else photo.read_bytes() for photo in photos]
    message = Message(chat, ADMIN, text, tuple(Photo(content) for content in contents))
    async for reply in running.assistant.answer(message):
        last = reply
    return last
