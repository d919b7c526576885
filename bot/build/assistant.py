"""Puts the assistant together out of its parts."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing, nullcontext
from functools import partial

from bot.config import Config
from core.assistant.answering import Answering, PromptSource
from core.assistant.assistant import Assistant
from core.assistant.conversations import Conversations
from core.assistant.metrics import Metrics
from core.assistant.services import Services
from core.assistant.under_way import UnderWay
from core.executor.executor import Executor
from core.i18n.translator import Translators
from core.images.pictures import Pictures
from core.language.composer import Composer
from core.platforms.status import PlatformStatus
from core.policy.quotas import Quotas
from core.ports import Generator
from core.recognition.index import Retriever
from core.recognition.recognizer import Recognizer
from core.store.store import Store


def assistant_of(
    config: Config,
    executor: Executor,
    parts: tuple[Store, Retriever, Recognizer, Pictures],
    generator: Generator,
    platform_status: PlatformStatus,
    metrics: Metrics,
    translators: Translators,
) -> Assistant:
    """The assistant, whose answers are generated on a lane of the executor."""
    chat, limits = config.chat, config.limits
    services = Services(
        *parts,
        Conversations(minutes=chat.photo_minutes, entries=chat.history),
        config.access,
        Quotas(parts[0], config.access, config.quotas),
        translators,
        chat,
        limits,
        generator.sees,
        metrics,
        platform_status,
        executor.stats,
        UnderWay(),
    )
    generation = executor.stream_lane(
        "generate",
        partial(_generate, generator),
        concurrency=config.generator.concurrency,
        capacity=limits.queue,
    )
    recalls = not isinstance(generator, Composer)
    return Assistant(
        services,
        Answering(services, generation, sees=generator.sees, recalls=recalls, patience=limits.answer_seconds),
    )


async def _generate(generator: Generator, ready: PromptSource) -> AsyncGenerator[str]:
    """The answer to a prompt that is made when the generator is free for it."""
    pieces = generator.generate(await ready())
    async with aclosing(pieces) if isinstance(pieces, AsyncGenerator) else nullcontext():
        async for piece in pieces:
            yield piece
