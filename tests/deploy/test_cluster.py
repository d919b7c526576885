"""The bots of compose.cluster.yaml, started by its own commands and settings in a plain directory, with PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from dockerfile_parse import DockerfileParser

from adapters.telegram.updates.webhook import Webhook
from tests.deploy.test_compose import bots
from tests.house.source import HOUSE
from tests.support.databases.postgres import Cluster
from tests.support.peers.telegram import TOKEN, TelegramPeer
from tests.support.peers.telegram_http import telegram_server
from tests.support.peers.telegram_people import People, QuickTime, words

pytestmark = pytest.mark.deploy

_PORT = "8420"  # of the image's health check
_LOCAL = ("worker", "ingress", "chores", "worker")  # the services without Ray; workers may be there first


@dataclass(frozen=True, slots=True)
class Container:
    """A process with what its container would have; `healthcheck` is the image's, at the port that it has here."""

    process: asyncio.subprocess.Process
    healthcheck: list[str]

    def is_healthy(self) -> bool:
        """What the engine would find."""
        return subprocess.run(self.healthcheck, check=False, stderr=subprocess.DEVNULL).returncode == 0

    async def becomes(self, *, healthy: bool) -> None:
        """Wait for that."""
        while await asyncio.to_thread(self.is_healthy) is not healthy:
            assert self.process.returncode is None
            await asyncio.sleep(0.2)


@asynccontextmanager
async def container(service: str, data: Path, secrets: Path, port: int, **settings: str) -> AsyncIterator[Container]:
    """A service of the file. `data` is its volume, `secrets` the folder of those, `port` what it gets for 8420."""
    chosen = bots("compose.cluster.yaml")[service]
    environment = {key: str(value) for key, value in chosen["environment"].items()}
    assert environment["RAPPORT_STATUS__PORT"] == _PORT
    environment |= {"RAPPORT_STATUS__PORT": str(port), "HOME": str(data), "CREDENTIALS_DIRECTORY": str(secrets)}
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("RAPPORT_", "XDG_"))}
    steps = DockerfileParser(path=str(HOUSE / "Dockerfile")).structure
    [check] = [step["value"] for step in steps if step["instruction"] == "HEALTHCHECK"]
    _, *words_of_check = json.loads(check[check.index("[") :])
    with (data / f"{port}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *chosen["command"]),
            cwd=HOUSE,
            env={**inherited, **environment, **settings},
            stdout=log,
            stderr=log,
        )
        try:
            yield Container(process, [sys.executable, *(word.replace(_PORT, str(port)) for word in words_of_check)])
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


def secrets_in(folder: Path, url: str) -> Path:
    """The secrets that the script makes, with a database and a token of the test's own."""
    subprocess.run([HOUSE / "deploy/secrets.sh", folder], check=True)
    made = folder / "secrets"
    (made / "store.url").write_text(url)
    (made / "telegram.token").write_text(TOKEN)
    (made / "postgres_password").unlink()  # the database's alone
    return made


async def test_each_role_starts_is_healthy_while_it_can_work_and_they_answer_together(
    server: Cluster, tmp_path: Path, unused_tcp_port_factory: Callable[[], int], weights_dir: Path
) -> None:
    secrets, data = secrets_in(tmp_path, server.url(tmp_path)), tmp_path / "data"
    data.mkdir()
    peer, door = TelegramPeer(open=True), unused_tcp_port_factory()
    hook = Webhook(TOKEN, "127.0.0.1", 0, None)  # type: ignore[arg-type] # it is asked for path and secret alone
    async with (
        telegram_server(peer) as address,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{door}", timeout=60, trust_env=False) as http,
        AsyncExitStack() as stack,
    ):
        settings = {
            "RAPPORT_TELEGRAM__API_URL": address,
            "RAPPORT_TELEGRAM__WEBHOOK_URL": "https://bot.example.org",  # ${WEBHOOK_URL}
            "RAPPORT_TELEGRAM__WEBHOOK_PORT": str(door),
            "RAPPORT_GENERATOR__KIND": "composer",  # ${GENERATOR}
            "RAPPORT_MODELS__CACHE": str(weights_dir),
        }
        started = [
            await stack.enter_async_context(container(service, data, secrets, unused_tcp_port_factory(), **settings))
            for service in _LOCAL
        ]
        for one in started:
            await one.becomes(healthy=True)
        people = People(peer, http, hook.path, hook.secret, QuickTime(1))
        for chat_id in (7, 8):
            assert "know anyone here yet" in words(await people.ask("/list", chat_id=chat_id, sender=chat_id))
        server.stop()
        for one in started:
            await one.becomes(healthy=False)
        server.start()
        for one in started:
            await one.becomes(healthy=True)
            one.process.send_signal(signal.SIGTERM)
        assert [await one.process.wait() for one in started] == [0, 0, 0, 0]
        assert not started[0].is_healthy()
    assert peer.violations == []
    assert (data / ".local/share/rapport/keys").is_dir()  # of all four, in the volume that they share
    assert not (data / ".config/rapport").exists()  # the host key is the secret


def test_the_port_is_the_one_that_the_image_asks_and_each_service_runs_a_role() -> None:
    services = bots("compose.cluster.yaml")
    assert {*_LOCAL, "pool-worker"} == set(services)
    for service in services.values():
        assert service["environment"]["RAPPORT_STATUS__PORT"] == _PORT
        assert service["command"][:2] == ["run", "--role"]
        assert service["volumes"] == ["bot:/data"]  # the keys, one folder for all
        assert "healthcheck" not in service  # the image's is true for all
