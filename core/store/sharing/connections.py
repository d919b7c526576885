"""What a process does by a connection to a server that it keeps: hear announcements, be the only one at something."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.store.errors import told_plainly
from core.store.sharing.announcing import CHANNEL

_LOCKS = 0x52_41_51  # the class of our advisory locks; any number that isn't the migrations'
_BETWEEN = 1.0  # seconds between two tries to be the one
_ALIVE = 5.0  # seconds between two looks whether the connection is there

Keeping = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
"""A connection of its own, for as long as the block runs."""


async def listen(keeping: Keeping, address: str, heard: Callable[[str], None]) -> None:
    """Call `heard` with each announcement until the connection ends. Raises `core.errors.StoreError`."""
    ended = asyncio.Event()

    def hear(_connection: Any, _process: int, _channel: str, topic: str) -> None:
        heard(topic)

    with told_plainly(address):
        async with keeping() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            driver.add_termination_listener(lambda _: ended.set())
            await driver.add_listener(CHANNEL, hear)
            while not ended.is_set():
                await _look(connection, ended.wait())


async def alone(keeping: Keeping, address: str, name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Run `work` as the only process of those with this store that runs what is called so; wait for that if need be.

    It is cancelled when the connection that says so is lost. Raises `core.errors.StoreError` then, or what `work` does.
    """
    with told_plainly(address):
        connecting = keeping()
        connection = await connecting.__aenter__()
    try:
        lock = select(func.pg_try_advisory_lock(_LOCKS, func.hashtext(literal(name))))
        with told_plainly(address):
            while not await connection.scalar(lock):  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(_BETWEEN)
        working = asyncio.ensure_future(work())
        try:
            with told_plainly(address):
                while not working.done():
                    await _look(connection, asyncio.wait([working]))
        finally:
            working.cancel()
            await asyncio.wait([working])
        working.result()
    finally:
        await connecting.__aexit__(None, None, None)


async def _look(connection: AsyncConnection, until: Awaitable[object]) -> None:
    """Wait for a while, or `until` then; raises what the connection says when it is lost."""
    try:
        async with asyncio.timeout(_ALIVE):
            await until
    except TimeoutError:
        await connection.scalar(select(1))
