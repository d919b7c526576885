"""`python -m bot doctor`: look at every part, and say in a sentence each what to do."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from rich.console import Console
from rich.markup import escape

from bot.build import vision
from bot.build.messengers import introduce_discord, telegram_options
from bot.build.wiring import check_store, generator_of
from bot.cli.models import configured
from bot.config import Config
from core.errors import PlatformError, RapportError
from core.models.openai.generator import OpenAIGenerator
from core.models.vlm.generator import TransformersGenerator
from core.models.weights import sources
from core.platforms.status import Condition

Check = Callable[[Config], Awaitable[str]]


async def examine(config: Config) -> bool:
    """Run every check and print its sentence; true when all is well."""
    # Sentences may hold paths: they are neither markup nor broken in the middle of a word.
    out, well = Console(soft_wrap=True, highlight=False), True
    checks: dict[str, Check] = {
        "models": _models,
        "store": _store,
        "web": _web,
        "telegram": _telegram,
        "discord": _discord,
        "platforms": _platforms,
        "generator": _generator,
    }
    out.print("[green]✓[/green] config: read, every key is known.")
    for name, check in checks.items():
        try:
            out.print(f"[green]✓[/green] {name}: {escape(await check(config))}")
        except RapportError as error:
            well = False
            out.print(f"[red]✗[/red] {name}: {escape(str(error))}", highlight=False)
    return well


async def _models(config: Config) -> str:
    for name in configured(config):
        if not await asyncio.to_thread(sources.verify, name, config.models.cache):
            raise RapportError(f"{name} is missing or damaged; fetch it with `python -m bot models pull`.")
    if not vision.fitted(vision.encoder_identity(config)):
        raise RapportError(
            "the encoder's grades aren't fitted yet, so the bot only asks. Run `python -m bot eval calibrate`."
        )
    return f"{config.models.detector} and {config.models.encoder} are here, checksums right."


async def _store(config: Config) -> str:
    stale = await check_store(config)
    waiting = f" {stale} photos will be embedded anew at the next start." if stale else ""
    return f"opens and answers.{waiting}"


async def _web(config: Config) -> str:
    if not config.web.enabled:
        return "turned off."
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.web.host, config.web.port))
        except OSError as error:
            if await running_health(config):
                return f"Rapport is running there, at port {config.web.port}."
            raise RapportError(
                f"port {config.web.port} of {config.web.host} can't be had ({error.strerror}); "
                "stop what uses it, or choose another with web.port."
            ) from error
    return f"port {config.web.port} of {config.web.host} is free."


async def _telegram(config: Config) -> str:
    """Whose token it is; that Telegram can't be reached from here is no fault of the token's."""
    if not config.telegram.token.get_secret_value():
        return "turned off: there is no telegram.token."
    from adapters.telegram.server import introduce  # noqa: PLC0415 - its library is large: for those who use it

    try:
        return await introduce(telegram_options(config))
    except PlatformError as error:
        if error.permanent:
            raise
        return f"the token looks right. {error}"


async def _discord(config: Config) -> str:
    """Whose token it is; that Discord can't be reached from here is no fault of the token's."""
    if not config.discord.token.get_secret_value():
        return "turned off: there is no discord.token."
    try:
        return await introduce_discord(config)
    except PlatformError as error:
        if error.permanent:
            raise
        return f"there is a token. {error}"


async def _platforms(config: Config) -> str:
    """How the platforms of the Rapport that is running here stand."""
    health = await running_health(config) if config.web.enabled else None
    if health is None:
        return "Rapport isn't running here (or without its web chat), so there is nothing to ask."
    platform_status: dict[str, dict[str, str]] = health.get("platforms", {})
    told = "; ".join(" ".join([name, one["condition"], one["reason"]]).strip() for name, one in platform_status.items())
    if any(one["condition"] in {Condition.FAILED, Condition.WAITING} for one in platform_status.values()):
        raise RapportError(told)
    return f"{told}."


async def running_health(config: Config) -> dict[str, Any] | None:
    """What the Rapport that is running with this configuration says of itself; None when none does."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(config.web.host, config.web.host)  # noqa: S104 - compared
    token = config.web.token.get_secret_value()
    shown = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        async with httpx.AsyncClient(headers=shown, timeout=5, trust_env=False) as client:
            health = (await client.get(f"http://{host}:{config.web.port}/health")).json()
    except (httpx.HTTPError, ValueError):
        return None
    return health if isinstance(health, dict) and "platforms" in health else None


async def _generator(config: Config) -> str:
    if config.generator.kind == "composer":
        return "the composer; it needs nothing."
    generator = generator_of(config)
    assert isinstance(generator, OpenAIGenerator | TransformersGenerator)  # noqa: S101 - the other kinds
    try:
        await generator.ping()
    finally:
        await generator.aclose()
    if isinstance(generator, TransformersGenerator):
        return f"the weights of {config.generator.model} are here."
    return f"{config.generator.base_url} answers."
