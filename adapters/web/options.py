"""How the web chat is set up: where it listens, who may come in, what it takes and keeps."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from core.messages import Message, Reply

    Health = Callable[[], Awaitable[Mapping[str, object]]]
    Figures = Callable[[], bytes]  # Prometheus' text format

_SHORTEST_TOKEN = 16


class Assistant(Protocol):
    """What the page talks to."""

    def answer(self, message: Message) -> AsyncIterator[Reply]:
        """Drafts, then one final reply."""
        ...


@dataclass(frozen=True, slots=True)
class WebOptions:
    """The web chat's settings.

    `hosts` are further names under which the page may be opened, as behind a proxy. `photo_minutes` is
    how long pictures stay in memory for windows that come back; `keep_entries` of one chat and
    `keep_bytes` of all chats together bound what is kept at all. `stop_seconds` is how long answers that
    are under way may take when the server stops.

    Raises `ConfigError` when the page could be reached from elsewhere without a token.
    """

    host: str = "127.0.0.1"
    port: int = 8420
    token: str = field(default="", repr=False)
    hosts: tuple[str, ...] = ()
    max_photos: int = 10
    max_photo_bytes: int = 20_000_000
    max_file_bytes: int = 200_000_000
    max_text: int = 20_000
    max_waiting: int = 16
    photo_minutes: float = 30
    keep_entries: int = 300
    keep_bytes: int = 256 << 20
    stop_seconds: float = 20

    def __post_init__(self) -> None:
        if not self.local and not self.token:
            raise ConfigError(
                f"The web chat would be open to everyone at {self.host}: set web.token to a secret of at "
                f"least {_SHORTEST_TOKEN} characters, or web.host to 127.0.0.1."
            )
        if 0 < len(self.token) < _SHORTEST_TOKEN:
            raise ConfigError(
                f"web.token is too short to be safe: use at least {_SHORTEST_TOKEN} characters, "
                "for instance from `openssl rand -hex 16`."
            )

    @property
    def local(self) -> bool:
        """Whether only this machine can reach the page, and under no other name than its own."""
        return is_loopback(self.host) and all(is_loopback(name) for name in self.hosts)


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine and nothing else."""
    bare = host.strip("[]").casefold()
    if bare == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def is_address(host: str) -> bool:
    """Whether a host is a plain IP address: nobody can point a name of theirs at one."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
