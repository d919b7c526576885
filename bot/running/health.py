"""What a Rapport that is running says of itself."""

from __future__ import annotations

from typing import Any

import httpx

from adapters.status.options import address_at
from bot.build.platforms import sessions_file
from bot.config import Config
from core.errors import ConfigError


async def running_health(config: Config) -> dict[str, Any] | None:
    """What the Rapport that is running with this configuration says of itself, at either port; None when none does."""
    ports = [(config.status.host, config.status.port)] if config.status.port else []
    ports += [(config.web.host, config.web.port)] if config.web.enabled else []
    for host, port in ports:
        if health := await health_at(host, port, config):
            return health
    return None


async def health_at(host: str, port: int, config: Config) -> dict[str, Any] | None:
    """What the Rapport that listens there says of itself; None when none does."""
    token = config.web.token.get_secret_value()
    shown = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        async with httpx.AsyncClient(headers=shown, timeout=5, trust_env=False) as client:
            health = (await client.get(f"{address_at(host, port)}/health")).json()
    except (httpx.HTTPError, ValueError):
        return None
    return health if isinstance(health, dict) and "platforms" in health else None


def owner_link(config: Config) -> str:
    """The link that makes whoever opens it the owner of the web chat that is running with this configuration.

    Raises `ConfigError` when none is running, or its store is no file beside which the link could be kept.
    """
    from adapters.web.sessions import read_link  # noqa: PLC0415 - the doctor needs no web server

    file = sessions_file(config)
    if file is None:
        raise ConfigError(
            "Only with an SQLite file as its store does Rapport keep the link; start it again for a new one."
        )
    if link := read_link(file):
        return link
    raise ConfigError(
        "Rapport's web chat isn't running on this machine with that store: its link is printed at the start."
    )
