"""The story of the main job, told over every adapter with the real lite weights."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.build.rapport import Rapport
from bot.config import Config
from bot.running.rapport import rapport
from core.models import memory
from tests.support.databases.chosen import url
from tests.support.drivers import EVERYWHERE, OpenDriver
from tests.support.photos import blurred, brightened, cropped, mirrored, photo, rotated


@pytest.fixture
def shots(tmp_path: Path, weights_dir: Path) -> dict[str, Path]:
    """The cat, the cat again as another photo would show it, the cat so that nobody is sure, and a cup, twice."""
    pictures = {
        "cat": photo("cat"),
        "again": photo("cat", mirrored, brightened(1.2), rotated(5), cropped(0.05, 0.05, 0.95, 0.95)),
        "unsure": photo("cat", brightened(1.6), rotated(45), blurred(1)),
        "other": photo("coffee"),
        "its twin": photo("coffee", mirrored),
    }
    paths = {name: tmp_path / f"{name}.png" for name in pictures}
    for name, path in paths.items():
        path.write_bytes(pictures[name])
    return paths


@pytest.fixture
async def running(tmp_path: Path, weights_dir: Path, database: str) -> AsyncIterator[tuple[Rapport, Config]]:
    config = Config(
        store={"url": url(tmp_path)},
        models={"cache": weights_dir},
        web={"port": 0},
    )
    async with rapport(config) as parts:
        yield parts, config
    memory.release()  # each test loads the models, which the collector has been told to pass over


@EVERYWHERE
async def test_remember_recognise_ask_correct_forget(
    running: tuple[Rapport, Config], open_driver: OpenDriver, shots: dict[str, Path], tmp_path: Path
) -> None:
    async with open_driver(*running, tmp_path) as person:
        assert "Nice to meet bo!" in await person.say("/remember bo | cat | a tabby who naps", shots["cat"])

        seen = await person.say("", shots["again"])
        assert "That's bo." in seen
        assert "a tabby who naps" in seen
        assert "Yes, that's bo" in await person.say("is bo in this photo?")
        assert "bo is " in await person.say("where is bo?")

        stranger = await person.say("", shots["other"])
        assert "bo" not in stranger.split()
        assert "No, I don't see bo here." in await person.say("is this bo?")

        await person.say("", shots["again"])
        assert "won't take that for bo again" in await person.press("Not bo")
        assert "That's bo" not in await person.say("", shots["again"])
        assert "taken that correction of bo back" in await person.say("/undo")
        assert "That's bo." in await person.say("", shots["again"])

        assert "I've forgotten" in await person.say("/forget bo")  # the page takes the name out of its lines at once
        assert "That's bo" not in await person.say("", shots["again"])
        assert "bo is back." in await person.say("/undo")
        assert "That's bo." in await person.say("", shots["again"])
        await person.say("/forget bo")
        assert "I don't know anyone or anything called bo" in await person.say("/show bo")


@pytest.mark.sqlite  # on a server it says nothing that the others don't
@EVERYWHERE
async def test_plain_words_teach_answer_and_correct(
    running: tuple[Rapport, Config], open_driver: OpenDriver, shots: dict[str, Path], tmp_path: Path
) -> None:
    async with open_driver(*running, tmp_path) as person:
        assert "Nice to meet Bo!" in await person.say("this is Bo", shots["cat"])
        assert "might be Bo" in await person.say("", shots["unsure"])
        assert "Bo now has 2 photos" in await person.say("yes")

        assert "cup" in await person.say("", shots["other"])
        assert "Nice to meet Kettle!" in await person.say("that's Kettle")
        assert "That's Kettle." in await person.say("", shots["its twin"])
        assert "Nice to meet Max!" in await person.say("no, that's Max")
        assert "That's Max." in await person.say("", shots["its twin"])

        assert "That's Bo." in await person.say("", shots["again"])
        assert "forgotten" not in await person.say("don't forget Bo's birthday")
        assert "forgotten Bo" in await person.say("forget Bo")
        assert "Bo." not in await person.say("", shots["again"])
        assert "Bo is back." in await person.say("undo")
        assert "That's Bo." in await person.say("", shots["again"])


@EVERYWHERE
async def test_mistakes_are_put_right_and_that_is_taken_back(
    running: tuple[Rapport, Config], open_driver: OpenDriver, shots: dict[str, Path], tmp_path: Path
) -> None:
    async with open_driver(*running, tmp_path) as person:
        await person.say("/remember Kettle", shots["other"])
        assert "That's Kettle." in await person.say("", shots["its twin"])
        assert "Nice to meet Max!" in await person.say("no, that's Max")

        assert "Kettle is Max" in await person.say("Max and Kettle are the same")
        assert "two again" in await person.say("undo")
        assert "Max is Kettle" in await person.say("/merge Kettle | Max")
        assert "That's Kettle." in await person.say("", shots["its twin"])
        assert "2 photos" in await person.say("/show Kettle")

        assert "I have 1 photo of Kettle now" in await person.say("/remove Kettle 2")
        assert "is back" in await person.say("undo")
        assert "That photo shows Mia, not Kettle." in await person.say("/move Kettle 2 | Mia")
        assert "That photo shows Kettle again." in await person.press("Undo (photo of Mia)")


@pytest.mark.sqlite
@EVERYWHERE
async def test_a_review_asks_what_is_uncertain_until_nothing_is(
    running: tuple[Rapport, Config], open_driver: OpenDriver, shots: dict[str, Path], tmp_path: Path
) -> None:
    async with open_driver(*running, tmp_path) as person:
        await person.say("/remember Bo | cat", shots["cat"])
        assert "nothing that I'm unsure about" in await person.say("/review")
        assert "might be Bo" in await person.say("", shots["unsure"])
        assert "Is that Bo?" in await person.say("/review")
        assert "That was the last one" in await person.press("Yes")
        assert "That's Bo." in await person.say("", shots["unsure"])
        assert "nothing that I'm unsure about" in await person.say("/review")
