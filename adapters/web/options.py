"""How the web chat is set up: where it listens, who may come in, what it takes and keeps."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from core.errors import ConfigError
from core.options import MOST_DAYS, ChatOptions, MessageLimits, Section

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    Health = Callable[[], Awaitable[Mapping[str, object]]]
    Figures = Callable[[], bytes]  # Prometheus' text format

_SHORTEST_TOKEN = 16


class WebOptions(Section):
    """`[web]`: the local chat.

    `hosts` may be needed behind a proxy.
    """

    enabled: bool = Field(True, description="Serve the local web chat.")
    host: str = Field("127.0.0.1", description="Where it listens; anything but loopback needs a token.")
    port: int = Field(8420, ge=0, le=65535, description="Its port.")
    token: SecretStr = Field(SecretStr(""), description="What visitors must show when it isn't on loopback.")
    hosts: tuple[str, ...] = Field((), description="Further names under which the page may be opened.")
    public_url: str = Field(
        "",
        pattern=r"^(https?://[^/]+/?)?$",
        description="Where visitors find it, as https://chat.example, behind a proxy.",
    )
    peer_url: str = Field(
        "",
        pattern=r"^(http://[^/]+/?)?$",
        description="Where other processes of this bot reach this one's page, if not at web.host and web.port.",
    )
    session_days: float = Field(
        30, gt=0, le=MOST_DAYS, description="How long who signed in, and the owner, need not do so again."
    )
    connections: int = Field(512, ge=8, description="Connections at the same time; beyond that idle ones are dropped.")
    connections_each: int = Field(128, ge=4, description="The same, of one address; a proxy has only one.")

    def require_token(self) -> None:
        """Raise `ConfigError` when the page could be reached from elsewhere without a good token."""
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
        names = (self.host, *self.hosts, urlsplit(self.public_url).hostname or self.host)
        return all(is_loopback(name) for name in names)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the page takes and keeps: what is set for all platforms, and figures of its own.

    Pictures stay in memory for `chat.photo_minutes`, for windows that come back; `keep_entries` of one chat
    and `keep_bytes` of all chats together bound what is kept at all.
    """

    limits: MessageLimits = field(default_factory=MessageLimits)
    chat: ChatOptions = field(default_factory=ChatOptions)
    max_file_bytes: int = 200_000_000
    max_text: int = 20_000
    max_waiting: int = 16
    keep_entries: int = 300
    keep_bytes: int = 256 << 20

    @property
    def upload_bytes(self) -> int:
        """The most that one message may weigh: all its photos, or an archive."""
        return max(self.limits.photos * self.limits.photo_bytes, self.max_file_bytes)


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
