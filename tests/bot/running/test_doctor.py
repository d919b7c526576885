"""What `python -m bot doctor` finds out, with real stores, ports, weights and servers."""

import asyncio
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.build.platforms import web_chat
from bot.config import Config
from bot.running import checks
from bot.running.doctor import examine
from bot.running.rapport import rapport
from core.errors import RapportError, StoreError
from core.messages import Chat, Message, Sender
from core.models.openai.generator import OpenAIGenerator
from tests.support.fakes import blocks, fake_models
from tests.support.peers.openai import Answer, openai_peer

Sections = Mapping[str, Mapping[str, object]]


@pytest.fixture
def healthy(tmp_path: Path, weights_dir: Path) -> Sections:
    return {
        "store": {"url": f"sqlite+aiosqlite:///{tmp_path / 'doctor.db'}"},
        "models": {"cache": weights_dir},
        "web": {"port": 0},
    }


async def told(capsys: pytest.CaptureFixture[str], sections: Sections, **ill: Mapping[str, object]) -> tuple[bool, str]:
    well = await examine(Config(**{**sections, **ill}))  # type: ignore[arg-type]
    return well, " ".join(capsys.readouterr().out.split())


async def test_all_is_well_where_all_is_well(healthy: Sections, capsys: pytest.CaptureFixture[str]) -> None:
    well, said = await told(capsys, healthy)
    assert well
    assert "✗" not in said


async def test_missing_weights_are_named_with_the_remedy(
    healthy: Sections, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    well, said = await told(capsys, healthy, models={"cache": tmp_path / "nothing"})
    assert not well
    assert "python -m bot models pull" in said


async def test_a_file_that_is_no_store_is_told_and_left_alone(
    healthy: Sections, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "[my] letter.db"
    other.write_text("Dear bo, " * 500)
    well, said = await told(capsys, healthy, store={"url": f"sqlite+aiosqlite:///{other}"})
    assert not well
    assert "/[my] letter.db is not a Rapport store" in said
    assert other.read_text() == "Dear bo, " * 500


@pytest.mark.parametrize("web", [{"host": "0.0.0.0"}, {"public_url": "https://chat.example"}, {"token": "short"}])  # noqa: S104
async def test_a_page_open_to_everybody_is_no_tick(
    healthy: Sections, capsys: pytest.CaptureFixture[str], web: Mapping[str, object]
) -> None:
    well, said = await told(capsys, healthy, web={"port": 0, **web})
    assert not well
    assert "web.token" in said


async def test_a_port_in_use_is_told(healthy: Sections, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        well, said = await told(capsys, healthy, web={"port": taken.getsockname()[1]})
    assert not well
    assert "choose another with web.port" in said


async def test_a_page_that_would_be_open_to_all_is_told(healthy: Sections, capsys: pytest.CaptureFixture[str]) -> None:
    well, said = await told(capsys, healthy, web={"host": "0.0.0.0", "port": 0})  # noqa: S104 - never bound
    assert not well
    assert "✗ web:" in said
    assert "web.token" in said
    assert (await told(capsys, healthy, web={"host": "127.0.0.1", "port": 0}))[0]


async def test_a_language_model_that_is_not_running_is_told(
    healthy: Sections, capsys: pytest.CaptureFixture[str]
) -> None:
    dead = {"kind": "openai", "base_url": "http://127.0.0.1:9/v1"}
    well, said = await told(capsys, healthy, generator=dead)
    assert not well
    assert "There is no connection to the model's server at http://127.0.0.1:9/v1" in said


async def test_a_store_that_others_can_read_is_told_with_the_remedy(
    healthy: Sections, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (await told(capsys, healthy))[0]
    for name in ("doctor.db", "doctor.db-wal", "doctor.db-shm", "doctor.db.sessions.json"):
        for mode in (0o640, 0o604, 0o620):
            (tmp_path / name).touch()
            (tmp_path / name).chmod(mode)
            well, said = await told(capsys, healthy)
            assert not well
            assert f"others on this machine can read {tmp_path / name}" in said
            assert f"chmod 600 '{tmp_path / name}'" in said
        (tmp_path / name).unlink(missing_ok=True)


async def test_a_folder_that_others_can_write_to_is_told(
    healthy: Sections, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tmp_path.chmod(0o777)
    well, said = await told(capsys, healthy)
    assert not well
    assert f"others on this machine can write to {tmp_path}; run: chmod o-w" in said
    tmp_path.chmod(0o1777)  # as /tmp: nobody can replace another's file
    assert (await told(capsys, healthy))[0]


async def test_a_store_in_a_new_folder_is_its_owners_alone(healthy: Sections, tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'new' / 'doctor.db'}"
    await examine(Config(**{**healthy, "store": {"url": url}}))  # type: ignore[arg-type]
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "new" / "doctor.db").stat().st_mode & 0o777 == 0o600


def doctored(folder: Path, config: str, mode: int) -> tuple[int, str]:
    file = folder / "my config.toml"
    file.write_text(config)
    file.chmod(mode)
    done = subprocess.run(
        [sys.executable, "-m", "bot", "doctor", "--config", file, "--store", folder / "doctor.db"],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, " ".join(done.stdout.split())


def test_a_configuration_that_others_can_read_is_told(tmp_path: Path, weights_dir: Path) -> None:
    plain, secret = "[web]\nport = 0\n", '[web]\nport = 0\ntoken = "a-token-that-nobody-guesses"\n'
    status, said = doctored(tmp_path, secret, 0o644)
    assert status == 1
    assert "✗ config: others on this machine can read" in said
    assert "chmod 600" in said
    assert "nobody-guesses" not in said
    status, said = doctored(tmp_path, secret, 0o600)
    assert (status, "others on this machine" in said) == (0, False)
    status, said = doctored(tmp_path, plain, 0o644)
    assert status == 0
    assert "✓ config: read, every key is known. Others on this machine can read" in said


async def test_a_damaged_store_is_told(healthy: Sections, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (await told(capsys, healthy))[0]
    file = tmp_path / "doctor.db"
    data = file.read_bytes()
    damaged = 0
    for start in range(4096, len(data), 4096):  # every page but the first, which tells that it is a store
        file.write_bytes(data[:start] + b"\xff" * 4096 + data[start + 4096 :])
        well, said = await told(capsys, healthy)
        damaged += not well
        assert well or "doctor.db is damaged. `python -m bot store check`" in said or "failed" in said
    assert damaged
    file.write_bytes(data)
    with sqlite3.connect(file) as database:  # with foreign keys off, as another program would
        database.execute("INSERT INTO infos (concept, at, guard, author, text) VALUES (99, 0, x'', 'a', 'x')")
    well, said = await told(capsys, healthy)
    assert not well
    assert "doctor.db is damaged" in said


async def test_no_password_or_key_is_told(healthy: Sections, capsys: pytest.CaptureFixture[str]) -> None:
    secret = "key-that-nobody-knows"  # noqa: S105 - of this test alone
    async with openai_peer() as peer:
        address = peer.url.replace("://", f"://bot:{secret}1@")
        served = {"kind": "openai", "base_url": address, "model": "llava", "api_key": f"{secret}2"}
        well, said = await told(capsys, healthy, generator=served)
        assert well
        assert "generator: the server has the model, which answers" in said
    for generator in (served, {**served, "base_url": f"{address}?api_key={secret}3"}):
        store = {"url": f"postgresql+asyncpg://bot:{secret}4@127.0.0.1:9/db?ssl_password={secret}5"}
        well, dead = await told(capsys, healthy, generator=generator, store=store)
        assert not well
        assert secret not in said + dead
    for url in (f"postgresql+asyncpg://bot:{secret}@host:port/db", f"nothing://bot:{secret}@host", secret):
        well, said = await told(capsys, healthy, store={"url": url})
        assert "The store's URL can't be used" in said
        assert secret not in said


async def test_a_language_model_that_is_listed_and_fails_is_told_with_its_servers_words(
    healthy: Sections, capsys: pytest.CaptureFixture[str]
) -> None:
    async with openai_peer() as peer:
        served = {"kind": "openai", "base_url": peer.url, "model": "llava"}
        for answer in (Answer(status=500, message="CUDA out of memory"), Answer([{"error": "CUDA out of memory"}])):
            peer.answers.append(answer)
            well, said = await told(capsys, healthy, generator=served)
            assert not well
            assert "“CUDA out of memory”" in said


async def test_what_fails_in_the_background_of_the_bot_that_runs_is_told(tmp_path: Path) -> None:
    config = Config(store={"url": f"sqlite+aiosqlite:///{tmp_path / 'store.db'}"}, web={"port": 0})

    async def refuse() -> None:
        raise StoreError("the disk is full")

    async with rapport(config, fake_models()) as running:
        chat = web_chat(config, running)
        asked = config.model_copy(update={"web": config.web.model_copy(update={"port": urlsplit(chat.open()).port})})
        serving = asyncio.create_task(chat.run())
        assert "all is well with erase" in await checks.background(asked)
        running.chores.start("tidy", refuse)
        await asyncio.sleep(0.05)
        with pytest.raises(RapportError, match="without success: tidy: the disk is full"):
            await checks.background(asked)
        await chat.aclose()
        await serving
    assert "isn't running" in await checks.background(asked)


async def test_a_language_model_that_is_left_alone_since_it_did_not_answer_is_told(tmp_path: Path) -> None:
    over = asyncio.Event()
    async with openai_peer() as peer:
        peer.script = lambda _: Answer(after=over)
        options = {"kind": "openai", "base_url": peer.url, "model": "llava", "timeout": 0.2}
        config = Config(
            store={"url": f"sqlite+aiosqlite:///{tmp_path / 'store.db'}"}, web={"port": 0}, generator=options
        )
        async with rapport(config, fake_models(OpenAIGenerator(config.generator, retries=0))) as running:
            assert (await running.health())["generator"] == {"identity": "openai:llava", "condition": "ok"}
            chat = web_chat(config, running)
            web = config.web.model_copy(update={"port": urlsplit(chat.open()).port})
            asked, serving = config.model_copy(update={"web": web}), asyncio.create_task(chat.run())
            assert "all is well" in await checks.background(asked)
            async for _ in running.assistant.answer(Message(Chat("test", "1"), Sender("ann"), "", (blocks("red"),))):
                pass
            with pytest.raises(
                RapportError, match=r"language model's server didn't answer; it is asked again in \d+ s"
            ):
                await checks.background(asked)
            await chat.aclose()
            await serving
        over.set()


async def test_what_a_restore_has_left_behind_and_a_damaged_ledger_are_told(
    healthy: Sections, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (await told(capsys, healthy))[0]
    (tmp_path / "doctor.db-ledger").write_bytes(b"rubbish" * 999)
    (tmp_path / "doctor.db-before-20261126-101500").touch(0o600)
    well, said = await told(capsys, healthy)
    assert well
    assert f"{tmp_path / 'doctor.db-before-20261126-101500'} is from before a restore" in said
    assert "older backups may bring that back" in said


async def test_a_damaged_store_is_told_with_what_to_do(
    healthy: Sections, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (await told(capsys, healthy))[0]
    (tmp_path / "doctor.db").write_bytes(b"")
    well, said = await told(capsys, healthy)
    assert not well
    assert "is empty, and there was a store. `python -m bot store restore BACKUP`" in said


async def test_doctor_tells_how_far_the_grades_are(
    healthy: Sections, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "fitted to photos, and corrected by what people answer: no answers yet." in (await told(capsys, healthy))[1]
    graph = tmp_path / "new.onnx"
    graph.write_bytes(b"an encoder that nobody has fitted")
    new = {**healthy, "models": {**healthy["models"], "encoder": f"clip-onnx:{graph}"}}
    well, said = await told(capsys, new)
    assert well
    assert "not fitted to this encoder, so it asks until it has learned from the answers: no answers yet" in said
