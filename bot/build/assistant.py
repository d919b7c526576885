"""Puts the assistant together out of its parts."""

from __future__ import annotations

from bot.config import Config
from core.assistant.answering import Answering
from core.assistant.assistant import Assistant
from core.assistant.conversations import Conversations
from core.assistant.metrics import Metrics
from core.assistant.services import Services
from core.executor.executor import Executor
from core.i18n.translator import Translators
from core.images.pictures import Pictures
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
    )
    generation = executor.stream_lane(
        "generate", generator.generate, concurrency=config.generator.concurrency, capacity=limits.queue
    )
    return Assistant(services, Answering(services, generation, sees=generator.sees, patience=limits.answer_seconds))
