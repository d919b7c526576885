"""/import: photo by photo, one change, counted, stopped at any time; what the sentence says is what came in."""

from __future__ import annotations

import asyncio
import io
import json
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import PIL.Image
import pytest

from bot.build.models import Models
from bot.config import Config
from bot.running.rapport import rapport
from core.concepts import Embedding
from core.errors import ModelError
from core.messages import Attachment, Chat, Message, Photo, Reply, Sender
from core.ports import View
from tests.core.assistant.test_assistant import ADMIN, ANN, BEN, Talk, names
from tests.support.clock import skip
from tests.support.decoders import shared_decoders
from tests.support.fakes import ColourEncoder, blocks, fake_models
from tests.support.hostile.archives import Files, archive, listing, zipped

COLOURS = ("red", "green", "blue", "yellow", "pink")


@asynccontextmanager
async def talking(path: Path, models: Models | None = None, **config: object) -> AsyncIterator[Talk]:
    """A chat on the web, where quotas count."""
    options = Config(store={"url": f"sqlite+aiosqlite:///{path / 'test.db'}"}, **config)  # type: ignore[arg-type]
    async with rapport(options, models or fake_models(), decoders=shared_decoders()) as running:
        yield Talk(running, Chat("web", "home"))


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    async with talking(tmp_path) as talk:
        yield talk


def packed(files: Files | bytes) -> Attachment:
    """A zip as it is attached."""
    return Attachment("x.zip", "application/zip", files if isinstance(files, bytes) else zipped(files))


def concept(name: str, *files: str, **more: object) -> dict[str, object]:
    return {"name": name, "photos": [{"file": file} for file in files], **more}


def five() -> Attachment:
    """Five names with a photo each."""
    photos = {f"{colour}.png": blocks(colour).data for colour in COLOURS}
    return packed({"rapport.json": listing(*(concept(one, f"{one}.png") for one in COLOURS)), **photos})


async def known(talk: Talk) -> list[str]:
    return [card.title for card in (await talk.say("/list")).cards]


async def begun(talk: Talk, file: Attachment, photos: int, sender: Sender = ANN) -> AsyncIterator[Reply]:
    """An import under way, so many photos of which were looked at."""
    message = Message(talk.chat, sender, "/import", files=(file,))
    replies = talk.running.assistant.answer(message)
    for _ in range(photos):
        assert not (await anext(replies)).final
    return replies


async def rest(replies: AsyncIterator[Reply]) -> Reply:
    return [reply async for reply in replies][-1]


# ── progress, stopping, taking back ───────────────────────────────────────────────────────────────


async def test_progress_is_shown_with_a_button_to_stop(talk: Talk) -> None:
    message = Message(talk.chat, ANN, "/import", files=(five(),))
    drafts = [reply async for reply in talk.running.assistant.answer(message) if not reply.final]
    assert [reply.text for reply in drafts] == [f"{done} of 5 photos…" for done in range(1, 6)]
    assert {(button.label, button.value) for reply in drafts for button in reply.buttons} == {("Stop", "/stop")}


async def test_stopped_in_the_middle_what_is_in_stays_and_the_same_file_goes_on(talk: Talk) -> None:
    replies = await begun(talk, five(), 2)
    assert (await talk.say("/stop", pressed=True)).text == "I'm stopping."
    stopped = await rest(replies)
    assert stopped.text == (
        "I've taken in 2 names with 2 photos. I've stopped. "
        "3 photos are left out. Send me the same again, and I'll go on there."
    )
    assert await known(talk) == ["red", "green"]
    again = await talk.say("/import", files=(five(),))
    assert again.text == "I've taken in 3 names with 3 photos. 2 photos were here already."
    assert await known(talk) == list(COLOURS)
    assert (await talk.press(again, "Undo")).text == "I've taken back what came in with that file about 3 names."
    assert (await talk.press(stopped, "Undo")).text == "I've taken back what came in with that file about 2 names."
    assert await known(talk) == []


async def test_only_who_sent_it_or_an_admin_stops_an_import(talk: Talk) -> None:
    replies = await begun(talk, five(), 1)
    nothing = "Nothing of yours is under way here that I could stop."
    assert (await talk.say("/stop", sender=BEN)).text == nothing
    assert (await talk.say("/stop", sender=Sender(""))).text == nothing
    assert (await talk.elsewhere(Chat("web", "away")).say("/stop", sender=ADMIN)).text == nothing
    assert (await talk.say("/stop", sender=ADMIN)).text == "I'm stopping."
    assert "I've stopped." in (await rest(replies)).text
    assert (await talk.say("/stop", sender=ADMIN)).text == nothing


async def test_one_undo_takes_all_of_an_import_back_with_texts_and_categories(talk: Talk) -> None:
    await talk.say("/remember red | dog | barks", blocks("red"))
    before = (await talk.say("/show red")).text
    listed = concept("red", "red2.png", category="wolf", infos=[{"text": "howls"}, {"text": "bites"}])
    photos = {"red2.png": blocks("red", "pink").data, "mia.png": blocks("blue").data}
    files: Files = {"rapport.json": listing(listed, concept("mia", "mia.png")), **photos}
    reply = await talk.say("/import", files=(packed(files),))
    assert reply.text == "I've taken in 2 names with 2 photos."
    shown = (await talk.say("/show red")).text
    assert shown.startswith("red (wolf)\nbarks (Ann, today)\nhowls (Ann, today)\nbites (Ann, today)\n")
    assert (await talk.say("/undo")).text == "I've taken back what came in with that file about 2 names."
    assert (await talk.say("/show red")).text == before
    assert await known(talk) == ["red"]
    assert (await talk.press(reply, "Undo")).text == "That was taken back already."


async def test_an_import_taken_back_while_it_runs_stops(talk: Talk) -> None:
    replies = await begun(talk, five(), 2)
    await talk.say("/undo")
    assert "taken back meanwhile" in (await rest(replies)).text
    assert await known(talk) == []


async def test_what_is_forgotten_meanwhile_does_not_come_back(talk: Talk) -> None:
    for colour in ("red", "blue"):
        await talk.say(f"/remember {colour}", blocks(colour, "black"))
    replies = await begun(talk, five(), 1)
    await talk.say("/forget blue")
    assert "1 name was forgotten meanwhile, and stays so." in (await rest(replies)).text
    assert await known(talk) == ["red", "green", "yellow", "pink"]


async def test_forgetting_everything_stops_an_import(talk: Talk) -> None:
    replies = await begun(talk, five(), 2)
    asked = await talk.say("/forgetall", sender=ADMIN)
    await talk.press(asked, "Yes, forget everything", sender=ADMIN)
    assert "I've stopped." in (await rest(replies)).text
    assert await known(talk) == []


# ── what goes wrong in the middle ─────────────────────────────────────────────────────────────────


class FailingEncoder(ColourEncoder):
    """Fails on what is yellow."""

    def encode(self, views: Sequence[View]) -> list[list[Embedding]]:
        if any((view.image.pixels[60, 60] == blocks_pixel("yellow")).all() for view in views):
            raise ModelError("yellow")
        return super().encode(views)


def blocks_pixel(colour: str) -> tuple[int, int, int]:
    with PIL.Image.open(io.BytesIO(blocks(colour).data)) as picture:
        return picture.getpixel((60, 60))  # type: ignore[return-value]


async def test_a_model_that_fails_leaves_no_name_half_and_it_is_told_what_got_in(tmp_path: Path) -> None:
    models = replace(fake_models(), encoders={"cpu": FailingEncoder})
    photos = {f"{colour}.png": blocks(colour).data for colour in COLOURS}
    files: Files = {
        "rapport.json": listing(concept("bo", "red.png"), concept("mia", "blue.png", "yellow.png")),
        **photos,
    }
    async with talking(tmp_path, models) as talk:
        reply = await talk.say("/import", files=(packed(files),))
        assert reply.text == (
            "I've taken in 1 name with 1 photo. Then something went wrong on my side, so I stopped there. "
            "2 photos are left out. Send me the same again, and I'll go on there."
        )
        assert await known(talk) == ["bo"]


async def test_a_store_that_fails_leaves_no_name_half_and_it_is_told_what_got_in(tmp_path: Path, talk: Talk) -> None:
    with sqlite3.connect(tmp_path / "test.db") as database:
        wrong = "BEFORE INSERT ON infos BEGIN SELECT RAISE(ABORT, 'no'); END"
        database.execute(f"CREATE TRIGGER fails {wrong}")
    database.close()
    files: Files = {
        "rapport.json": listing(concept("bo", "bo.png"), concept("mia", "mia.png", infos=[{"text": "purrs"}])),
        **{"bo.png": blocks("red").data, "mia.png": blocks("blue").data},
    }
    reply = await talk.say("/import", files=(packed(files),))
    assert reply.text.startswith("I've taken in 1 name with 1 photo. Then something went wrong on my side")
    assert await known(talk) == ["bo"]


# ── quotas ────────────────────────────────────────────────────────────────────────────────────────


async def test_photos_count_and_what_is_left_out_comes_in_with_the_same_file_later(tmp_path: Path) -> None:
    async with talking(tmp_path, quotas={"person_photos_minute": 3}) as talk:
        reply = await talk.say("/import", files=(five(),))
        assert reply.text == (
            "I've taken in 3 names with 3 photos. 3 photos a minute are the most from one person. "
            "Give me a moment, then go on. 2 photos are left out. Send me the same again, and I'll go on there."
        )
        skip(61)
        reply = await talk.say("/import", files=(five(),))
        assert reply.text == "I've taken in 2 names with 2 photos. 3 photos were here already."
        assert await known(talk) == list(COLOURS)
        assert (await talk.say("/import", files=(five(),))).text == "5 photos were here already."


async def test_photos_that_cannot_be_read_count_too(tmp_path: Path) -> None:
    async with talking(tmp_path, quotas={"person_photos_minute": 2}) as talk:
        files: Files = {f"n{number}/1.png": b"no picture" for number in range(9)}
        assert "2 photos a minute" in (await talk.say("/import", files=(packed(files),))).text


async def test_a_name_with_many_photos_is_taken_in_as_far_as_there_is_room(tmp_path: Path) -> None:
    files: Files = {f"bo/{colour}.png": blocks(colour).data for colour in COLOURS}
    async with talking(tmp_path, quotas={"person_photos_minute": 3}) as talk:
        assert "1 name with 3 photos" in (await talk.say("/import", files=(packed(files),))).text
        skip(61)
        again = await talk.say("/import", files=(packed(files),))
        assert again.text == "I've taken in 1 name with 2 photos. 3 photos were here already."


@pytest.mark.parametrize(("quotas", "said"), [
    ({"person_names": 2}, "2 names are the most I keep for one person."),
    ({"chat_names": 2}, "2 names are the most I keep in one chat."),
    ({"chat_megabytes": 0.01}, "This chat's photos fill the 0.01 MB"),
])  # fmt: skip
async def test_what_there_is_no_room_for_stays_out_and_is_not_embedded(
    tmp_path: Path, quotas: dict[str, float], said: str
) -> None:
    views: list[View] = []

    class Counting(ColourEncoder):
        def encode(self, given: Sequence[View]) -> list[list[Embedding]]:
            views.extend(given)
            return super().encode(given)

    async with talking(tmp_path, replace(fake_models(), encoders={"cpu": Counting}), quotas=quotas) as talk:
        reply = await talk.say("/import", files=(five(),))
        assert said in reply.text
        assert len(views) == len(await known(talk)) < 5


# ── what is listed how ────────────────────────────────────────────────────────────────────────────


async def test_a_photo_of_several_names_is_opened_and_counted_once(tmp_path: Path) -> None:
    listed = [
        {"name": name, "photos": [{"file": "all.png", "box": [left, 40, left + 160, 200]}] * 3}
        for name, left in (("bo", 40), ("mia", 240), ("rex", 440))
    ]
    files: Files = {"rapport.json": listing(*listed), "all.png": blocks("red", "blue", "pink").data}
    async with talking(tmp_path, quotas={"person_photos_minute": 1}) as talk:
        reply = await talk.say("/import", files=(packed(files),))
        assert reply.text == "I've taken in 3 names with 3 photos."
        skip(61)
        assert names(await talk.say("", blocks("pink", "red"))) == ["bo", "rex"]


async def test_the_same_name_twice_is_one_name(talk: Talk) -> None:
    listed = [
        concept("Bo", "a.png"),
        concept("bo", "b.png", "a.png", infos=[{"text": "barks"}]),
        concept("BO ", "a.png"),
    ]
    files: Files = {"rapport.json": listing(*listed), "a.png": blocks("red").data, "b.png": blocks("red", "black").data}
    reply = await talk.say("/import", files=(packed(files),))
    assert reply.text == "I've taken in 1 name with 2 photos."
    assert await known(talk) == ["Bo"]


async def test_another_category_alone_is_taken_in(talk: Talk) -> None:
    await talk.say("/import", files=(packed(archive(concept("bo", "bo.png", category="dog"))),))
    reply = await talk.say("/import", files=(packed(archive(concept("bo", "bo.png", category="wolf"))),))
    assert reply.text == "I've taken in 1 name with 0 photos. 1 photo was here already."
    assert "bo (wolf)" in (await talk.say("/show bo")).text


async def test_what_cannot_be_read_makes_no_name(talk: Talk) -> None:
    listed = [concept("bo", "gone.png", infos=[{"text": "barks"}]), concept("mia", "bo.png"), concept("rex")]
    reply = await talk.say("/import", files=(packed(archive(*listed)),))
    assert reply.text == "I've taken in 1 name with 1 photo. 1 couldn't be read. I can't keep 1 name."
    assert await known(talk) == ["mia"]


async def test_a_name_with_a_text_alone_is_one(talk: Talk) -> None:
    await talk.say("/import", files=(packed(archive(concept("bo", infos=[{"text": "barks"}]))),))
    assert "barks" in (await talk.say("/show bo")).text


async def test_pixels_beyond_all_measure_end_it(talk: Talk) -> None:
    out = io.BytesIO()
    PIL.Image.new("1", (5000, 4000)).save(out, "PNG")
    listed = [{"name": f"n{n}", "photos": [{"file": f"{n}.png", "box": [0, 0, 60, 60]}]} for n in range(12)]
    photos = {f"{n}.png": out.getvalue() for n in range(12)}
    reply = await talk.say("/import", files=(packed({"rapport.json": listing(*listed), **photos}),))
    assert "more pixels than I can take in at once" in reply.text
    assert "left out" in reply.text


async def test_a_large_photo_is_remembered_with_the_region_that_was_meant(talk: Talk) -> None:
    with PIL.Image.open(io.BytesIO(blocks("red", "blue").data)) as picture:
        out = io.BytesIO()
        picture.resize((picture.width * 5, picture.height * 5)).save(out, "PNG")
    box = {"box": [1200, 200, 2000, 1000], "candidates": [[200, 200, 1000, 1000]]}
    files: Files = {
        "rapport.json": listing({"name": "mia", "photos": [{"file": "a.png", **box}]}),
        "a.png": out.getvalue(),
    }
    assert (await talk.say("/import", files=(packed(files),))).text == "I've taken in 1 name with 1 photo."
    assert names(await talk.say("", blocks("blue", "red"))) == ["mia", None]
    (reference,) = await talk.running.store.references(talk.chat, 1)
    with PIL.Image.open(io.BytesIO(reference.photo)) as stored:
        scale = stored.width / 2200
    assert reference.box == tuple(round(edge * scale) for edge in (1200, 200, 2000, 1000))
    assert (await talk.say("/import", files=(packed(files),))).text == "1 photo was here already."


@pytest.mark.parametrize("path", ["{}", "pets/{}", "./{}", "pets\\{}", "a/b/c/{}"])
async def test_the_list_may_lie_in_a_folder(talk: Talk, path: str) -> None:
    files: Files = {
        path.format("rapport.json"): listing(concept("bo", "photos\\1.png")),
        path.format("photos/1.png"): blocks("red").data,
        "__MACOSX/pets/._rapport.json": b"\0\5\x16\7",
        ".DS_Store": b"",
        "pets/Thumbs.db": b"",
    }
    assert (await talk.say("/import", files=(packed(files),))).text == "I've taken in 1 name with 1 photo."


@pytest.mark.parametrize("path", ["example_database/{}", "RAP-MLLM-main/example_database/{}", "{}"])
async def test_raps_published_layout_comes_in_whole(talk: Talk, path: str) -> None:
    kinds = {"bo": ("red", "dog"), "brown-duck": ("blue", "plush toy"), "chua-thien-mu": ("pink", "building")}
    records = {
        f"<{name}>": {
            "name": name,
            "image": f"example_database/{name}.png",
            "info": f"<{name}> is a {category}.",
            "category": category,
        }
        for name, (_, category) in kinds.items()
    }
    paths = {record["image"]: key for key, record in records.items()}
    database = json.dumps({"concept_dict": records, "path_to_concept": paths}, indent=4)
    photos = {path.format(f"{name}.png"): blocks(colour).data for name, (colour, _) in kinds.items()}
    reply = await talk.say("/import", files=(packed({path.format("database.json"): database, **photos}),))
    assert reply.text == "I've taken in 3 names with 3 photos."
    assert await known(talk) == list(kinds)
    assert (await talk.say("/show brown-duck")).text.startswith("brown-duck (plush toy)\n<brown-duck> is a plush toy.")


async def test_a_zip_of_photos_teaches_names_and_finds_their_subjects(talk: Talk) -> None:
    files: Files = {
        "bo.png": blocks("red").data,
        "pets/mia/1.png": blocks("blue").data,
        "pets/mia/IMG_1.png": b"no picture",
    }
    reply = await talk.say(
        "/import", files=(packed({**files, "readme.txt": "hello", "IMG_1234.png": files["bo.png"]}),)
    )
    assert reply.text == (
        "I've taken in 2 names with 2 photos. 1 couldn't be read. "
        "1 photo doesn't say who is on it: name it, or its folder, as in bo.jpg or bo/1.jpg."
    )
    assert set(names(await talk.say("", blocks("blue", "red")))) == {"mia", "bo"}
    again = await talk.say("/import", files=(packed({"bo.png": files["bo.png"]}),))
    assert again.text == "1 photo was here already."


async def test_one_zip_at_a_time_and_none_gets_a_sentence(talk: Talk) -> None:
    assert (await talk.say("/import", files=(five(), five()))).text == "One zip at a time, please."
    assert (await talk.say("/import")).text.startswith("Send the zip that /export gave you")


# ── others meanwhile, and exports ─────────────────────────────────────────────────────────────────


async def test_another_chats_photo_does_not_wait_for_an_import(talk: Talk) -> None:
    away = talk.elsewhere(Chat("web", "away"))
    await away.say("/remember bo", blocks("red"))
    many: Files = {f"n{number}/{colour}.png": blocks(colour).data for number in range(40) for colour in COLOURS}
    done, under_way = list[str](), asyncio.Event()

    async def bring_in() -> None:
        async for reply in talk.running.assistant.answer(Message(talk.chat, ANN, "/import", files=(packed(many),))):
            done.append(reply.text)
            under_way.set()

    importing = asyncio.create_task(bring_in())
    await under_way.wait()
    begun_at = len(done)
    assert names(await away.say("", blocks("red"))) == ["bo"]
    assert len(done) - begun_at < 20  # of 200
    importing.cancel()
    await asyncio.gather(importing, return_exceptions=True)


async def test_an_export_shows_progress_and_can_be_stopped(talk: Talk) -> None:
    await talk.say("/import", files=(five(),))
    message = Message(talk.chat, ADMIN, "/export")
    replies = talk.running.assistant.answer(message)
    assert (await anext(replies)).text == "1 of 5 names…"
    assert (await talk.say("/stop", sender=ADMIN)).text == "I'm stopping."
    assert (await rest(replies)).text == "I've stopped, so there is no file."


async def test_an_export_holds_nothing_that_is_forgotten_meanwhile(talk: Talk) -> None:
    await talk.say("/import", files=(five(),))
    replies = talk.running.assistant.answer(Message(talk.chat, ADMIN, "/export"))
    await anext(replies)
    await talk.say("/forget red")
    last = await rest(replies)
    assert last.text.startswith("Something was forgotten here while I was packing")
    assert not last.attachments


async def test_a_photo_is_no_archive(talk: Talk) -> None:
    assert "isn't a zip" in (await talk.say("/import", Photo(blocks("red").data))).text
