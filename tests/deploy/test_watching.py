from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import fields
from itertools import product
from pathlib import Path
from typing import Any

import promql_parser as promql
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from bot.config import Config
from bot.running.rapport import rapport
from core.executor.stats import LaneStats
from core.messages import Chat, Message, Sender
from core.platforms.status import Condition
from tests.deploy.programs import output_of, program
from tests.house.source import HOUSE, house
from tests.support.fakes import blocks, fake_models

PROMETHEUS = HOUSE / "deploy/prometheus"
BY_PROMETHEUS = {"up": {"job", "instance"}}  # what it adds itself
ADDED = {"job", "instance"}


def alerts() -> Iterator[str]:
    for group in yaml.safe_load((PROMETHEUS / "alerts.yaml").read_text())["groups"]:
        for rule in group["rules"]:
            yield rule["expr"]


def dashboard() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((HOUSE / "deploy/grafana/rapport.json").read_text())
    return read


def panels() -> list[dict[str, Any]]:
    return [one for one in dashboard()["panels"] if one["type"] != "row"]


def on_the_dashboard() -> Iterator[str]:
    """Its queries, with Grafana's variables put in."""
    written = [target["expr"] for panel in panels() for target in panel["targets"]]
    written += [one["expr"] for one in dashboard()["annotations"]["list"]]
    for text in written:
        yield text.replace("$__rate_interval", "1m").replace("$instance", ".*")


def selectors(node: Any) -> Iterator[Any]:
    """The series that a query asks for."""
    if isinstance(node, promql.VectorSelector):
        yield node
    for name in ("expr", "lhs", "rhs", "param", "args", "vector_selector", "vs"):
        below = getattr(node, name, None)
        for one in below if isinstance(below, list) else [below]:
            if one is not None and not isinstance(one, str):
                yield from selectors(one)


def groupings(node: Any) -> Iterator[str]:
    """The labels that a query groups by."""
    if isinstance(node, promql.AggregateExpr) and node.modifier is not None:
        yield from node.modifier.labels
    for name in ("expr", "lhs", "rhs", "param", "args"):
        below = getattr(node, name, None)
        for one in below if isinstance(below, list) else [below]:
            if one is not None and not isinstance(one, str):
                yield from groupings(one)


@pytest.fixture
async def shown(tmp_path: Path) -> dict[str, set[str]]:
    """What /metrics of a bot shows that has answered something: names of series, and the labels of each."""
    config = Config(store={"url": f"sqlite+aiosqlite:///{tmp_path / 'watched.db'}"})
    async with rapport(config, fake_models()) as running:
        async for _ in running.assistant.answer(Message(Chat("web", "home"), Sender("u1"), "", (blocks("red"),))):
            pass
        running.platform_status.note("web", Condition.SERVING)
        running.metrics.inbox("web", "left over")
        page = running.metrics.exposition().decode()
    series: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            series.setdefault(sample.name, set()).update(sample.labels)
    return series


QUERIES = [*alerts(), *on_the_dashboard()]


@pytest.mark.parametrize("query", QUERIES)
async def test_alerts_and_panels_ask_for_series_that_there_are(query: str, shown: dict[str, set[str]]) -> None:
    read, asked = promql.parse(query), set[str]()
    for selector in selectors(read):
        assert selector.name in {*shown, *BY_PROMETHEUS}, selector.name
        labels = BY_PROMETHEUS.get(selector.name) or {*shown[selector.name], *ADDED}
        assert {one.name for one in selector.matchers.matchers} <= labels
        asked |= labels
    assert asked
    assert set(groupings(read)) <= asked


async def test_every_figure_of_ours_is_on_the_dashboard(shown: dict[str, set[str]]) -> None:
    asked = {selector.name for query in on_the_dashboard() for selector in selectors(promql.parse(query))}
    parts = ("_bucket", "_sum", "_count", "_created")
    families = {next((name.removesuffix(end) for end in parts if name.endswith(end)), name) for name in shown}
    for family in families:
        if family.startswith("rapport_"):
            assert any(name.startswith(family) for name in asked), family


def test_values_that_are_asked_for_are_words_of_the_code() -> None:
    written = {
        node.value
        for file in house()
        if file.name.startswith(("core/", "bot/build/", "bot/running/"))
        for node in file.nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    written |= {field.name for field in fields(LaneStats)}
    for query in QUERIES:
        for selector in selectors(promql.parse(query)):
            for matcher in selector.matchers.matchers:
                if matcher.name not in ADDED:
                    assert set(matcher.value.split("|")) <= written, query


def test_what_the_alerts_are_told_of_is_shown_by_their_tests() -> None:
    named = {rule["alert"] for rule in yaml.safe_load((PROMETHEUS / "alerts.yaml").read_text())["groups"][0]["rules"]}
    tests = yaml.safe_load((PROMETHEUS / "alerts_test.yaml").read_text())["tests"]
    fires = {one["alertname"] for test in tests for one in test["alert_rule_test"] if one.get("exp_alerts")}
    assert fires == named


@pytest.mark.deploy
def test_each_alert_fires_when_it_should_and_none_while_all_is_well() -> None:
    promtool = program("promtool", "prometheus")
    output_of(promtool, "check", "rules", "--lint=all", "--lint-fatal", PROMETHEUS / "alerts.yaml")
    output_of(promtool, "check", "config", "--syntax-only", PROMETHEUS / "prometheus.yaml")
    assert "SUCCESS" in output_of(promtool, "test", "rules", PROMETHEUS / "alerts_test.yaml")


def test_no_panel_lies_on_another() -> None:
    everything, taken = dashboard()["panels"], set[tuple[int, int]]()
    assert len({one["id"] for one in everything}) == len(everything)
    for place in (one["gridPos"] for one in everything):
        wide = range(place["x"], place["x"] + place["w"])
        cells = set(product(wide, range(place["y"], place["y"] + place["h"])))
        assert not cells & taken
        assert place["x"] + place["w"] <= 24
        taken |= cells
