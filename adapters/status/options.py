"""Where a process says how it does, beside the web chat's port or without one."""

from __future__ import annotations

from pydantic import Field

from core.options import Section


class StatusOptions(Section):
    """`[status]`: `/health` and `/metrics` on a port of their own, whatever the process does."""

    host: str = Field("127.0.0.1", description="Where it listens; anything but loopback needs web.token.")
    port: int = Field(0, ge=0, le=65535, description="Its port; 0: only the web chat's port has them.")


def address_at(host: str, port: int) -> str:
    """The address of a server that listens at `host`, for a program of the same machine."""
    bare = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host).strip("[]")  # noqa: S104 - compared
    return f"http://{f'[{bare}]' if ':' in bare else bare}:{port}"
