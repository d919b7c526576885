from __future__ import annotations

from collections.abc import Mapping

import httpx
import pytest
from pydantic import SecretStr

from adapters.status.options import StatusOptions, address_at
from adapters.status.page import StatusPage
from core.chores import Chores
from core.errors import ConfigError

TOKEN = "a-token-of-sixteen"  # noqa: S105 - of these tests alone
FIGURES = b"rapport_messages_total 1.0\n"


async def well() -> Mapping[str, object]:
    return {"ok": True, "store": "ok"}


async def ill() -> Mapping[str, object]:
    return {"ok": False, "store": "silent"}


def page(host: str = "127.0.0.1", token: str = "", health: object = well, port: int = 0) -> StatusPage:
    options = StatusOptions(host=host, port=port)
    return StatusPage(options, SecretStr(token), health=health, metrics=lambda: FIGURES, chores=Chores())  # type: ignore[arg-type]


def client(address: str, **headers: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=address, headers=headers, trust_env=False)


async def test_on_this_machine_health_and_figures_are_for_all_and_for_no_other_name() -> None:
    async with page().serving() as address, client(address) as asking:
        assert (await asking.get("/health")).json() == {"ok": True, "store": "ok"}
        shown = await asking.get("/metrics")
        assert (shown.content, shown.headers["content-type"]) == (
            FIGURES,
            "text/plain; version=0.0.4; charset=utf-8",
        )
        assert (await asking.get("/metrics", headers={"Host": "evil.example"})).status_code == 400
        assert (await asking.get("/")).status_code == 404


async def test_where_others_reach_it_the_figures_and_particulars_want_the_token() -> None:
    async with page("0.0.0.0", TOKEN, ill).serving() as address:  # noqa: S104
        async with client(address, Host="worker:8420") as stranger:
            health = await stranger.get("/health")
            assert (health.status_code, health.json()) == (503, {"ok": False})
            assert (await stranger.get("/metrics")).status_code == 401
            wrong = {"Authorization": "Bearer wrong"}
            assert {(await stranger.get("/metrics", headers=wrong)).status_code for _ in range(10)} == {401}
            assert (await stranger.get("/metrics", headers=wrong)).status_code == 429
        async with client(address, Authorization=f"Bearer {TOKEN}") as host:
            assert (await host.get("/metrics")).content == FIGURES
            assert (await host.get("/health")).json()["store"] == "silent"


async def test_it_gives_its_port_back_and_one_that_is_taken_is_told() -> None:
    async with page().serving() as address:
        port = int(address.rpartition(":")[2])
        with pytest.raises(ConfigError, match=r"status\.port"):
            async with page(port=port).serving():
                pass
    async with page(port=port).serving() as again:
        assert again == address


def test_without_a_token_it_is_open_to_nobody_else() -> None:
    with pytest.raises(ConfigError, match=r"set web\.token"):
        page("0.0.0.0")  # noqa: S104


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:1"),
        ("0.0.0.0", "http://127.0.0.1:1"),  # noqa: S104
        ("::", "http://[::1]:1"),
        ("[::1]", "http://[::1]:1"),
    ],
)
def test_where_a_server_is_asked_by_a_program_of_its_machine(host: str, address: str) -> None:
    assert address_at(host, 1) == address
