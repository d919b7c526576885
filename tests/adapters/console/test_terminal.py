import io
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from rich.console import Console

from adapters.console.terminal import TerminalChat
from bot.config import Config
from bot.running.rapport import rapport
from core.messages import AttachmentKind, Message, Reply, Unreadable
from tests.support.fakes import blocks, fake_models

Type = Callable[..., "AsyncIterator[str]"]


async def screen(folder: Path, *lines: str) -> str:
    """What stands on the terminal after these lines were typed."""
    config = Config(store={"url": f"sqlite+aiosqlite:///{folder / 'test.db'}"})
    typed = iter(lines)

    def ask() -> str:
        try:
            return next(typed)
        except StopIteration:
            raise EOFError from None

    out = io.StringIO()
    async with rapport(config, fake_models()) as running:
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
    assert "That's bo. bo: loves snow." in shown
    assert "[1] That's not bo" in shown
    assert "I won't take that for bo again" in shown
    assert "I see a dog I don't know." in shown


async def test_a_path_may_hold_an_apostrophe(tmp_path: Path, red: Path) -> None:
    (tmp_path / "bo's.png").write_bytes(red.read_bytes())
    assert "Nice to meet bo!" in await screen(tmp_path, f"/remember bo @{tmp_path}/bo's.png")


async def test_the_list_is_a_table_and_an_export_is_a_file(tmp_path: Path, red: Path) -> None:
    shown = await screen(tmp_path, f'/remember bo @"{red}"', "/list", "/export")
    assert "what I know" in shown
    assert "dog · 1 photo" in shown
    (packed,) = tmp_path.glob("*-rapport.zip")
    assert str(packed) in shown
    imported = await screen(tmp_path, "/forgetall yes", f"/import @{packed}")
    assert "I've taken in 1 name with 1 photo." in imported


async def test_a_shown_concept_is_told_in_words(tmp_path: Path, red: Path) -> None:
    shown = await screen(tmp_path, f"/remember bo | dog | a Shiba @'{red}'", "/show bo")
    assert "bo (dog)\na Shiba\nAdded by you" in shown


async def test_a_number_without_a_button_is_told(tmp_path: Path, red: Path) -> None:
    assert "There is no button [3] here now." in await screen(tmp_path, f"/remember bo @'{red}'", "3")


async def test_a_path_that_is_not_there_gets_a_sentence(tmp_path: Path) -> None:
    assert "I can't read /nowhere.jpg" in await screen(tmp_path, "/remember bo @/nowhere.jpg")


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

    class Listening:
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
