import asyncio
import errno
import io
import json
import os
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from adapters.pipe.pipe import Pipe
from bot.build.rapport import keys_of
from bot.config import Config
from bot.running.rapport import rapport
from core.concepts import Box
from core.errors import SHUTTING_DOWN, PlatformError, StoreError
from core.i18n.translator import Translator, Translators
from core.messages import AttachmentKind, Chat, Message, PhotoRegion, Reply, Sender, Unreadable
from core.platforms.sentences import BROKEN
from core.store.store import Store
from tests.support.clock import skip
from tests.support.decoders import shared_decoders
from tests.support.drivers import Lines
from tests.support.fakes import blocks, fake_models
from tests.support.hostile.lines import PIPE_LINES, pipe_lines
from tests.support.recorder import Forgetful, LongWork

KEPT: dict[str, bytes] = {}  # what the reader has read, by its path


class Reader(io.StringIO):
    """Reads each picture and file as soon as it gets the path: they are gone when the pipe ends."""

    def write(self, line: str, /) -> int:
        row = json.loads(line)
        for path in filter(None, [row.get("image"), *row.get("files", [])]):
            KEPT[path] = Path(path).read_bytes()
        return super().write(line)


Talk = Callable[..., Awaitable[list[dict[str, Any]]]]


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    """Write lines into a pipe before the real assistant, and read the lines that come out."""
    config = Config(store={"url": f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"})
    async with rapport(config, fake_models(), decoders=shared_decoders()) as running:

        async def say(*lines: dict[str, Any] | str, **options: Any) -> list[dict[str, Any]]:
            text = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
            sink = options.pop("sink", None) or Reader()
            pictures = tmp_path / "pictures"
            await Pipe(running.assistant, source=io.StringIO(text), sink=sink, pictures=pictures, **options).run()
            return [json.loads(line) for line in sink.getvalue().splitlines()]

        yield say


def saved(folder: Path, *colours: str) -> str:
    photo = blocks(*colours)
    (folder / photo.name).write_bytes(photo.data)
    return str(folder / photo.name)


async def test_a_photo_line_gets_a_line_with_sightings_and_a_picture(talk: Talk, tmp_path: Path) -> None:
    red = saved(tmp_path, "red", "pink")
    learnt, seen = await talk(
        {
            "id": "1",
            "chat": "home",
            "sender": "u1",
            "text": "/remember bo",
            "photos": [saved(tmp_path, "red")],
        },
        {"id": "2", "chat": "home", "sender": "u2", "text": "", "photos": [red]},
    )
    assert learnt["id"] == "1"
    assert {"label": "Undo (bo remembered)", "value": "/undo 1"} in learnt["buttons"]
    bo, stranger = seen["sightings"]
    assert (bo["name"], bo["grade"], bo["category"]) == ("bo", "sure", "dog")
    assert bo["box"] == [40, 40, 200, 200]
    assert 0.95 <= bo["score"] <= 1
    assert (stranger["name"], stranger["grade"], stranger["category"]) == (None, "unknown", "person")
    with PIL.Image.open(io.BytesIO(KEPT[seen["image"]])) as picture:
        assert picture.format == "JPEG"


async def test_a_list_comes_with_a_picture_of_all(talk: Talk, tmp_path: Path) -> None:
    home = {"chat": "home", "sender": "u1"}
    *_, listed = await talk(
        {**home, "id": "1", "text": "/remember bo", "photos": [saved(tmp_path, "red")]},
        {**home, "id": "2", "text": "/remember mia", "photos": [saved(tmp_path, "blue")]},
        {**home, "id": "3", "text": "/list"},
    )
    with PIL.Image.open(io.BytesIO(KEPT[listed["image"]])) as sheet:
        assert sheet.size == (510, 312)
    assert [card["title"] for card in listed["cards"]] == ["bo", "mia"]
    assert "number" not in listed["cards"][0]


async def test_the_photos_of_one_are_numbered(talk: Talk, tmp_path: Path) -> None:
    photos = [saved(tmp_path, "red"), saved(tmp_path, "red", "pink")]
    _, shown = await talk({"text": "/remember bo", "photos": photos}, {"text": "/show bo"})
    assert [(card["number"], card["cover"]) for card in shown["cards"]] == [(1, True), (2, False)]


async def test_one_line_comes_out_for_each_line_in_the_order_of_the_lines(talk: Talk, tmp_path: Path) -> None:
    red = saved(tmp_path, "red")
    lines = [
        {"id": str(number), "chat": f"chat{number % 7}", "text": "", "photos": [red] * (number % 3)}
        for number in range(40)
    ]
    assert [row["id"] for row in await talk(*lines)] == [str(number) for number in range(40)]


async def test_a_button_is_pressed_and_a_reply_is_found_by_id(talk: Talk, tmp_path: Path) -> None:
    rows = await talk(
        {"id": "a", "chat": "home", "photos": [saved(tmp_path, "red")]},
        {"id": "b", "chat": "home", "photos": [saved(tmp_path, "blue")]},
        {"id": "c", "chat": "home", "text": "/remember bo", "reply_to": "a"},
        {"id": "d", "chat": "home", "photos": [saved(tmp_path, "red")]},
        {"id": "e", "chat": "home", "button": "/undo 1"},
        {"id": "f", "chat": "home", "photos": [saved(tmp_path, "red")]},
    )
    assert rows[3]["sightings"][0]["name"] == "bo"
    assert "taken that back" in rows[4]["text"]
    assert rows[5]["sightings"][0]["name"] is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("this is no json", "can't read that line: Invalid JSON"),
        ("[1, 2]", "can't read that line"),
        ('{"id": "x", "chat": 5, "colour": "red"}', "colour is no key that I know"),
        ('{"id": "x", "photos": ["/nowhere/bo.jpg"]}', "can't read “/nowhere/bo.jpg”"),
        ('{"id": "x", "photos": "bo.jpg"}', "photos"),
        ('{"id": "x", "photos": [""]}', "photos.0: an empty path names no file"),
        ('{"id": "x", "text": "/import", "files": [""]}', "files.0: an empty path names no file"),
        ('{"id": "x", "photos": ["."]}', "can't read “.”"),
        ('{"id": "x", "photos": ["/"]}', "can't read “/”"),
        ('{"id": "x", "text": "' + "a" * 1_100_000 + '"}', "too long"),
    ],
)
async def test_a_line_that_cannot_be_served_gets_an_error_and_the_next_is_served(
    talk: Talk, line: str, said: str
) -> None:
    refused, served = await talk(line, {"id": "2", "text": "/help"})
    assert said in refused["error"]
    assert refused["id"] == ("x" if line.startswith('{"id": "x"') else None)
    assert "/help all" in served["text"]


async def test_a_picture_that_cannot_be_written_is_told(talk: Talk, tmp_path: Path) -> None:
    (tmp_path / "pictures").write_text("in the way")
    line = {"id": "1", "text": "/remember bo", "photos": [saved(tmp_path, "red")]}
    told, served = await talk(line, {"id": "2", "text": "/describe bo | loves snow"})
    assert "can't write the picture" in told["error"]
    assert "loves snow" in served["text"]


async def test_ids_may_be_numbers_and_empty_lines_are_nothing(talk: Talk) -> None:
    (row,) = await talk("", {"id": 7, "text": "/help"}, "   ")
    assert row["id"] == "7"


async def test_a_file_over_the_limit_is_refused_unread(talk: Talk, tmp_path: Path) -> None:
    large = tmp_path / "large.jpg"
    large.write_bytes(b"x" * 2000)
    (row,) = await talk({"id": "1", "photos": [str(large)]}, largest_file=1000)
    assert (
        row["error"]
        == "large.jpg is too large: 0.001 MB is the most I take. Please make it smaller, a photo as a JPEG."
    )


async def test_drafts_come_before_the_final_line_when_asked_for(talk: Talk, tmp_path: Path) -> None:
    red = saved(tmp_path, "red", "blue")
    rows = await talk({"id": "1", "photos": [red]}, drafts=True)
    assert [row["final"] for row in rows] == [False] * (len(rows) - 1) + [True]
    assert rows[-1]["text"].startswith(rows[0]["text"])


async def test_admin_lines_may_export_and_the_zip_can_be_imported(talk: Talk, tmp_path: Path) -> None:
    refused, exported = (
        await talk(
            {"id": "1", "chat": "a", "text": "/remember bo", "photos": [saved(tmp_path, "red")]},
            {"id": "2", "chat": "a", "text": "/export"},
            {"id": "3", "chat": "a", "text": "/export", "admin": True},
        )
    )[1:]
    assert "Only an admin" in refused["text"]
    (file,) = exported["files"]
    kept = tmp_path / "kept.zip"
    kept.write_bytes(KEPT[file])
    (imported,) = await talk({"id": "4", "chat": "b", "text": "/import", "files": [str(kept)]})
    assert imported["text"] == "I've taken in 1 name with 1 photo."


class Listening(Forgetful):
    """An assistant that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[Message] = []

    async def answer(self, message: Message) -> AsyncIterator[Reply]:
        self.heard.append(message)
        yield Reply("fine")


async def test_files_that_are_no_pictures_are_reported_with_their_names_and_kinds(tmp_path: Path) -> None:
    for name in ("walk.mp4", "letter.pdf", "rapport.zip"):
        (tmp_path / name).write_bytes(b"something")
    photos = [str(tmp_path / "walk.mp4"), saved(tmp_path, "red")]
    files = [str(tmp_path / "letter.pdf"), str(tmp_path / "rapport.zip")]
    source = io.StringIO(json.dumps({"id": "1", "photos": photos, "files": files}))
    assistant, sink = Listening(), io.StringIO()
    await Pipe(assistant, source=source, sink=sink).run()
    (message,) = assistant.heard
    assert [photo.data for photo in message.photos] == [blocks("red").data]
    assert [file.name for file in message.files] == ["rapport.zip"]
    assert message.unreadable == (
        Unreadable(AttachmentKind.VIDEO, "walk.mp4"),
        Unreadable(AttachmentKind.FILE, "letter.pdf"),
    )


class Broken(Forgetful):
    """An assistant with a bug."""

    async def answer(self, message: Message) -> AsyncIterator[Reply]:
        if message.text == "boom":
            raise ZeroDivisionError("secret words of a person")
        yield Reply("fine")


async def test_a_bug_in_one_answer_is_told_without_its_words_and_the_next_is_served() -> None:
    sink = io.StringIO()
    source = io.StringIO('{"id": "1", "text": "boom"}\n{"id": "2", "text": "hi"}\n')
    await Pipe(Broken(), source=source, sink=sink).run()
    broken, fine = (json.loads(line) for line in sink.getvalue().splitlines())
    assert broken["error"] == BROKEN
    assert "secret" not in broken["error"]
    assert fine["text"] == "fine"


async def test_what_goes_wrong_is_told_in_the_chats_language(talk: Talk) -> None:
    asked = {"chat": "kueche", "language": "de"}
    missing, broken, english = await talk(
        {**asked, "id": "1", "photos": ["not-there.jpg"]},
        {**asked, "id": "2", "files": ["/"]},
        {"id": "3", "chat": "kitchen", "photos": ["not-there.jpg"]},
    )
    assert missing["error"] == "Ich kann „not-there.jpg“ nicht lesen: Es gibt diese Datei oder diesen Ordner nicht."
    assert "nicht lesen" in broken["error"]
    assert english["error"].startswith("I can't read “not-there.jpg”")


async def answers_to(assistant: Any, source: str | bytes, **options: Any) -> list[dict[str, Any]]:
    """What comes out for bytes as they stand on standard input."""
    data = source if isinstance(source, bytes) else source.encode()
    sink = io.StringIO()
    text = io.TextIOWrapper(io.BytesIO(data), "utf-8", "surrogateescape", newline="\n")
    await Pipe(assistant, source=text, sink=sink, **options).run()
    return [json.loads(line) for line in sink.getvalue().splitlines()]


@pytest.mark.parametrize("kind", PIPE_LINES)
async def test_every_hostile_line_gets_one_line_and_the_next_is_served(talk: Talk, kind: str) -> None:
    row, served = await talk(
        PIPE_LINES[kind].decode("utf-8", "surrogateescape"), {"id": "next", "chat": "b", "text": "/help"}
    )
    assert row["id"] in {"x", "y", None, "nan", "-inf", "inf"} or row["id"].isdigit()
    assert len(row.get("error", "")) < 1000
    assert (served["id"], "error" in served) == ("next", False)


async def test_a_thousand_hostile_lines_get_a_line_each(talk: Talk) -> None:
    lines = [line.decode("utf-8", "surrogateescape") for line in pipe_lines(seed=13, count=1000)]
    rows = await talk(*lines, {"id": "last", "text": "/help"})
    empty = sum(not line.strip(" \t\r\n\ufeff") for line in lines)
    assert len(rows) == len(lines) - empty + 1
    assert rows[-1]["id"] == "last"
    assert not any("inside" in row.get("error", "") for row in rows)


async def test_a_line_without_an_end_is_skipped_and_never_held_whole(talk: Talk) -> None:
    class Endless(io.StringIO):
        """100 MB without a line break, then a line."""

        def __init__(self) -> None:
            super().__init__('{"id": "2", "text": "hi"}\n')
            self.left, self.longest = 100_000_000, 0

        def readline(self, limit: int = -1, /) -> str:  # type: ignore[override]
            assert limit > 0
            self.longest = max(self.longest, limit)
            if not self.left:
                return super().readline(limit)
            size = min(limit, self.left)
            self.left -= size
            return "x" * size if self.left else "x" * (size - 1) + "\n"

    source, sink = Endless(), io.StringIO()
    await Pipe(Listening(), source=source, sink=sink).run()
    refused, served = (json.loads(line) for line in sink.getvalue().splitlines())
    assert "too long" in refused["error"]
    assert served == {"id": "2", "text": "fine", "image": None, "buttons": [], "sightings": []}
    assert source.longest < 2_000_000


async def test_a_mark_at_the_beginning_and_carriage_returns_are_no_part_of_a_line() -> None:
    rows = await answers_to(Listening(), b'\xef\xbb\xbf{"id": "1"}\r\n\r\n\xef\xbb\xbf{"id": "2"}\r\n{"id": "3"}')
    assert [row["id"] for row in rows] == ["1", "2", "3"]


async def test_paths_that_are_no_files_get_a_sentence_and_nothing_waits(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "device").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        for name in ("folder", "fifo", "link", "loop", "device", "socket", "gone", "x" * 300, "a\0b"):
            (row,) = await answers_to(Listening(), json.dumps({"id": "1", "photos": [str(tmp_path / name)]}))
            assert "I can't read" in row["error"]
            assert len(row["error"]) < 300


async def test_files_are_bounded_together_too(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"x" * 900)
    (tmp_path / "rapport.zip").write_bytes(b"PK" + b"x" * 5000)
    line = {"id": "1", "files": [str(tmp_path / "rapport.zip")]}
    assert "error" not in (await answers_to(Listening(), json.dumps(line), largest_file=1000))[0]
    line = {"id": "1", "photos": [str(tmp_path / "photo.jpg")] * 20}
    assert "too large together" in (await answers_to(Listening(), json.dumps(line), largest_file=1000))[0]["error"]


class Signs(Forgetful):
    """An assistant whose words hold what splits lines and what terminals obey."""

    async def answer(self, message: Message) -> AsyncIterator[Reply]:
        yield Reply("a\u2028b\x85c\x9bd\ud800e\n")


async def test_what_comes_out_is_one_line_for_any_reader() -> None:
    sink = io.StringIO()
    await Pipe(Signs(), source=io.StringIO('{"id": "1"}\n'), sink=sink).run()
    assert sink.getvalue().isprintable() or sink.getvalue()[:-1].isprintable()
    assert json.loads(sink.getvalue())["text"] == "a\u2028b\x85c\x9bd\ud800e\n"


class Reviewing(Forgetful):
    """An assistant that asks about a region, in place of what it asked before."""

    async def answer(self, message: Message) -> AsyncIterator[Reply]:
        region = PhotoRegion(1, Box(1, 2, 30, 40), (60, 80), "cat", "/point 5 1 1 2 30 40")
        yield Reply("Who is it?", regions=(region,), replaces=True)


async def test_a_row_tells_the_regions_and_that_it_replaces_what_was_said_before() -> None:
    (row,) = await answers_to(Reviewing(), '{"id": "1", "button": "/review"}')
    region = {"photo": 1, "box": [1, 2, 30, 40], "size": [60, 80], "label": "cat", "value": "/point 5 1 1 2 30 40"}
    assert row["regions"] == [region]
    assert row["replaces"] is True


class Waiting(Forgetful):
    """An assistant that answers when it may."""

    def __init__(self) -> None:
        self.asked, self.go_on = asyncio.Event(), asyncio.Event()

    async def translator(self, message: Message) -> Translator:
        return Translators.load().of(message.sender.language)

    async def answer(self, message: Message) -> AsyncIterator[Reply]:
        self.asked.set()
        await self.go_on.wait()
        yield Reply("at last")


class Open(io.StringIO):
    """A source that brings its lines and then none, and doesn't end."""

    def readline(self, limit: int = -1, /) -> str:  # type: ignore[override]
        if line := super().readline(limit):
            return line
        threading.Event().wait()
        raise AssertionError


async def test_stopping_answers_what_is_under_way() -> None:
    assistant, sink = Waiting(), io.StringIO()
    pipe = Pipe(assistant, source=Open('{"id": "1"}\n'), sink=sink)
    running = asyncio.create_task(pipe.run())
    await assistant.asked.wait()
    pipe.stop()
    await asyncio.sleep(0.01)
    assert not running.done()
    assistant.go_on.set()
    await running
    assert json.loads(sink.getvalue())["text"] == "at last"


async def test_what_takes_too_long_when_stopping_is_told_so_in_its_language() -> None:
    assistant, sink = Waiting(), io.StringIO()
    lines = '{"id": "1", "language": "de"}\n{"id": "2", "language": "es"}\n{"id": "3", "chat": "a", "language": "zh"}\n'
    pipe = Pipe(assistant, source=Open(lines), sink=sink, stop_seconds=5)
    running = asyncio.create_task(pipe.run())
    await assistant.asked.wait()
    pipe.stop()
    await asyncio.sleep(0.01)
    skip(5)
    await running
    rows = [json.loads(line) for line in sink.getvalue().splitlines()]
    said = [Translators.load().of(language).gettext(SHUTTING_DOWN) for language in ("de", "es", "zh")]
    assert rows == [{"id": str(number), "error": one} for number, one in enumerate(said[: len(rows)], 1)]
    assert rows
    assert len({SHUTTING_DOWN, *said}) == 4


class Full(io.StringIO):
    """A sink on a disk that is full."""

    def write(self, _: str, /) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


async def test_a_sink_that_cannot_be_written_to_is_told_in_a_sentence() -> None:
    with pytest.raises(PlatformError, match="No space left on device"):
        await Pipe(Listening(), source=Open('{"id": "1"}\n'), sink=Full()).run()


class NoStore(Forgetful):
    """An assistant whose store is broken; the error tells where the store is."""

    async def answer(self, message: Message) -> AsyncIterator[Reply]:
        raise StoreError("The store at postgresql://10.0.0.7/bot failed.")
        yield Reply("")


async def test_where_the_store_is_is_not_told() -> None:
    (row,) = await answers_to(NoStore(), '{"id": "1"}')
    assert row["error"].startswith("Something is wrong with my memory right now.")
    assert "10.0.0.7" not in str(row)


async def test_a_row_says_what_is_for_the_sender_alone_and_what_is_not_to_be_shown(talk: Talk, tmp_path: Path) -> None:
    photo = saved(tmp_path, "red")
    learnt, refused, silent = await talk(
        {"id": "1", "sender": "u1", "text": "/remember bo", "photos": [photo]},
        {"id": "2", "sender": "u2", "text": "/forget bo"},
        {"id": "3", "sender": "u2", "text": "what a day", "addressed": False},
    )
    assert {"private", "silent"}.isdisjoint(learnt)
    assert refused["private"]
    assert silent["silent"]


async def test_who_is_alone_with_the_bot_may_do_everything_there_and_an_admin_is_no_owner(talk: Talk) -> None:
    alone, admin, member, owner = await talk(
        {"sender": "u1", "text": "/settings language en", "private": True},
        {"sender": "u2", "text": "/settings language en", "admin": True},
        {"sender": "u3", "text": "/settings language en"},
        {"sender": "u2", "text": "/stats", "admin": True},
    )
    assert "language: en" in alone["text"]
    assert "language: en" in admin["text"]
    assert member["text"].startswith("Only an admin")
    assert owner["text"].startswith("Only my owner")


async def test_pictures_and_exports_are_for_this_user_alone_and_gone_when_the_pipe_ends(
    talk: Talk, tmp_path: Path
) -> None:
    folder, modes = tmp_path / "pictures", set[int]()
    folder.mkdir(mode=0o755)

    class Looking(Reader):
        def write(self, line: str, /) -> int:
            modes.update(path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir()))
            return super().write(line)

    rows = await talk(
        {"id": "1", "text": "/remember bo", "photos": [saved(tmp_path, "red")]},
        {"id": "2", "text": "/export", "admin": True},
        sink=Looking(),
    )
    assert rows[0]["image"]
    assert rows[1]["files"]
    assert modes == {0o700, 0o600}
    assert list(folder.iterdir()) == []


async def test_what_was_there_before_is_neither_overwritten_nor_removed(talk: Talk, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir(mode=0o755)
    (folder / "000001.jpg").write_bytes(b"theirs")
    await talk({"id": "1", "text": "/remember bo", "photos": [saved(tmp_path, "red")]})
    assert [(path.name, path.read_bytes()) for path in folder.iterdir()] == [("000001.jpg", b"theirs")]
    assert folder.stat().st_mode & 0o777 == 0o755


FORGETTING = ("/forget bo", "/forgetall yes", "/undo", "/rename bo | rex")


@pytest.mark.parametrize("way", FORGETTING)
async def test_the_files_of_who_is_forgotten_are_gone_before_that_is_answered(
    talk: Talk, tmp_path: Path, way: str
) -> None:
    left: list[list[str]] = []

    class Looking(Reader):
        def write(self, line: str, /) -> int:
            left.append(sorted(path.name for path in (tmp_path / "pictures").iterdir()))
            return super().write(line)

    home = {"chat": "home", "admin": True}
    rows = await talk(
        {**home, "id": "1", "text": "/remember mia", "photos": [saved(tmp_path, "blue")]},
        {**home, "id": "2", "text": "/remember bo | dog | loves snow", "photos": [saved(tmp_path, "red")]},
        *([] if way == "/undo" else [{**home, "id": "3", "photos": [saved(tmp_path, "red")]}]),
        {**home, "id": "4", "text": "/list"},
        {**home, "id": "5", "text": "/export"},
        {**home, "id": "6", "text": way},
        sink=Looking(),
    )
    mia = Path(rows[0]["image"]).name
    assert "error" not in rows[-1]
    assert len(left[-2]) == len(rows) - 1
    assert left[-1] == ([] if way == "/forgetall yes" else [mia])


async def test_the_files_of_who_is_forgotten_elsewhere_are_gone_soon(tmp_path: Path) -> None:
    config = Config(store={"url": f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"})
    source, sink, folder, ann = Lines(), Lines(), tmp_path / "pictures", Sender("someone")
    line = {"id": "1", "chat": "home", "text": "/remember bo", "photos": [saved(tmp_path, "red")]}
    async with rapport(config, fake_models()) as running:
        pipe = Pipe(running.assistant, source=source, sink=sink, pictures=folder)
        serving = asyncio.create_task(pipe.run())
        source.write(json.dumps(line) + "\n")
        await asyncio.to_thread(sink.readline)
        assert len(list(folder.iterdir())) == 1
        store = await Store.open(config.store.url, encoder="colours", keys=keys_of(config))
        home = Chat("pipe", "home")
        await store.forget(home, (await store.concept(home, "bo")).id, ann, undo_seconds=30)
        await store.aclose()
        while list(folder.iterdir()):
            skip(1)
            await asyncio.sleep(0.01)
        source.write("")
        await serving


async def test_stop_does_not_wait_for_the_work_that_it_stops(tmp_path: Path) -> None:
    lines = [{"id": "1", "text": "/import"}, {"id": "2", "text": "wait for it"}, {"id": "3", "button": "/stop"}]
    source, sink = io.StringIO("".join(f"{json.dumps(line)}\n" for line in lines)), io.StringIO()
    await Pipe(LongWork(), source=source, sink=sink, pictures=tmp_path).run()
    said = [json.loads(line)["text"] for line in sink.getvalue().splitlines()]
    assert said == ["I've stopped.", "I've stopped.", "I'm stopping."]


async def test_a_folder_of_photos_is_imported_as_a_zip_of_them_would_be(talk: Talk, tmp_path: Path) -> None:
    pets = tmp_path / "pets"
    (pets / "mia").mkdir(parents=True)
    (pets / "bo.png").write_bytes(blocks("red").data)
    (pets / "mia" / "1.PNG").write_bytes(blocks("blue").data)
    (pets / "notes.txt").write_text("hello")
    (pets / "link.png").symlink_to(pets / "bo.png")
    (pets / "round").symlink_to(pets)
    os.mkfifo(pets / "fifo.png")
    (tmp_path / "empty").mkdir()
    rows = await talk(
        {"text": "/import", "files": [str(pets)]},
        {"text": "/list"},
        {"text": "/import", "files": [str(tmp_path / "empty")]},
        {"text": "what is this?", "files": [str(pets)]},
    )
    assert rows[0]["text"] == "I've taken in 2 names with 2 photos."
    assert {card["title"] for card in rows[1]["cards"]} == {"bo", "mia"}
    assert rows[2]["text"].startswith("I found no photos")
    assert "isn't a file, but a folder" in rows[3]["error"]


async def test_a_button_that_comes_twice_counts_once(talk: Talk, tmp_path: Path) -> None:
    photo = saved(tmp_path, "red")
    learnt, seen = await talk({"text": "/remember bo", "photos": [photo]}, {"text": "", "photos": [photo]})
    no, undo = seen["buttons"][0]["value"], learnt["buttons"][-1]["value"]
    said = [row["text"] for row in await talk(*[{"button": no}] * 2, {"text": "/show bo"}, *[{"button": undo}] * 2)]
    assert said[0].startswith("Thanks, I won't take that for bo again.")
    assert said[1] == "That has been answered already, and it counts once."
    assert "1 correction" in said[2]
    assert said[3:] == ["I've taken that back: I don't know bo any more.", "That was taken back already."]
