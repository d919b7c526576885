"""What the story works with: built once by the program, handed to whatever carries a request out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.assistant.conversations import Conversations
from core.assistant.metrics import Metrics
from core.assistant.under_way import UnderWay
from core.executor.stats import LaneStats
from core.i18n.translator import Translators
from core.images.pictures import Pictures
from core.options import ChatOptions, MessageLimits
from core.platforms.status import PlatformStatus
from core.policy.access import Access
from core.policy.quotas import Quotas
from core.recognition.recognizer import Recognizer
from core.recognition.retriever import Retriever
from core.store.store import Store


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The hosts to which this bot hands what people tell and show it; empty for the computer that it runs on.

    `model` is None where no language model answers.
    """

    model: str | None = None
    database: str = ""


@dataclass(frozen=True, slots=True)
class Services:
    """The parts behind every answer.

    `lanes` gives the executor's figures.
    """

    store: Store
    retriever: Retriever
    recognizer: Recognizer
    pictures: Pictures
    conversations: Conversations
    access: Access
    quotas: Quotas
    translators: Translators
    chat_options: ChatOptions
    limits: MessageLimits
    whereabouts: Whereabouts
    metrics: Metrics
    platform_status: PlatformStatus
    lanes: Callable[[], Iterable[LaneStats]]
    under_way: UnderWay
