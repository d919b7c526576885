from __future__ import annotations

import asyncio
import io
import stat
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from rich.console import Console

from adapters.web.server import WebChat
from bot.config import Config, load
from bot.running.lan import invite, on_lan
from core.errors import ConfigError
from tests.support.fakes_web import FakeAssistant
from tests.support.web_client import TOKEN


def at_home(folder: Path, **web: object) -> Config:
    return load(None, store={"url": f"sqlite+aiosqlite:///{folder}/rapport.db"}, web=web)


def test_the_page_is_opened_at_the_lan_address_alone_behind_a_token_that_is_kept(tmp_path: Path) -> None:
    first, second = (on_lan(at_home(tmp_path), "192.168.1.5") for _ in range(2))
    assert first.web.host == "192.168.1.5"
    assert len(first.web.token) >= 16
    assert first.web.token == second.web.token
    [file] = tmp_path.glob("*.lan-token")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    first.web.require_token()


def test_a_configured_token_stays(tmp_path: Path) -> None:
    config = on_lan(at_home(tmp_path, token=TOKEN), "10.0.0.7")
    assert config.web.token == SecretStr(TOKEN)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", ["8.8.8.8", "127.0.0.1", "2a00:1450:4001::1"])
def test_an_address_that_is_of_no_local_network_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(ConfigError, match="network at home"):
        on_lan(at_home(tmp_path), address)


def test_the_address_is_printed_with_the_token_as_a_code_and_with_what_it_means(tmp_path: Path) -> None:
    config = on_lan(at_home(tmp_path, token=TOKEN), "10.0.0.7")
    for terminal in (True, False):
        printed = io.StringIO()
        invite(Console(file=printed, force_terminal=terminal, color_system=None, width=80), config, 8420)
        text = printed.getvalue()
        assert "http://10.0.0.7:8420/?token=" + TOKEN in text
        assert "Do this only in a network that you trust." in text
        assert ("█" in text or "▀" in text) == terminal


async def test_there_only_the_token_opens_the_page_and_only_this_machine_has_an_owner(tmp_path: Path) -> None:
    try:
        config = on_lan(at_home(tmp_path, port=0))
    except ConfigError:
        pytest.skip("this machine is in no local network")
    chat = WebChat(FakeAssistant(), options=config.web)
    address, running = chat.open(), asyncio.create_task(chat.run())
    async with httpx.AsyncClient(follow_redirects=True) as phone, httpx.AsyncClient(follow_redirects=True) as here:
        assert (await phone.get(address)).status_code == 401
        assert (await phone.get(f"{address}/api/session")).status_code == 401
        opened = await phone.get(address, params={"token": config.web.token.get_secret_value()})
        assert opened.status_code == 200
        assert (await phone.get(f"{address}/api/session")).json()["who"]["owner"] is False
        assert (await phone.get(address, headers={"Host": "evil.example"})).status_code == 400
        assert chat.link.startswith("http://127.0.0.1:")
        assert (await here.get(chat.link)).status_code == 200
        local = chat.link.partition("/?key=")[0]
        assert (await here.get(f"{local}/api/session")).json()["who"]["owner"] is True
        used = chat.link.replace(local, address)
        assert (await phone.get(used)).status_code == 403
    await chat.aclose()
    await running
