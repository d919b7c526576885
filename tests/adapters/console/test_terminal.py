import asyncio
import io
import os
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from rich.console import Console

from adapters.console.terminal import TerminalChat
from bot.config import Config
from bot.running.rapport import rapport
from core.messages import AttachmentKind, Button, Card, Message, Reply, Unreadable
from tests.support.decoders import shared_decoders
from tests.support.fakes import blocks, fake_models
from tests.support.hostile.lines import terminal_lines
from tests.support.recorder import Forgetful

Type = Callable[..., "AsyncIterator[str]"]


async def screen(folder: Path, *lines: str | Callable[[], str]) -> str:
    """What stands on the terminal after these lines were typed; a callable does something before its line."""
    config = Config(store={"url": f"sqlite+aiosqlite:///{folder / 'test.db'}"})
    typed = iter(lines)

    def ask() -> str:
        try:
            line = next(typed)
            return line if isinstance(line, str) else line()
        except StopIteration:
            raise EOFError from None

    out = io.StringIO()
    async with rapport(config, fake_models(), decoders=shared_decoders()) as running:
        console = Console(file=out, width=200, color_system=None)
        await TerminalChat(running.assistant, console=console, ask=ask, pictures=folder).run()
    return out.getvalue()


@pytest.fixture
def red(tmp_path: Path) -> Path:
    path = tmp_path / "my red.png"
    path.write_bytes(blocks("red").data)
    return path


async def test_photos_come_by_path_and_buttons_by_number(tmp_path: Path, red: Path) -> None:
    shown = await screen(
        tmp_path,
        f'/remember bo | | loves snow @"{red}"',
        f"@'{red}'",
        "1",
        str(red).replace(" ", "\\ ").join(("@", "")),
    )
    assert "Nice to meet bo!" in shown
    assert "That's bo. bo loves snow." in shown
    assert "[1] Not bo" in shown
    assert "I won't take that for bo again" in shown
    assert "I see a dog I don't know." in shown


async def test_a_path_may_hold_an_apostrophe(tmp_path: Path, red: Path) -> None:
    (tmp_path / "bo's.png").write_bytes(red.read_bytes())
    assert "Nice to meet bo!" in await screen(tmp_path, f"/remember bo @{tmp_path}/bo's.png")


async def test_the_list_is_a_table_and_an_export_is_a_file(tmp_path: Path, red: Path) -> None:
    kept = tmp_path / "kept.zip"

    def forget() -> str:
        (packed,) = tmp_path.glob("*-rapport.zip")
        assert packed.stat().st_mode & 0o777 == 0o600
        kept.write_bytes(packed.read_bytes())
        return "/forgetall yes"

    def read_back() -> str:
        assert not list(tmp_path.glob("0*"))
        return f"/import @{kept}"

    shown = await screen(tmp_path, f'/remember bo @"{red}"', "/list", "/export", forget, read_back)
    assert "what I know" in shown
    assert "dog · 1 photo" in shown
    assert str(tmp_path / "000002-rapport.zip") in shown
    assert "I've taken in 1 name with 1 photo." in shown


async def test_pictures_of_a_forgotten_concept_go_at_once_and_the_others_at_the_end(tmp_path: Path, red: Path) -> None:
    left: list[int] = []

    def count() -> str:
        left.append(len(list(tmp_path.glob("*-picture.jpg"))))
        return "/help"

    (tmp_path / "blue.png").write_bytes(blocks("blue").data)
    learn = f'/remember bo @"{red}"', f"/remember mia @{tmp_path}/blue.png", f"@{red}".replace(" ", "\\ ")
    await screen(tmp_path, *learn, count, "/forget bo", count)
    assert left == [3, 1]
    assert not list(tmp_path.glob("*-picture.jpg"))


async def test_a_shown_concept_is_told_in_words(tmp_path: Path, red: Path) -> None:
    shown = await screen(tmp_path, f"/remember bo | dog | a Shiba @'{red}'", "/show bo")
    assert "bo (dog)\na Shiba\nAdded by you" in shown
    assert "  1: by you" in shown


async def test_a_number_without_a_button_is_told(tmp_path: Path, red: Path) -> None:
    assert "There is no button [9] here now." in await screen(tmp_path, f"/remember bo @'{red}'", "9")


async def test_a_number_where_nothing_can_be_chosen_is_a_word(tmp_path: Path) -> None:
    assert "There is no button" not in await screen(tmp_path, "/list", "3")
    assert "There is no button [3] here now." in await screen(tmp_path, "/list", "[3]")


async def test_a_path_that_is_not_there_gets_a_sentence(tmp_path: Path) -> None:
    assert "I can't read “/nowhere.jpg”" in await screen(tmp_path, "/remember bo @/nowhere.jpg")


async def test_markup_in_what_people_say_stays_text(tmp_path: Path, red: Path) -> None:
    shown = await screen(tmp_path, f'/remember [red]bo[/red] @"{red}"', "/list")
    assert "Nice to meet [red]bo[/red]!" in shown


async def test_a_file_that_is_no_picture_is_reported_with_its_name_and_kind(tmp_path: Path, red: Path) -> None:
    (tmp_path / "walk.mp4").write_bytes(b"film")
    (tmp_path / "notes").write_bytes(b"words")
    (tmp_path / "photo").write_bytes(red.read_bytes())
    (tmp_path / "rapport.zip").write_bytes(b"PK")
    names = ("walk.mp4", "notes", "photo", "rapport.zip")
    typed = iter([" ".join(("look at", *(f"@{tmp_path / name}" for name in names)))])
    heard: list[Message] = []

    class Listening(Forgetful):
        async def answer(self, message: Message) -> AsyncIterator[Reply]:
            heard.append(message)
            yield Reply("fine")

    def ask() -> str:
        for line in typed:
            return line
        raise EOFError

    await TerminalChat(Listening(), console=Console(file=io.StringIO()), ask=ask, pictures=tmp_path).run()
    (message,) = heard
    assert message.text == "look at"
    assert [photo.name for photo in message.photos] == ["photo"]
    assert [file.name for file in message.files] == ["rapport.zip"]
    assert message.unreadable == (
        Unreadable(AttachmentKind.VIDEO, "walk.mp4"),
        Unreadable(AttachmentKind.FILE, "notes"),
    )


async def test_no_line_ends_the_console(tmp_path: Path) -> None:
    lines = [*terminal_lines(seed=13, count=150), "x" * 100_000, "/help"]
    shown = await screen(tmp_path, *lines)
    assert "/help all" in shown.split("That line is too long")[-1]
    assert "went wrong" not in shown
    assert not set(shown) & set(map(chr, [*range(9), *range(0x0B, 0x20), *range(0x7F, 0xA0)]))


@pytest.mark.parametrize("at", ["@'", '@"', "@bo's", "@\\", "@~nobody/x", "@a\0b", "@" + "x" * 5000, "'", '"bo', "\\"])
async def test_an_unbalanced_quote_or_an_odd_path_does_not_end_the_console(tmp_path: Path, at: str) -> None:
    assert "/help all" in await screen(tmp_path, at, "/help")


async def test_a_file_that_is_none_or_too_large_gets_a_sentence(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with (tmp_path / "large.png").open("wb") as file:
        file.truncate(30_000_000)
    shown = await screen(tmp_path, f"@{tmp_path}/fifo", f"@{tmp_path}", "@/dev/zero", f"@{tmp_path}/large.png")
    assert shown.count("isn't a file, but a folder, a device or a pipe") == 3
    assert "large.png is too large: 20 MB is the most I take. Please" in shown


class Colourful(Forgetful):
    """An assistant whose every word is a command for a terminal."""

    async def answer(self, message: Message) -> AsyncIterator[Reply]:
        evil = "\x1b[31mred\x1b]0;title\x07\x9b2J\x7f\r\ud800"
        yield Reply(evil, final=False)
        yield Reply(evil, buttons=(Button(evil, "/help"),), cards=(Card(evil, evil, photos=1),))
        if message.text == "bug":
            raise ZeroDivisionError(evil)


async def test_what_a_terminal_would_obey_never_reaches_it_and_a_bug_ends_nothing(tmp_path: Path) -> None:
    out, typed = io.StringIO(), iter(["bug", "hi"])

    def ask() -> str:
        for line in typed:
            return line
        raise EOFError

    await TerminalChat(Colourful(), console=Console(file=out, width=200), ask=ask, pictures=tmp_path).run()
    shown = out.getvalue()
    assert not set(shown) & {"\x1b", "\x07", "\x9b", "\x7f", "\r", "\ud800"}
    assert "Something went wrong on my side" in shown
    assert "[1] \ufffd[31mred" in shown


async def test_stopping_answers_what_is_under_way_and_waits_for_no_line() -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    class Waiting(Forgetful):
        async def answer(self, message: Message) -> AsyncIterator[Reply]:
            asked.set()
            await go_on.wait()
            yield Reply("at last")

    def ask() -> str:
        for line in typed:
            return line
        threading.Event().wait()
        raise AssertionError

    for lines, said in (["hi"], "at last"), ([], "Write to me"):
        out, typed = io.StringIO(), iter(lines)
        chat = TerminalChat(Waiting(), console=Console(file=out, width=200), ask=ask)
        running = asyncio.create_task(chat.run())
        if lines:
            await asked.wait()
        chat.stop()
        go_on.set()
        await running
        assert said in out.getvalue()
