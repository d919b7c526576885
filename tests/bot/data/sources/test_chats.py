"""Chats as a source: consent goes in, samples come out; consent that is taken back leaves no byte behind."""

from __future__ import annotations

import asyncio
import io
import re
import shutil
import stat
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.data.build import PICTURE_FOLDERS
from bot.data.output.card import is_private
from bot.data.records import SubjectPhoto
from bot.data.samples import Sample, read_samples
from bot.data.sources import withdrawing
from bot.data.sources.chats import photos_of_chats, require_local
from bot.data.sources.gathering import Gathered, Sampling, gather
from bot.data.sources.withdrawing import CHATS
from bot.data.teacher.options import TeacherOptions
from core.concepts import Box
from core.errors import ConfigError
from core.messages import Chat, Sender
from core.policy.consent import WORDING
from core.store.store import Store
from core.store.values import NewReference
from tests.support.collections_on_disk import colours
from tests.support.databases.chosen import key_settings, url
from tests.support.stores import ANN, BEN, HOME, ROOT, WORK, embedding, opened


def photo(seed: int) -> NewReference:
    """A sharp block on a plain ground, as the store keeps photos."""
    pixels = np.full((300, 400, 3), 255, np.uint8)
    pixels[60:240, 100:300] = np.random.default_rng(seed).integers(0, 255, (45, 50, 3)).repeat(4, 0).repeat(4, 1)
    out = io.BytesIO()
    PIL.Image.fromarray(pixels).save(out, "JPEG")
    box = Box(100, 60, 300, 240)
    return NewReference(out.getvalue(), box, (box,), embedding(seed))


async def teach(store: Store, chat: Chat, who: Sender, name: str, seed: int, info: str = "", category: str = "") -> int:
    told = await store.remember(
        chat, name, by=who, category=category or None, info=info or None, references=[photo(seed), photo(seed + 1)]
    )
    return told.concept.id


async def allow(store: Store, chat: Chat, *people: Sender) -> None:
    await store.set_setting(chat, "training", "on", ROOT)
    for one in people:
        await store.agree(chat, one, WORDING)


async def gathered(store: Store, out: Path) -> Gathered:
    async with photos_of_chats(store, out) as chats:
        assert stat.S_IMODE(out.stat().st_mode) == 0o700
        assert all(stat.S_IMODE(one.stat().st_mode) == 0o600 for one in (out / CHATS).iterdir())
        return gather([], Sampling(), chats=chats)


def subjects(found: Gathered) -> dict[str, SubjectPhoto]:
    return {one.subject: one for one in found.photos}


async def test_photos_and_texts_of_who_agrees_come_without_names(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bo = await teach(store, HOME, ANN, "Bosporus", 1, "Bosporus loves snow, and Bosporus's nose is black", "doggy")
        await store.describe(HOME, bo, "barks at BEN", ANN)
        await teach(store, HOME, BEN, "Lucifer", 3, "sings", "cat")
        rex = await teach(store, WORK, ANN, "Rex", 5, "", "the secret dragon of Ann")
        await allow(store, HOME, ANN)
        await allow(store, WORK, ANN)
        found = await gathered(store, tmp_path / "out")
    one, other = subjects(found)[f"chat/{bo}"], subjects(found)[f"chat/{rex}"]
    assert (one.name, one.category, one.info) == ("", "dog", "<name> loves snow, and <name>'s nose is black")
    assert (other.name, other.category, other.info) == ("", "", "")
    assert (one.box, one.source, len(found.photos)) == (Box(100, 60, 300, 240), CHATS, 4)
    assert f"wording {WORDING}" in one.licence
    assert [(refused.of, refused.reason) for refused in found.refusals] == [
        (f"chat/{bo}", "a text that names somebody else")
    ]
    assert not (tmp_path / "out" / CHATS).exists()


async def test_without_consent_there_is_nothing_and_nothing_is_written(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await teach(store, HOME, ANN, "bo", 1)
        await allow(store, HOME)
        async with photos_of_chats(store, tmp_path / "out") as chats:
            assert gather([], Sampling(), chats=chats).photos == ()
            assert list((tmp_path / "out" / CHATS).iterdir()) == []
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("url", ["https://generativelanguage.googleapis.com/v1beta/openai/", "http://10.0.0.7:8000/v1"])
def test_no_photo_of_a_chat_goes_to_a_teacher_elsewhere(url: str) -> None:
    with pytest.raises(ConfigError, match="this machine"):
        require_local(TeacherOptions(model="a-teacher", base_url=url))
    require_local(TeacherOptions(base_url=url))
    require_local(TeacherOptions(model="a-teacher", base_url="http://127.0.0.1:8000/v1"))


# ── builds ────────────────────────────────────────────────────────────────────────────────────────


async def build(folder: Path, *more: object, chats: bool = True) -> tuple[int, str]:
    """The command on the store in a folder, into `folder`/out."""
    words = ["data", "build", folder / "out", *(["--chats"] if chats else []), *more]
    env = {"RAPPORT_STORE__URL": url(folder), **key_settings(folder)}
    result = await asyncio.to_thread(CliRunner().invoke, app, list(map(str, words)), env=env)
    return result.exit_code, result.output


def samples(out: Path) -> list[Sample]:
    return [one for split in ("train", "eval") for one in read_samples(out / "rap" / f"{split}.json")]


def traces(out: Path, *words: str) -> list[str]:
    """What there is below a folder of chats: pictures, and files that say one of the words."""
    files = [one for one in out.rglob("*") if one.is_file()]
    pictures = [one for one in files if one.suffix in {".jpg", ".png", ".parquet"}]
    saying = [one for one in files if any(word.encode() in one.read_bytes() for word in words)]
    return [one.relative_to(out).as_posix() for one in (*pictures, *saying)]


async def taught(folder: Path) -> tuple[int, int]:
    """A store in which Ann and Ben have taught something each, and agree."""
    async with opened(folder) as store:
        bo = await teach(store, HOME, ANN, "Bosporus", 1, "Bosporus loves snowflakes", "dog")
        lu = await teach(store, HOME, BEN, "Lucifer", 11, "Lucifer sings arias", "cat")
        await allow(store, HOME, ANN, BEN)
    return bo, lu


async def test_what_people_agreed_to_becomes_samples_that_name_nobody(tmp_path: Path) -> None:
    bo, lu = await taught(tmp_path)
    code, output = await build(tmp_path)
    assert code == 0, output
    made = samples(tmp_path / "out")
    assert {who for one in made for who in one.subjects} == {f"chat/{bo}", f"chat/{lu}"}
    assert all(is_private(one.provenance) for one in made)
    assert traces(tmp_path / "out", "snowflakes", "arias")
    assert "4 photos of 2 concepts in 1 chat" in output
    for name in ("Bosporus", "Lucifer", "Ann", "Ben", HOME.key):
        said = re.compile(rf"(?<![\w+/]){re.escape(name)}(?![\w+/])")  # three letters of base64 are no name
        assert not [one for one in (tmp_path / "out").rglob("*.json*") if said.search(one.read_text())]


async def test_a_consent_that_is_taken_back_takes_photos_texts_and_samples_out_of_the_next_build(
    tmp_path: Path,
) -> None:
    bo, lu = await taught(tmp_path)
    assert (await build(tmp_path))[0] == 0
    async with opened(tmp_path) as store:
        await store.withdraw(HOME, BEN)
    code, output = await build(tmp_path)
    assert code == 0, output
    assert {who for one in samples(tmp_path / "out") for who in one.subjects} == {f"chat/{bo}"}
    assert not [one for one in (tmp_path / "out").rglob("*.json*") if f"chat/{lu}" in one.read_text()]
    assert "arias" not in "".join(one.read_text() for one in (tmp_path / "out").rglob("*.json*"))
    both = {one.name for one in (tmp_path / "out" / "pictures").iterdir()}
    shutil.rmtree(tmp_path / "out")
    assert (await build(tmp_path))[0] == 0
    assert {one.name for one in (tmp_path / "out" / "pictures").iterdir()} == both


@pytest.mark.parametrize("way", ["all take it back", "turned off", "forgotten", "all forgotten", "left"])
async def test_when_nothing_may_be_used_any_more_no_byte_of_it_is_left_though_nothing_can_be_built(
    tmp_path: Path, way: str
) -> None:
    bo, lu = await taught(tmp_path)
    assert (await build(tmp_path))[0] == 0
    async with opened(tmp_path) as store:
        if way == "all take it back":
            await store.withdraw(HOME, ANN)
            await store.withdraw(HOME, BEN)
        elif way == "turned off":
            await store.set_setting(HOME, "training", "off", ROOT)
        elif way == "forgotten":
            await store.forget(HOME, bo, ANN, undo_seconds=30)
            await store.forget(HOME, lu, BEN, undo_seconds=30)
        elif way == "all forgotten":
            await store.forget_all(HOME, ROOT, undo_seconds=30)
        else:
            await store.left(HOME, datetime(2099, 1, 1, tzinfo=UTC))
    code, output = await build(tmp_path)
    assert code == 1
    assert "No sample could be made" in output
    assert traces(tmp_path / "out", "snowflakes", "arias", "chat/") == []


async def test_a_build_without_chats_leaves_nothing_of_them(tmp_path: Path) -> None:
    await taught(tmp_path)
    assert (await build(tmp_path))[0] == 0
    code, output = await build(tmp_path, "--from", colours(tmp_path / "photos", 2), chats=False)
    assert code == 0, output
    assert not [one for one in (tmp_path / "out").rglob("*.json*") if "chat/" in one.read_text()]
    assert not (tmp_path / "out" / withdrawing.NOTED).exists()


async def test_a_concept_that_was_forgotten_or_told_otherwise_is_as_it_is_now(tmp_path: Path) -> None:
    bo, lu = await taught(tmp_path)
    assert (await build(tmp_path))[0] == 0
    async with opened(tmp_path) as store:
        await store.forget(HOME, bo, ANN, undo_seconds=30)
        await store.undescribe(HOME, lu, BEN, undo_seconds=30)
        await store.describe(HOME, lu, "hums", BEN)
    assert (await build(tmp_path))[0] == 0
    told = "".join(one.read_text() for one in (tmp_path / "out").rglob("*.json*"))
    assert ("hums" in told, "arias" in told, "snowflakes" in told, f"chat/{bo}" in told) == (True, False, False, False)


async def test_other_sources_keep_what_was_made_of_them(tmp_path: Path) -> None:
    await taught(tmp_path)
    photos = colours(tmp_path / "photos", 2)
    assert (await build(tmp_path, "--from", photos))[0] == 0
    crops = tmp_path / "out" / "crops.jsonl"
    before = [line for line in crops.read_text().splitlines() if '"chat/' not in line]
    async with opened(tmp_path) as store:
        await store.withdraw(HOME, ANN)
        await store.withdraw(HOME, BEN)
    withdrawing.settle(tmp_path / "out", ())  # what the next build begins with
    assert crops.read_text().splitlines() == before
    assert not (tmp_path / "out" / "rap").exists()
    code, output = await build(tmp_path, "--from", photos)
    assert code == 0, output
    assert crops.read_text().splitlines() == before


def test_what_a_killed_build_left_or_a_note_that_cannot_be_read_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / CHATS).mkdir()
    (tmp_path / CHATS / "1.jpg").write_bytes(b"photo")
    (tmp_path / withdrawing.NOTED).write_text("[broken")
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "unfiled.jpg").write_bytes(b"photo")
    (tmp_path / "datasets" / "train").mkdir(parents=True)
    for name in ("datasets/train/00000.parquet", "README.md", "card.json"):
        (tmp_path / name).write_bytes(b"photo")
    (tmp_path / "my notes.md").write_text("mine")
    (tmp_path / "crops.jsonl").write_text('{"id":"photos/bo/1"}\n{"id":"chat/1/2","na')
    withdrawing.settle(tmp_path, ())
    assert {one.name for one in tmp_path.rglob("*") if one.is_file()} == {"crops.jsonl", "my notes.md"}
    assert (tmp_path / "crops.jsonl").read_text() == '{"id":"photos/bo/1"}\n'


async def test_without_a_source_or_a_store_the_command_says_so(tmp_path: Path) -> None:
    code, output = await build(tmp_path, chats=False)
    assert code == 2
    assert "--from PATH, or --chats" in output
    code, output = await build(tmp_path)
    assert code == 1
    assert "There is no store" in output
    assert not (tmp_path / "store.db").exists()


def test_the_rooms_agree_on_what_chats_are_called_and_where_pictures_are() -> None:
    assert set(PICTURE_FOLDERS) == {"pictures", "crops"}, "withdrawing.py has to know every folder of pictures"
