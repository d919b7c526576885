"""Several bot processes with one PostgreSQL store behind one webhook: as if there were one, also when one is killed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import PIL.Image
import pytest

from adapters.telegram.updates.webhook import Webhook
from core.messages import Chat
from tests.support.databases.chosen import url
from tests.support.fakes import COLOURS, blocks
from tests.support.peers.telegram import TOKEN, TelegramPeer
from tests.support.peers.telegram_http import telegram_server
from tests.support.peers.telegram_people import People, QuickTime, words
from tests.support.processes.bot import bot_process
from tests.support.processes.store import store_of

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("database")]

RED, GREEN, BLUE = (blocks(colour).data for colour in ("red", "green", "blue"))
GROUP = -5


class Doors(httpx.AsyncBaseTransport):
    """The processes' webhooks: each update goes to the next one that is open."""

    def __init__(self) -> None:
        self._inner, self.open, self._count = httpx.AsyncHTTPTransport(), list[int](), 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._count += 1
        request.url = request.url.copy_with(port=self.open[self._count % len(self.open)])
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


class Cluster:
    """Bot processes that are started one by one, and the people who write to them."""

    def __init__(self, folder: Path, address: str, people: People, doors: Doors, ports: Sequence[int]) -> None:
        self._folder, self._address, self.people, self._doors, self._ports = folder, address, people, doors, ports
        self.processes: list[asyncio.subprocess.Process] = []
        self.stack = AsyncExitStack()

    async def start(self, role: str = "all", **settings: str) -> None:
        """One more process; returns when it listens."""
        port = self._ports[len(self.processes)]
        chosen = {
            "ROLE": role,
            "store__url": url(self._folder),
            "telegram__token": TOKEN,
            "telegram__api_url": self._address,
            "telegram__webhook_url": "https://bot.example.org",
            "telegram__webhook_port": str(port),
            "telegram__album_seconds": "1.5",
            "web__enabled": "false",
            **settings,
        }
        process = await self.stack.enter_async_context(bot_process("run", self._folder, **chosen))
        self.processes.append(process)
        async with httpx.AsyncClient(trust_env=False) as http:
            while role in ("all", "ingress"):
                assert process.returncode is None, (self._folder / "log.txt").read_text()
                try:
                    await http.get(f"http://127.0.0.1:{port}/health")
                    self._doors.open.append(port)
                    return
                except httpx.TransportError:
                    await asyncio.sleep(0.1)

    async def kill(self, number: int) -> None:
        """End one of them, which Telegram then reaches no more."""
        self._doors.open = [port for port in self._doors.open if port != self._ports[number]]
        self.processes[number].kill()
        await self.processes[number].wait()


@pytest.fixture
async def cluster(tmp_path: Path, unused_tcp_port_factory: Any) -> AsyncIterator[Cluster]:
    peer, ports = TelegramPeer(open=True), [unused_tcp_port_factory() for _ in range(3)]
    hook = Webhook(TOKEN, "127.0.0.1", 0, None)  # type: ignore[arg-type] # it is asked for path and secret alone
    doors = Doors()
    async with (
        telegram_server(peer) as address,
        httpx.AsyncClient(base_url="http://127.0.0.1", transport=doors, timeout=60) as http,
    ):
        people = People(peer, http, hook.path, hook.secret, QuickTime(1))
        made = Cluster(tmp_path, address, people, doors, ports)
        async with made.stack:
            yield made
    assert peer.violations == []


async def colour_of(folder: Path, chat_id: int, name: str) -> str:
    """Which block the photo of somebody shows."""
    chat = Chat("telegram", str(chat_id))
    async with store_of(folder) as store:
        concept = await store.concept(chat, name)
        [reference] = await store.references(chat, concept.id)
    with PIL.Image.open(BytesIO(reference.photo)) as picture:
        seen = picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2))
    assert isinstance(seen, tuple)
    return min(COLOURS, key=lambda name: sum(abs(a - b) for a, b in zip(COLOURS[name], seen, strict=True)))


async def test_the_last_photo_is_the_chats_own_whoever_was_shown_it_and_buttons_work(
    cluster: Cluster, tmp_path: Path
) -> None:
    people = cluster.people
    await cluster.start()
    await cluster.start()
    await people.ask("/remember bo", RED, chat_id=9, sender=9)
    asked = await people.ask("", RED, chat_id=9, sender=9)
    assert words(asked).startswith("That's bo")
    for number, photo in ((7, RED), (8, RED), (7, GREEN), (8, BLUE)):  # each door is used by both
        await people.ask("", photo, chat_id=number, sender=number)
    await people.say("", BLUE, chat_id=GROUP)  # talk of a group that the bot doesn't answer
    for dead in (0, 1):
        if dead:  # the other one's turn; what it knew is the first one's again
            await cluster.start()
        await cluster.kill(dead)
        for chat_id, name in ((7, "zoe"), (8, "max")):
            said = await people.ask(f"/remember {name}{dead}", chat_id=chat_id, sender=chat_id)
            assert words(said).startswith("Nice to meet"), words(said)
        await people.ask(f"/remember kim{dead}", chat_id=GROUP)
        assert await colour_of(tmp_path, 7, f"zoe{dead}") == "green"
        assert await colour_of(tmp_path, 8, f"max{dead}") == "blue"
        assert await colour_of(tmp_path, GROUP, f"kim{dead}") == "blue"
    query = await people.press(asked, "Not bo", sender=9)
    await people.peer.wait_for(lambda: query in people.peer.pressed)
    assert not people.peer.pressed[query].get("text")
    assert "won't take that for bo again" in words((await people.answers(9))[0])


async def test_yes_in_words_is_understood_by_whoever_takes_the_chat_and_only_once(
    cluster: Cluster, tmp_path: Path
) -> None:
    people = cluster.people
    await cluster.start()
    await people.ask("/remember bo", RED)
    assert "?" in words(await people.ask("/forgetall"))
    await cluster.start()
    await cluster.kill(0)
    said = words(await people.ask("yes"))
    assert "know anyone" in words(await people.ask("/list")), said
    await people.ask("/remember max", GREEN)
    await cluster.start()
    await cluster.kill(1)
    await people.ask("yes")  # which answers nothing any more
    assert "max" in words(await people.ask("/list"))


async def test_an_album_stays_one_and_order_is_kept_while_a_process_is_killed(cluster: Cluster) -> None:
    people = cluster.people
    await cluster.start()
    await cluster.start()
    await people.say(
        "@rapport_bot /remember bo", RED, blocks("red", "pink").data, blocks("pink", "red").data, chat_id=GROUP
    )
    assert words((await people.answers(GROUP))[0]).startswith("Nice to meet bo! I have 3 photos now.")
    for number in range(12):
        if number == 6:
            await cluster.kill(0)
        for chat_id in (7, 8):
            await people.say(f"/show pet{number}x", chat_id=chat_id, sender=chat_id)
    for chat_id in (7, 8):
        await people.peer.wait_for(lambda: "pet11x" in words((people.unread(chat_id) or [{}])[-1]))  # noqa: B023
        told = [words(one) for one in people.unread(chat_id)]
        numbers = [int(found[1]) for one in told if (found := re.search(r"pet(\d+)x", one))]
        assert numbers == sorted({*numbers})  # what was being sent at the kill may be missing
        assert len(numbers) >= 11


async def test_a_quota_holds_over_all_processes(cluster: Cluster) -> None:
    people = cluster.people
    for _ in range(2):
        await cluster.start(quotas__person_photos_minute="3", quotas__chat_photos_minute="0")
    said = [words(await people.ask("", RED, chat_id=chat_id, sender=7)) for chat_id in (7, 7, 7, 7)]
    assert [one for one in said if "photos a minute" in one] == said[3:]
    mentioned = [words(await people.ask("@rapport_bot who?", RED, chat_id=-chat_id, sender=7)) for chat_id in (5, 6, 8)]
    assert all("photos a minute" in one for one in mentioned)


async def test_one_takes_in_another_answers_and_the_next_takes_its_place(cluster: Cluster, tmp_path: Path) -> None:
    people = cluster.people
    await cluster.start("ingress")
    await people.say("/show pet1x")
    await people.say("/show pet2x")
    async with store_of(tmp_path) as store:
        bot = f"telegram:{TOKEN.partition(':')[0]}"
        assert len(await store.inbox.pending(bot)) == 2
    await cluster.start("worker")
    assert [re.findall(r"pet\dx", words(one))[0] for one in await people.answers(count=2)] == ["pet1x", "pet2x"]
    await cluster.start("worker")
    await cluster.kill(1)
    assert "pet3x" in words(await people.ask("/show pet3x"))


async def test_each_role_tells_how_it_does_on_a_port_of_its_own(
    cluster: Cluster, tmp_path: Path, unused_tcp_port_factory: Any
) -> None:
    ports = {role: unused_tcp_port_factory() for role in ("ingress", "worker", "chores")}
    for role, port in ports.items():
        await cluster.start(role, status__port=str(port))
    async with httpx.AsyncClient(trust_env=False) as http:
        for role, port in ports.items():
            health = await answer_at(http, f"http://127.0.0.1:{port}/health", cluster.processes[-1])
            assert (health.status_code, health.json()["ok"]) == (200, True)
            assert set(health.json()["platforms"]) == ({"telegram"} if role != "chores" else set())
            assert ("load models" in health.json()["chores"]) is (role != "ingress")
        await cluster.people.ask("/list")
        for role, port in ports.items():
            figures = (await http.get(f"http://127.0.0.1:{port}/metrics")).text
            answered = re.search(
                r'^rapport_answers_total\{outcome="\w+",platform="telegram"\} 1.0$', figures, re.MULTILINE
            )
            assert bool(answered) is (role == "worker")
            assert ('rapport_part_well{part="erase"} 1.0' in figures) is (role == "chores")


async def answer_at(http: httpx.AsyncClient, address: str, process: asyncio.subprocess.Process) -> httpx.Response:
    """What a process answers there, once it does."""
    while True:
        assert process.returncode is None
        try:
            return await http.get(address)
        except httpx.TransportError:
            await asyncio.sleep(0.1)
