"""What a process does where several share a store, and that one process without that does everything."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot import config as configuration
from bot.build.platforms import platforms
from bot.build.rapport import Rapport
from bot.running.rapport import rapport
from bot.running.serving import serve
from core.errors import ConfigError
from core.options import Role
from tests.support.databases.chosen import url
from tests.support.decoders import shared_decoders
from tests.support.fakes import fake_models
from tests.support.peers.telegram import TOKEN


def settings(folder: Path) -> configuration.Config:
    return configuration.load(store={"url": url(folder)}, telegram={"token": TOKEN}, web={"port": 0})


async def started(stack: AsyncExitStack, folder: Path, role: Role) -> Rapport:
    one = rapport(settings(folder), fake_models(), decoders=shared_decoders(), role=role)
    return await stack.enter_async_context(one)


def chores(running: Rapport) -> set[str]:
    return {one.name for one in running.chores.all()}


async def test_a_role_needs_a_store_that_several_processes_can_share(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        with pytest.raises(ConfigError, match="PostgreSQL"):
            await started(stack, tmp_path, Role.WORKER)
        running = await started(stack, tmp_path, Role.ALL)
        assert {"erase", "embed anew", "load models", "look for faces"} <= chores(running)
        assert "hear other processes" not in chores(running)


@pytest.mark.postgres
async def test_one_process_erases_for_all_and_the_next_one_when_it_ends(tmp_path: Path, database: str) -> None:
    async with AsyncExitStack() as first, AsyncExitStack() as stack:
        leading, ingress = await started(first, tmp_path, Role.CHORES), await started(stack, tmp_path, Role.INGRESS)
        standing_by, worker = await started(stack, tmp_path, Role.ALL), await started(stack, tmp_path, Role.WORKER)
        while not {"erase", "embed anew"} <= chores(leading):  # noqa: ASYNC110 - another process may be the one
            await asyncio.sleep(0.02)
        assert "erase" not in chores(standing_by) | chores(ingress) | chores(worker)
        assert "load models" in chores(worker) & chores(standing_by)
        assert "load models" not in chores(ingress)
        await first.aclose()
        while "erase" not in chores(standing_by):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        for running, role, names in (
            (ingress, Role.INGRESS, ["telegram"]),
            (worker, Role.WORKER, ["telegram"]),
            (standing_by, Role.CHORES, []),
            (standing_by, Role.ALL, ["web", "telegram"]),
        ):
            assert list(platforms(settings(tmp_path), running, role=role)) == names


@pytest.mark.postgres
async def test_a_role_without_telegram_has_nothing_to_do(tmp_path: Path, database: str, weights_dir: Path) -> None:
    config = settings(tmp_path)
    config = config.model_copy(update={"telegram": type(config.telegram)()})
    with pytest.raises(ConfigError, match=r"telegram\.token"):
        await serve(config, role=Role.WORKER)
