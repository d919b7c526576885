"""What a Rapport that is running says of itself."""

from __future__ import annotations

from typing import Any

import httpx

from bot.config import Config


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
