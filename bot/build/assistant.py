"""Puts the assistant together out of its parts."""

from __future__ import annotations

from bot.config import Config
from core.assistant.answering import Answering
from core.assistant.assistant import Assistant
from core.assistant.conversations import Conversations
from core.assistant.metrics import Metrics
from core.assistant.services import Services
from core.commands.settings import Options
from core.executor.executor import Executor
from core.i18n.translator import Translators
from core.images.decoding import Limits
from core.images.pictures import Pictures
from core.platforms.status import PlatformStatus
from core.policy.access import Access
from core.policy.quotas import Quota, Quotas
from core.ports import Generator
from core.recognition.index import Retriever
from core.recognition.recognizer import Recognizer
from core.store.store import Store

_MESSENGERS = frozenset({"telegram", "discord"})  # where anybody can find the bot


def access_of(config: Config) -> Access:
    """The host's lists of who may talk to the bot."""
    chosen = config.access
    return Access(frozenset(chosen.owners), frozenset(chosen.allow), frozenset(chosen.block), _MESSENGERS)


def assistant_of(
    config: Config,
    executor: Executor,
    store: Store,
    retriever: Retriever,
    recognizer: Recognizer,
    generator: Generator,
    platform_status: PlatformStatus,
    metrics: Metrics,
    translators: Translators,
) -> Assistant:
    """The assistant, whose answers are generated on a lane of the executor."""
    chat, limits = config.chat, config.limits
    access = access_of(config)
    services = Services(
        store,
        retriever,
        recognizer,
        Pictures(Limits(size=limits.photo_bytes, pixels=round(limits.photo_megapixels * 1e6))),
        Conversations(minutes=chat.photo_minutes, entries=chat.history),
        access,
        quotas_of(config, store, access),
        translators,
        Options(chat.undo_seconds, limits.photos, chat.photo_minutes, remote=generator.sees),
        metrics,
        platform_status,
        executor.stats,
    )
    generation = executor.stream_lane(
        "generate", generator.generate, concurrency=config.generator.concurrency, capacity=limits.queue
    )
    return Assistant(services, Answering(services, generation, sees=generator.sees, patience=limits.answer_seconds))


def quotas_of(config: Config, store: Store, access: Access) -> Quotas:
    """What persons and chats may use, counted over what the store keeps."""
    most = config.quotas
    return Quotas(
        store,
        access,
        person=Quota(most.person_photos_minute, most.person_names, round(most.person_megabytes * 1e6)),
        chat=Quota(most.chat_photos_minute, most.chat_names, round(most.chat_megabytes * 1e6)),
        platforms=_MESSENGERS | {"web"},
    )
