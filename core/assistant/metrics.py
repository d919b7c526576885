"""Figures for Prometheus. Labels name platforms, kinds and stages: never a chat, a person or a word."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from core.concepts import Grade
from core.executor.stats import LaneStats
from core.messages import Message, Reply
from core.platforms.status import Condition, PlatformStatus

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
_SIZES = (1, 2, 4, 8, 16, 32, 64)
_GRADES = (Grade.SURE, Grade.MAYBE, Grade.UNKNOWN)


class Metrics:
    """What is counted as messages are answered, in a registry of the program's own."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry, self._began = registry, time.monotonic()
        self._messages = Counter(
            "rapport_messages", "Messages that came in, by kind.", ["platform", "kind"], registry=registry
        )
        self._answers = Counter(
            "rapport_answers",
            "Messages answered, by the best grade of who was seen, or by how it ended.",
            ["platform", "outcome"],
            registry=registry,
        )
        self._inbox = Counter(
            "rapport_inbox",
            "Messages that weren't simply answered once, by why.",
            ["platform", "what"],
            registry=registry,
        )
        self._seconds = Histogram(
            "rapport_stage_seconds",
            "Seconds that a stage took, waiting in its queue included; stage answer is the whole.",
            ["stage"],
            buckets=_SECONDS,
            registry=registry,
        )

    def inbox(self, platform: str, what: str) -> None:
        """Count something about the durable inbox (`core.platforms.inbox.Count`)."""
        self._inbox.labels(platform, what).inc()

    def watch(
        self,
        lanes: Callable[[], Iterable[LaneStats]],
        platform_status: PlatformStatus,
        parts: Callable[[], Mapping[str, bool]],
    ) -> None:
        """Also report what the executor's lanes and the platforms count themselves, and which `parts` are well."""
        self._registry.register(_Watched(lanes, platform_status, parts))

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what is done inside."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._seconds.labels(name).observe(time.perf_counter() - began)

    def began(self, message: Message) -> Counted:
        """Count a message, and time its answer until `Counted.over`."""
        kind = "photo" if message.photos else "text"
        if message.pressed:
            kind = "button"
        elif message.text.lstrip().startswith("/"):
            kind = "command"
        self._messages.labels(message.chat.platform, kind).inc()
        return Counted(self._answers, self._seconds, message.chat.platform)

    def uptime(self) -> float:
        """Seconds since this was made, at the program's start."""
        return time.monotonic() - self._began

    def outcomes(self) -> dict[str, int]:
        """How many messages were answered so far, by outcome, over all platforms."""
        counts: dict[str, int] = {}
        for sample in (one for family in self._answers.collect() for one in family.samples):
            if sample.name.endswith("_total"):
                outcome = sample.labels["outcome"]
                counts[outcome] = counts.get(outcome, 0) + int(sample.value)
        return counts

    def exposition(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self._registry)


class Counted:
    """One answer under way."""

    def __init__(self, answers: Counter, seconds: Histogram, platform: str) -> None:
        self._answers, self._seconds, self._platform = answers, seconds, platform
        self._began, self._outcome = time.perf_counter(), "dropped"

    def said(self, reply: Reply) -> None:
        """Note how the answer ended, if this reply is its end."""
        if reply.final:
            self._outcome = _outcome(reply)

    def ended(self, outcome: str) -> None:
        """Note an end that is no reply of the assistant's own: refused, failed."""
        self._outcome = outcome

    def over(self) -> None:
        """Count the answer."""
        self._answers.labels(self._platform, self._outcome).inc()
        self._seconds.labels("answer").observe(time.perf_counter() - self._began)


class _Watched:
    """A collector of figures that others keep."""

    def __init__(
        self,
        lanes: Callable[[], Iterable[LaneStats]],
        platform_status: PlatformStatus,
        parts: Callable[[], Mapping[str, bool]],
    ) -> None:
        self._lanes, self._platform_status, self._parts = lanes, platform_status, parts

    def collect(self) -> Iterator[Metric]:
        """What the registry calls at each scrape."""
        waiting = GaugeMetricFamily("rapport_queue_waiting", "Items that wait for a device.", labels=["lane"])
        running = GaugeMetricFamily("rapport_queue_running", "Items being worked on.", labels=["lane"])
        items = CounterMetricFamily("rapport_lane_items", "Items done, by how.", labels=["lane", "outcome"])
        sizes = HistogramMetricFamily("rapport_batch_size", "Items run together.", labels=["lane"])
        for lane in self._lanes():
            waiting.add_metric([lane.name], lane.waiting)
            running.add_metric([lane.name], lane.running)
            for outcome in ("answered", "failed", "refused", "dropped", "hung"):
                items.add_metric([lane.name, outcome], getattr(lane, outcome))
            below = [(str(top), sum(n for size, n in lane.sizes.items() if size <= top)) for top in _SIZES]
            total = sum(size * count for size, count in lane.sizes.items())
            sizes.add_metric([lane.name], [*below, ("+Inf", lane.runs)], total)
        serving = GaugeMetricFamily("rapport_platform_serving", "1 while it serves.", labels=["platform"])
        failures = CounterMetricFamily("rapport_platform_failures", "How often it failed.", labels=["platform"])
        for one in self._platform_status.all():
            serving.add_metric([one.name], one.condition is Condition.SERVING)
            failures.add_metric([one.name], one.failures)
        well = GaugeMetricFamily("rapport_part_well", "1 unless it fails: store, generator, chores.", labels=["part"])
        for part, is_well in self._parts().items():
            well.add_metric([part], is_well)
        yield from (waiting, running, items, sizes, serving, failures, well)


def _outcome(reply: Reply) -> str:
    if reply.silent:
        return "silent"
    seen = {one.grade for one in reply.sightings}
    return next((str(grade) for grade in _GRADES if grade in seen), "text")
