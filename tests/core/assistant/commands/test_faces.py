"""People known by their faces: what is asked and told, who decides, and `/optout`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.config import Config
from bot.running.rapport import FaceWatch, rapport
from core.messages import Chat, Sender
from core.store.values import ReferenceFace
from tests.core.assistant.test_assistant import ADMIN, ANN, BEN, Talk, names, talking
from tests.support.decoders import shared_decoders
from tests.support.fakes import blocks, fake_models, portrait

ALONE = Chat("test", "alone", private=True)


@asynccontextmanager
async def comparing(path: Path, chat: Chat = ALONE) -> AsyncIterator[Talk]:
    """A chat with a bot that can find faces."""
    config = Config(store={"url": f"sqlite+aiosqlite:///{path / 'test.db'}"})
    async with rapport(config, fake_models(faces=True), decoders=shared_decoders()) as running:
        await running.chores.stop("look for faces")  # tests look themselves
        yield Talk(running, chat)


async def stored_faces(talk: Talk) -> list[int | None]:
    """How long the embedding of each reference's face is; None where nothing is on record."""
    memory = await talk.running.store.memory(talk.chat)
    return [None if one.face is None else one.face.size for one in memory.references]


async def test_a_face_that_matches_outweighs_looks_and_one_that_differs_denies(tmp_path: Path) -> None:
    async with comparing(tmp_path) as talk:
        await talk.say("/remember Ann", portrait("ann"))
        assert names(await talk.say("", portrait("ann"))) == ["Ann"]
        stranger = await talk.say("", portrait("ben"))  # in the same clothes
        assert names(stranger) == [None]
        assert "someone I don't know" in stranger.text
        assert names(await talk.say("", portrait("ben", "ann"))) == ["Ann"]


async def test_where_no_face_is_to_be_seen_looks_are_asked_about(tmp_path: Path) -> None:
    async with comparing(tmp_path) as talk:
        await talk.say("/remember Ann", portrait("ann"))
        assert "Is it?" in (await talk.say("", portrait(""))).text
        await talk.say("/remember bo", blocks("red"))
        assert names(await talk.say("", blocks("red"))) == ["bo"]  # of a thing nothing changes


async def test_two_people_in_the_same_clothes_are_told_apart(tmp_path: Path) -> None:
    async with comparing(tmp_path) as talk:
        await talk.say("/remember Ann", portrait("ann"))
        await talk.say("/remember Ben", portrait("ben"))
        assert names(await talk.say("", portrait("ann", "ben"))) == ["Ann", "Ben"]
        assert names(await talk.say("", portrait("ben"))) == ["Ben"]
        mixed_up = await talk.say("/remember Ann", portrait("ben"))
        assert "Ben" in mixed_up.text


async def test_in_a_group_it_is_offered_once_and_an_admin_decides(tmp_path: Path) -> None:
    async with comparing(tmp_path, Chat("test", "home")) as talk:
        assert "I could know" not in (await talk.say("/remember bo", blocks("red"))).text
        offered = await talk.say("/remember Ann", portrait("ann"))
        for words in ("biometric", "/settings faces on", "/settings faces off", "/optout", "database", "export"):
            assert words in offered.text
        assert "biometric" not in (await talk.say("/remember Ben", portrait("ben"))).text
        assert await stored_faces(talk) == [None, None, None]
        assert "I compare no faces here" in (await talk.say("/privacy")).text
        refused = await talk.press(offered, "Allow it", BEN)
        assert refused.text == "Only an admin of this chat may change the settings."
        assert "biometric" in (await talk.press(offered, "Allow it", ADMIN)).text
        await FaceWatch(talk.running.store, talk.running.recognizer).look()
        assert await stored_faces(talk) == [None, 128, 128]  # the first is no person
        assert names(await talk.say("", portrait("ben"))) == ["Ben"]
        assert "biometric" in (await talk.say("/privacy")).text


async def test_alone_with_the_bot_it_is_on_and_told_once(tmp_path: Path) -> None:
    async with comparing(tmp_path) as talk:
        assert "biometric" in (await talk.say("/remember Ann", portrait("ann"))).text
        assert "biometric" not in (await talk.say("/remember Ben", portrait("ben"))).text
        assert "faces: on" in (await talk.say("/settings")).text
        assert await stored_faces(talk) == [128, 128]
        await talk.say("/settings faces off")
        assert await stored_faces(talk) == [None, None]
        await talk.say("/remember Cleo", portrait("cleo"))
        assert await stored_faces(talk) == [None, None, None]


async def test_of_strangers_nothing_is_kept_not_even_of_whom_somebody_is_not(tmp_path: Path) -> None:
    async with comparing(tmp_path) as talk:
        await talk.say("/remember Ann", portrait("ann"))
        await talk.say("", portrait("ben", ""))
        asked = await talk.say("", portrait(""))
        await talk.press(asked, "Not Ann")
        assert await stored_faces(talk) == [128, None]


async def test_who_opts_out_is_forgotten_and_refused_until_they_take_it_back(tmp_path: Path) -> None:
    async with comparing(tmp_path) as talk:
        await talk.say("/remember Ann", portrait("ann"))
        await talk.say("/remember Ben", portrait("ben"))
        gone = await talk.say("/optout", portrait("ann"), sender=BEN)
        assert "I've forgotten Ann." in gone.text
        assert "Undo (Ann forgotten)" in [one.label for one in gone.buttons]
        assert "/optout back" in gone.text
        assert "Ann" not in (await talk.say("/list")).text
        assert names(await talk.say("", portrait("ann", "ben"))) == ["Ben"]
        assert names(await talk.say("", portrait("ann"))) == [None]
        assert "asked me not to recognise" in (await talk.say("/remember Anna", portrait("ann"))).text
        assert (
            "haven't asked" in (await talk.say("/optout back", sender=ANN)).text
        )  # it is who asked that takes it back
        assert "erased" in (await talk.say("/optout back", sender=BEN)).text
        assert (await talk.say("/remember Ann", portrait("ann"))).text.startswith("Nice to meet Ann!")
        assert names(await talk.say("", portrait("ann"))) == ["Ann"]


async def test_opting_out_holds_in_a_group_that_compares_no_faces(tmp_path: Path) -> None:
    async with comparing(tmp_path, Chat("test", "home")) as talk:
        await talk.say("/remember Ann", portrait("ann"), sender=BEN)
        await talk.say("/remember bo", blocks("red"), sender=BEN)
        said = await talk.say("/optout", portrait("ann"))
        assert "I've forgotten Ann." in said.text
        assert "asked me not to recognise" in (await talk.say("/remember Ann", portrait("ann"), sender=BEN)).text
        assert (await talk.say("/remember Ben", portrait("ben"))).text.startswith("Nice to meet Ben!")
        assert await stored_faces(talk) == [None, None]
        assert "but with those that I am to refuse" in (await talk.say("/privacy")).text


async def test_undo_brings_back_who_was_forgotten_but_not_the_recognition(tmp_path: Path) -> None:
    async with comparing(tmp_path) as talk:
        await talk.say("/remember Ann", portrait("ann"))
        gone = await talk.say("/optout", portrait("ann"))
        (undo,) = [one.value for one in gone.buttons]
        assert (await talk.say(undo, pressed=True)).text == "Ann is back."
        assert names(await talk.say("", portrait("ann"))) == [None]


@pytest.mark.parametrize(
    ("photo", "words"), [(portrait("ann", "ben"), "several faces"), (portrait(""), "can't see a face")]
)
async def test_opting_out_takes_a_photo_with_one_face(tmp_path: Path, photo: object, words: str) -> None:
    async with comparing(tmp_path) as talk:
        assert words in (await talk.say("/optout", photo)).text  # type: ignore[arg-type]
        assert (await talk.say("/settings")).text
        assert not (await talk.running.store.memory(talk.chat)).refused


async def test_opting_out_asks_for_the_photo_and_takes_it(tmp_path: Path) -> None:
    async with comparing(tmp_path) as talk:
        await talk.say("/remember Ann", portrait("ann"))
        assert "Send me a photo" in (await talk.elsewhere(Chat("test", "x", private=True)).say("/optout")).text
        assert "back takes it back" in (await talk.say("/optout please")).text


async def test_nobody_opts_out_as_a_group(tmp_path: Path) -> None:
    async with comparing(tmp_path) as talk:
        said = await talk.say("/optout", portrait("ann"), sender=Sender("-1", "Group", is_chat=True))
        assert "write as a person" in said.text


async def test_a_bot_without_the_weights_goes_on_by_looks(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert "biometric" not in (await talk.say("/remember Ann", portrait("ann"))).text
        assert names(await talk.say("", portrait("ben"))) == ["Ann"]
        assert "I know nobody by their face" in (await talk.say("/optout", portrait("ann"))).text


async def test_what_came_before_is_looked_at_and_a_photo_under_discussion_again(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        private = talk.elsewhere(ALONE)
        await private.say("/remember Ann", portrait("ann"))
    async with comparing(tmp_path) as talk:
        await talk.say("/settings faces on")
        assert await stored_faces(talk) == [None]
        await talk.say("", portrait("ben"))
        await FaceWatch(talk.running.store, talk.running.recognizer).look()
        assert await stored_faces(talk) == [128]
        assert names(await talk.say("who is this?")) == [None]
        store = talk.running.store
        reference = (await store.memory(talk.chat)).references[0].id
        await store.store_face(Chat("test", "other"), reference, ReferenceFace())  # not that chat's
        assert await stored_faces(talk) == [128]
