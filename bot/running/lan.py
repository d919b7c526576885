"""`python -m bot run --lan`: the web chat for the phones of the same network."""

from __future__ import annotations

import io
import ipaddress
import os
import secrets
import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from pydantic import SecretStr

from bot.build.platforms import sessions_file
from core.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import Console

    from bot.config import Config

_ELSEWHERE = ("192.0.2.1", 9)  # an address for documentation (RFC 5737): nothing is sent there
_MEANING = (
    "Whoever is in your network and has this address can chat here and see whom this Rapport remembers; "
    "what they send is not encrypted on its way. Do this only in a network that you trust."
)


def on_lan(config: Config, address: str | None = None) -> Config:
    """The configuration with the web chat at this machine's address in its network, behind a token.

    The token is `web.token`, else one that is kept beside the store, so that phones stay signed in. Raises
    `ConfigError` where there is no address that is only of a local network.
    """
    address = address or _own_address()
    parsed = ipaddress.ip_address(address)
    if not parsed.is_private or parsed.is_loopback:
        raise ConfigError(
            f"--lan is for the network at home, and this machine's address ({address}) isn't of one. "
            "Set web.host and web.token to open the page to others."
        )
    token = config.web.token if config.web.token else SecretStr(_token(config))
    web = config.web.model_copy(update={"enabled": True, "host": address, "token": token})
    return config.model_copy(update={"web": web})


def invite(console: Console, config: Config, port: int) -> None:
    """Print the address with the token, as text and as a QR code, and what it means to hand it on."""
    import segno  # noqa: PLC0415 - for this alone

    host, token = config.web.host, quote(config.web.token.get_secret_value(), safe="")
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}/?token={token}"
    console.print("\nOn a phone in the same network open this, or point its camera at the code:", soft_wrap=True)
    console.print(f"[bold]{url}[/bold]", soft_wrap=True)
    if console.is_terminal:
        code = io.StringIO()
        segno.make(url, error="l").terminal(out=code, compact=True)
        console.file.write(code.getvalue())
    console.print(_MEANING, soft_wrap=True)


def _own_address() -> str:
    """The address from which this machine talks to others. Raises `ConfigError` when it is in no network."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(_ELSEWHERE)  # only chooses a route
        return str(probe.getsockname()[0])
    raise ConfigError("This machine is in no network, so --lan can't be used.")


def _token(config: Config) -> str:
    beside = sessions_file(config)
    if beside is None:
        return secrets.token_urlsafe(18)
    file = Path(str(beside).replace(".sessions.json", ".lan-token"))
    with suppress(OSError):
        if kept := file.read_text("utf-8").strip():
            return kept
    made = secrets.token_urlsafe(18)
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as target:
            target.write(made)
    return made
