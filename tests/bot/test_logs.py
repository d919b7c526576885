"""What stands in the log when things go wrong: kinds and places, never words, names, photos or tokens."""

from __future__ import annotations

import ast
import asyncio
import gc
import io
import json
import logging
import sqlite3
import subprocess
import sys
import threading
import warnings
from collections.abc import AsyncIterator, Sequence
from contextlib import redirect_stderr
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
import stamina
import structlog
import typer
from pydantic import SecretStr
from rich.console import Console

from adapters.console.terminal import TerminalChat
from adapters.pipe.pipe import Pipe
from bot import logs
from bot.cli.options import failing
from bot.config import Config
from bot.running.rapport import rapport
from core.concepts import Region
from core.errors import ModelError, StoreError, traced
from core.images.decoding import Image
from core.messages import Chat, Message, Reply, Sender
from core.models.openai.generator import OpenAIGenerator
from core.models.options import GeneratorOptions
from core.ports import Categories, Generator
from tests.house.source import house
from tests.support.drivers import OpenDriver, console_driver, discord_driver, pipe_driver, telegram_driver
from tests.support.fakes import BlockDetector, blocks, fake_models
from tests.support.peers.openai import Answer, openai_peer
from tests.support.peers.telegram import TOKEN
from tests.support.recorder import Forgetful
from tests.support.web_client import page, send

Form = Literal["text", "json"]
FORMS: tuple[Form, ...] = ("text", "json")
NAME, WORDS, KEY = "Bodhisattva", "xyzzy-secret-words", "key-that-nobody-knows"
MARKED = f"{NAME} {WORDS} \N{DUCK}"
PHOTO = blocks("red").data + b"PHOTOMARK"


class Log:
    """What was written since it was set up."""

    def __init__(self, form: Form, capsys: pytest.CaptureFixture[str]) -> None:
        self._form, self._capsys, self._written = form, capsys, io.StringIO()
        with redirect_stderr(self._written):
            logs.set_up(form, "debug", [TOKEN, KEY])

    def lines(self) -> list[str]:
        """Its lines; nothing in them is anybody's, and each is one event."""
        others, told = self._capsys.readouterr(), self._written.getvalue()
        for mark in (NAME, WORDS, "\N{DUCK}", "PHOTOMARK", "\\x89PNG", TOKEN, TOKEN.partition(":")[2], KEY):
            assert mark not in told
            assert mark not in others.err
        found = [line for line in told.splitlines() if line.strip()]
        if self._form == "json":
            assert all("event" in json.loads(line) for line in found)
        return found


@pytest.fixture(params=FORMS)
def log(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Log:
    return Log(request.param, capsys)


class FailingDetector(BlockDetector):
    """Fails for a while with an error that quotes what it was given."""

    failing = True

    def detect(self, images: Sequence[Image], categories: Sequence[Categories] = (), /) -> list[list[Region]]:
        if self.failing:
            local = MARKED
            raise RuntimeError(f"no {local} in {PHOTO!r}")
        return super().detect(images, categories)


class FailingGenerator:
    """Fails in each way that a generator can, one after the other."""

    identity, sees = "failing", True

    def __init__(self) -> None:
        self.errors: list[Exception] = [RuntimeError(MARKED), ModelError("The disk is bad."), KeyError(MARKED)]

    async def generate(self, prompt: Any) -> AsyncIterator[str]:
        yield NAME
        raise self.errors.pop() if self.errors else ValueError(f"{MARKED}: {prompt}")


@pytest.mark.parametrize("open_driver", [pipe_driver, console_driver, telegram_driver, discord_driver])
async def test_no_platform_logs_what_people_said_when_models_and_store_fail(
    log: Log, tmp_path: Path, open_driver: OpenDriver
) -> None:
    detector, picture = FailingDetector(), tmp_path / f"{NAME}.png"
    picture.write_bytes(PHOTO)
    config = Config(store={"url": f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}"})
    models = replace(fake_models(FailingGenerator()), detectors={"cpu": lambda: detector})
    async with rapport(config, models) as running, open_driver(running, config, tmp_path) as person:
        await person.say(f"/remember {NAME} | dog | {WORDS}", picture)
        detector.failing = False
        await person.say(f"/remember {NAME} | dog | {WORDS}", picture)
        for _ in range(4):
            await person.say(f"what is {NAME} doing? {WORDS}", picture)
        picture.write_bytes(PHOTO[:200] + MARKED.encode())
        await person.say(f"who is {NAME}?", picture)
        if open_driver is not discord_driver:  # there the platform refuses what isn't declared
            await person.say(f"/remembr {NAME}")
            await person.say(f"/undo {WORDS}")
        with sqlite3.connect(tmp_path / "bot.db") as database:
            database.execute("ALTER TABLE concepts RENAME TO gone")
        await person.say(f"what is {NAME} doing? {WORDS}")
        await person.say(f"/forget {NAME}")
        with sqlite3.connect(tmp_path / "bot.db") as database:
            database.execute("ALTER TABLE gone RENAME TO concepts")
    told = "\n".join(log.lines())
    assert "generator.failed" in told
    assert "RuntimeError in " in told


class Broken(Forgetful):
    """An assistant whose every error quotes the message."""

    def __init__(self, error: type[Exception] = ZeroDivisionError) -> None:
        self.error = error

    async def answer(self, message: Message) -> AsyncIterator[Reply]:
        try:
            raise OSError(f"{message} {PHOTO!r}")
        except OSError as error:
            raise self.error(f"{message}") from error
        yield Reply("")


# A `StoreError` isn't among them: the store itself logs what fails, once.
@pytest.mark.parametrize("error", [ZeroDivisionError, UnicodeError])
async def test_a_bug_behind_a_platform_is_logged_with_its_kind_and_place(log: Log, error: type[Exception]) -> None:
    line = json.dumps({"chat": NAME, "sender": NAME, "text": MARKED})
    await Pipe(Broken(error), source=io.StringIO(f"{line}\n{WORDS}\n"), sink=io.StringIO()).run()
    typed = iter([MARKED])

    def ask() -> str:
        for text in typed:
            return text
        raise EOFError

    await TerminalChat(Broken(error), console=Console(file=io.StringIO()), ask=ask).run()
    with page(Broken(error)) as browser:  # type: ignore[arg-type]
        send(browser, MARKED, PHOTO, chat=WORDS)
        browser.get(f"/api/chats/{WORDS}/concepts")
        send(browser, MARKED, b"no photo", chat=WORDS)
    told = log.lines()
    for event in ("pipe.failed", "web.failed"):
        (first, *_) = [one for one in told if event in one]
        assert f"{error.__name__} in tests/bot/test_logs.py" in first
        assert "after OSError in tests/bot/test_logs.py" in first


async def test_a_language_model_server_that_quotes_everything_is_not_quoted(log: Log, tmp_path: Path) -> None:
    async with openai_peer() as peer:
        peer.answers.extend(
            [
                Answer(status=500, message=MARKED),
                Answer(status=400, message=f"{MARKED} {KEY}"),
                Answer(body=f"<html>{MARKED}</html>"),
                Answer(steps=(NAME, ConnectionError(MARKED))),
                *[Answer(status=429, message=MARKED, headers={"retry-after": "0"})] * 3,
            ]
        )
        address = peer.url.replace("://", f"://{NAME}:{KEY}@") + f"?token={KEY}"
        options = GeneratorOptions(base_url=address, model="llava", api_key=SecretStr(KEY))
        generator: Generator = OpenAIGenerator(options, retries=2)
        config = Config(store={"url": f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}"})
        async with rapport(config, fake_models(generator)) as running:
            for _ in range(5):
                message = Message(Chat("test", NAME), Sender(NAME, NAME), MARKED)
                said = [reply.text async for reply in running.assistant.answer(message)][-1]
                assert "127.0.0.1" not in said
                assert KEY not in said
    assert any("answer.failed" in line for line in log.lines())


async def test_what_libraries_log_warn_of_and_drop_is_told_without_its_words(log: Log) -> None:
    try:
        raise ValueError(MARKED)
    except ValueError as error:
        for name in ("websockets.server", "httpx", "sqlalchemy.pool", "PIL.Image", "nobody.knows"):
            library = logging.getLogger(name)
            library.error("Failed with %s: %s", MARKED, PHOTO)
            library.exception(f"https://api.telegram.org/bot{TOKEN}/getMe {MARKED}")
            library.warning(MARKED, exc_info=error, stack_info=True, extra={"said": MARKED})
        structlog.get_logger().exception("ours", chat=Chat("test", NAME), photo=PHOTO, words=KEY, lines="a\nb")
    own = logging.StreamHandler()  # as some libraries bring one
    logging.getLogger("nobody.knows").addHandler(own)
    logging.getLogger("nobody.knows").error(MARKED, exc_info=ValueError(MARKED))
    logging.getLogger("nobody.knows").removeHandler(own)
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        logs.take_words_from_libraries()
        warnings.warn(MARKED, UserWarning, stacklevel=1)

    async def forgotten() -> None:
        raise KeyError(MARKED)

    task = asyncio.create_task(forgotten(), name=NAME)
    await asyncio.wait([task])
    del task
    gc.collect()
    asyncio.get_running_loop().call_exception_handler({"message": MARKED, "exception": ValueError(MARKED)})
    thread = threading.Thread(target=json.loads, args=(MARKED,), name=NAME)
    thread.start()
    thread.join()

    @stamina.retry(on=httpx.HTTPError, attempts=2, wait_initial=0.001)
    async def ask() -> None:
        raise httpx.ConnectError(f"https://{TOKEN}@host {MARKED}")

    with pytest.raises(httpx.ConnectError):
        await ask()
    told = "\n".join(log.lines())
    for expected in (
        "websockets.server",
        "nobody.knows",
        "asyncio",
        "UserWarning",
        "JSONDecodeError",
        "KeyError in tests/",
    ):
        assert expected in told
    assert "a b" in told  # one event, one line


def test_an_error_is_traced_through_its_causes_and_groups_and_ends() -> None:
    loop = ValueError(MARKED)
    loop.__cause__ = loop
    told = traced(ExceptionGroup(MARKED, [loop]))
    assert told.startswith("ExceptionGroup; after ValueError; after ValueError")
    assert len(told) < 200


async def test_every_secret_of_a_configuration_is_known() -> None:
    config = Config(
        store={"url": f"postgresql+asyncpg://bot:{KEY}1%40@host/db?sslpassword={KEY}2"},
        generator={"base_url": f"http://bot:{KEY}3@host/v1?api_key={KEY}4&x=y", "api_key": f"{KEY}5"},
        web={"token": f"{KEY}6"},
        telegram={"token": TOKEN},
        discord={"token": f"{KEY}7"},
    )
    assert {*config.secrets()} == {TOKEN, f"{KEY}1%40", f"{KEY}1@", *(f"{KEY}{number}" for number in range(2, 8))}


@pytest.mark.parametrize("form", FORMS)
def test_what_nobody_caught_ends_the_program_without_its_words(form: Form) -> None:
    code = f"""
from bot import logs
logs.set_up({form!r}, "info")
class Bad:
    def __del__(self):
        raise OSError({MARKED!r})
Bad()
raise ValueError({MARKED!r})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    for expected in ("uncaught", "ValueError in <string>", "unraisable", "OSError in <string>"):
        assert expected in done.stderr
    assert WORDS not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bug_in_a_command_is_told_by_kind_and_place(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), failing():
        raise ExceptionGroup(MARKED, [KeyError(MARKED)])
    told = capsys.readouterr().err
    assert "Rapport is broken: ExceptionGroup in tests/bot/test_logs.py" in told
    assert "after KeyError" in told
    assert WORDS not in told
    with pytest.raises(typer.Exit), failing():
        raise ExceptionGroup(MARKED, [StoreError("The disk is full.")])
    assert capsys.readouterr().err == "The disk is full.\n"


def test_our_own_lines_are_words_of_ours_with_values_beside_them() -> None:
    levels = {"debug", "info", "warning", "error", "exception", "critical", "log"}
    calls = [
        (file, node)
        for file in house()
        for node in file.nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in levels
        and ast.unparse(node.func.value).endswith("log")
    ]
    assert len(calls) > 20
    for file, call in calls:
        place = file.at(call, ast.unparse(call))
        assert call.func.attr != "exception", place  # type: ignore[attr-defined]
        assert {keyword.arg for keyword in call.keywords}.isdisjoint({"exc_info", "stack_info", None}), place
        glued = any(isinstance(inner, ast.JoinedStr) for inner in ast.walk(call))
        assert not glued or file.name == "bot/logs.py", place  # a file and its line
        whole = [keyword.arg for keyword in call.keywords if ast.unparse(keyword.value) == "str(error)"]
        assert set(whole) <= {"reason"}, place  # of errors of our own, whose words are ours
