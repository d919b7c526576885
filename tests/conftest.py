"""What every test has: a loop whose clock can be put forward, silence, and the real lite weights."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sys
import threading
import warnings
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import hypothesis
import pytest
import structlog

from bot import logs
from bot.config import load
from core.models.weights.catalogue import find
from core.store import Store
from tests.support.clock import SkippingLoop
from tests.support.databases import chosen
from tests.support.databases.postgres import OWNER, Cluster, cluster
from tests.support.decoders import shared_decoders

# Logs go where pytest collects them, so that a failing test shows its own and nothing else is printed.
structlog.configure(logger_factory=structlog.stdlib.LoggerFactory(), wrapper_class=structlog.stdlib.BoundLogger)
# How long an example takes says nothing on a machine that others use, too.
hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], max_examples=60
)
hypothesis.settings.load_profile("house")


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that pytest-asyncio makes for each test."""
    return {"skipping": SkippingLoop}


def pytest_configure() -> None:
    """Let no program that is tested make keys in this user's home."""
    folder = Path(mkdtemp(prefix="keys"))
    os.environ.update({"RAPPORT_KEYS__HOST_FILE": str(folder / "host.key"), "XDG_DATA_HOME": str(folder)})


def pytest_unconfigure() -> None:
    """End the processes that opened photos."""
    shutil.rmtree(os.environ["XDG_DATA_HOME"], ignore_errors=True)
    if shared_decoders.cache_info().currsize:
        asyncio.run(shared_decoders().aclose())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests that use `database` run once with an SQLite file, and once with PostgreSQL unless they are about one."""
    if "database" in metafunc.fixturenames:
        marked = metafunc.definition.get_closest_marker
        kinds = [] if marked("postgres") else [pytest.param("sqlite")]
        kinds += [] if marked("sqlite") else [pytest.param("postgresql", marks=pytest.mark.postgres)]
        metafunc.parametrize("database", kinds, indirect=True)


@pytest.fixture(scope="session")
def server() -> Iterator[Cluster]:
    """A PostgreSQL server with a store's empty tables to begin with."""
    with cluster() as running:
        running.sql(f"CREATE DATABASE made OWNER {OWNER}")

        async def make() -> None:
            await (await Store.open(running.address("made"), encoder="")).aclose()

        asyncio.run(make())
        running.template = "made"
        yield running


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where stores are meanwhile: "sqlite" or "postgresql"."""
    kind: str = request.param
    if kind == "sqlite":
        yield kind
        return
    server: Cluster = request.getfixturevalue("server")
    chosen.use(server)
    yield kind
    chosen.use(None)
    server.drop()


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A test may set logging up, on a screen that is gone after it."""
    configured, made, root = structlog.get_config(), logging.getLogRecordFactory(), logging.getLogger()
    shown, hooks = warnings.showwarning, (sys.excepthook, threading.excepthook, sys.unraisablehook)
    yield
    structlog.configure(**configured)
    logging.setLogRecordFactory(made)
    root.handlers[:] = [one for one in root.handlers if type(one).__module__ != logs.__name__]
    warnings.showwarning = shown
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks


def _must_run(node: pytest.Item | pytest.Collector) -> bool:
    """Whether it needs the [rap] extra, and this is CI's run of all that do: there none of them may be skipped."""
    full = node.path.name.startswith("test_full_") and node.config.getoption("markexpr") == "full"
    return full and bool(os.environ.get("CI"))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, pytest.CollectReport]:
    """A file whose libraries are missing fails where it must run."""
    report: pytest.CollectReport = yield
    if report.outcome == "skipped" and _must_run(collector):
        report.outcome = "failed"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, pytest.TestReport]:
    """So does a test."""
    report: pytest.TestReport = yield
    if report.outcome == "skipped" and not hasattr(report, "wasxfail") and _must_run(item):
        report.outcome = "failed"
    return report


@pytest.fixture(scope="session")
def weights_dir() -> Path:
    """The folder with the lite models' files, verified: `find(name).path(weights_dir)` is one."""
    folder = load().models.cache
    for name in ("yolo11n", "u2netp"):
        find(name).fetch(folder)
    return folder
