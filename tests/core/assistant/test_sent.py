"""What people really send: albums with a broken photo, very thin photos, and what comes back of them."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import PIL.Image
import pytest

from core.images.contact_sheet import picture_of
from core.messages import Photo, Reply
from tests.core.assistant.test_assistant import ADMIN, Talk, names, talking
from tests.support.encoded.thin import thin
from tests.support.fakes import SlowTalker, blocks

BROKEN = Photo(blocks("blue").data[:300], "broken.png")
pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    async with talking(tmp_path) as talk:
        yield talk


def ratio(jpeg: bytes | None) -> float:
    assert jpeg
    with PIL.Image.open(io.BytesIO(jpeg)) as picture:
        return max(picture.size) / min(picture.size)


# ── one broken photo of several ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("at", [0, 1, 2])
async def test_one_broken_photo_of_an_album_leaves_the_others(talk: Talk, at: int) -> None:
    await talk.say("/remember bo", blocks("red"))
    photos = [blocks("red"), blocks("red", "pink")]
    photos.insert(at, BROKEN)
    seen = await talk.say("", *photos)
    assert names(seen).count("bo") == 2
    assert seen.text.count("damaged") == 1
    assert f"Photo {at + 1}: That photo is damaged" in seen.text
    assert "I don't recognise anyone" not in seen.text
    assert {one.photo for one in seen.regions} == {0, 1, 2} - {at}
    assert seen.image


async def test_a_language_model_is_asked_about_the_photos_that_can_be_read(tmp_path: Path) -> None:
    model = SlowTalker(lambda _: ["a red thing"])
    model.go_on.set()
    async with talking(tmp_path, model) as talk:
        seen = await talk.say("what is that?", BROKEN, blocks("red"))
        assert seen.text.startswith("Photo 2: a red thing")
        assert "Photo 1: That photo is damaged" in seen.text


async def test_the_good_photos_of_an_album_are_remembered_and_kept(talk: Talk) -> None:
    learnt = await talk.say("/remember bo", blocks("red"), BROKEN, blocks("red", "pink", "black"))
    assert learnt.text.startswith("Nice to meet bo! I have 2 photos now.")
    assert learnt.text.endswith(
        "Photo 2: That photo is damaged or arrived only in part. Please send it again, or a screenshot of it."
    )
    kept = await talk.say("/keep", BROKEN, blocks("red"))
    assert kept.text.startswith("I've kept it as photo 1")
    assert "Photo 1: That photo is damaged" in kept.text


@pytest.mark.parametrize("text", ["", "/remember bo", "/keep", "who is that?"])
async def test_an_album_of_broken_photos_gets_one_sentence(talk: Talk, text: str) -> None:
    said = await talk.say(text, BROKEN, BROKEN)
    assert (
        said.text
        == "Photo 1: That photo is damaged or arrived only in part. Please send it again, or a screenshot of it."
    )
    assert (await talk.say("who is that?")).text.count("damaged") == 0


# ── very thin ones ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [(6000, 16), (16, 6000)])
async def test_a_thin_photo_breaks_nothing_and_comes_back_in(talk: Talk, size: tuple[int, int]) -> None:
    shown: list[Reply] = [await talk.say("/remember bo", thin(*size), sender=ADMIN)]
    shown += [await talk.say("/show bo"), await talk.say("/list")]
    assert "bo" in shown[0].text
    pictures = [shown[0].image, *(card.image for reply in shown for card in reply.cards), *map(picture_of, shown)]
    assert max(map(ratio, pictures)) <= 20
    exported = await talk.say("/export", sender=ADMIN)
    await talk.say("/forgetall yes", sender=ADMIN)
    back = await talk.say("/import", files=exported.attachments, sender=ADMIN)
    assert back.text.startswith("I've taken in 1 name with 1 photo.")
    assert "bo: 1 photo" in (await talk.say("/list")).text
