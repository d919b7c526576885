"""Puts the assistant together out of its parts."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing, nullcontext
from functools import partial
from urllib.parse import urlsplit

from sqlalchemy import make_url

from adapters.web.options import is_loopback
from bot.build.models import asks_servers, forgets
from bot.config import Config
from core.assistant.answering import Answering, PromptSource
from core.assistant.assistant import Assistant
from core.assistant.conversations import Conversations
from core.assistant.metrics import Metrics
from core.assistant.services import Services, Whereabouts
from core.assistant.under_way import UnderWay
from core.executor.executor import Executor
from core.executor.stream_lane import StreamLane
from core.i18n.translator import Translators
from core.images.pictures import Pictures
from core.language.composer import Composer
from core.platforms.status import PlatformStatus
from core.policy.quotas import Quotas
from core.ports import Generator
from core.recognition.recognizer import Recognizer
from core.recognition.retriever import Retriever
from core.store.store import Store

_GRACE = 60.0  # seconds beyond its own bound after which a generator that brings nothing is given up


def assistant_of(
    config: Config,
    executor: Executor,
    parts: tuple[Store, Retriever, Recognizer, Pictures, Conversations],
    generator: Generator,
    platform_status: PlatformStatus,
    metrics: Metrics,
    translators: Translators,
) -> Assistant:
    """The assistant, whose answers are generated on a lane of the executor."""
    chat, limits = config.chat, config.limits
    services = Services(
        *parts,
        config.access,
        Quotas(parts[0], config.access, config.quotas),
        translators,
        chat,
        limits,
        whereabouts_of(config, generator),
        metrics,
        platform_status,
        executor.stats,
        UnderWay(),
    )
    generation = generation_lane(config, executor, generator)
    recalls = not isinstance(generator, Composer)
    return Assistant(
        services,
        Answering(
            services,
            generation,
            sees=generator.sees,
            recalls=recalls,
            patience=limits.answer_seconds,
            most_letters=config.generator.max_letters,
        ),
    )


def conversations_of(config: Config, generator: Generator) -> Conversations:
    """What the chats are talking of."""
    chat = config.chat
    return Conversations(minutes=chat.photo_minutes, entries=chat.history, forgets=forgets(generator))


def generation_lane(config: Config, executor: Executor, generator: Generator) -> StreamLane[PromptSource]:
    """The lane on which answers are generated."""
    return executor.stream_lane(
        "generate",
        partial(_generate, generator),
        concurrency=config.generator.concurrency,
        capacity=config.limits.queue,
        silence=config.generator.max_seconds + _GRACE,
    )


def whereabouts_of(config: Config, generator: Generator) -> Whereabouts:
    """The hosts that get something of what is said, without users, passwords or paths."""
    model: str | None = None
    if asks_servers(generator):
        hosts = [_elsewhere(urlsplit(url).hostname) for url in config.generator.base_urls]
        model = ", ".join(dict.fromkeys(filter(None, hosts)))
    elif not isinstance(generator, Composer):
        model = ""
    return Whereabouts(model, _elsewhere(make_url(config.store.url).host))


def _elsewhere(host: str | None) -> str:
    """The host, empty for this machine."""
    return "" if not host or host.startswith("/") or is_loopback(host) else host


async def _generate(generator: Generator, ready: PromptSource) -> AsyncGenerator[str]:
    """The answer to a prompt that is made when the generator is free for it."""
    pieces = generator.generate(await ready())
    async with aclosing(pieces) if isinstance(pieces, AsyncGenerator) else nullcontext():
        async for piece in pieces:
            yield piece
