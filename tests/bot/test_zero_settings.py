"""Every number that can be set, set to 0: refused at start with a sentence, or it works."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.config import Config, load
from bot.running.rapport import rapport
from core.errors import ConfigError
from tests.support.decoders import shared_decoders
from tests.support.drivers import OpenDriver, discord_driver, page_driver, pipe_driver, telegram_driver
from tests.support.fakes import blocks, fake_models

NUMBERS = [
    (section, key)
    for section, one in Config.model_fields.items()
    for key, field in type(one.default).model_fields.items()
    if field.annotation in (int, float)
]
PLATFORMS = {"web": page_driver, "telegram": telegram_driver, "discord": discord_driver}


def at_zero(section: str, key: str) -> Config | str:
    """The configuration, or the sentence with which it is refused."""
    try:
        return load(None, **{section: {key: 0}})
    except ConfigError as error:
        return str(error)


ACCEPTED = [one for one in NUMBERS if isinstance(at_zero(*one), Config)]
REFUSED = [one for one in NUMBERS if one not in ACCEPTED]


def test_numbers_are_found_in_every_kind_of_section() -> None:
    assert {section for section, _ in NUMBERS} >= {"models", "generator", "web", "telegram", "chat", "limits", "quotas"}
    assert ACCEPTED
    assert REFUSED


@pytest.mark.parametrize(("section", "key"), REFUSED)
def test_a_zero_that_makes_no_sense_is_refused_by_name(section: str, key: str) -> None:
    said = at_zero(section, key)
    assert isinstance(said, str)
    assert f"{section}.{key}" in said
    assert "greater than" in said or "has to" in said


@pytest.mark.parametrize(("section", "key"), NUMBERS)
@pytest.mark.parametrize("number", [float("inf"), float("nan"), -1])
def test_no_number_is_endless_or_below_nothing(section: str, key: str, number: float) -> None:
    with pytest.raises(ConfigError, match=rf"{section}\.{key}"):
        load(None, **{section: {key: number}})


@pytest.mark.parametrize(("section", "key"), [one for one in NUMBERS if one[1].endswith("_days")])
def test_days_stay_within_the_calendar(section: str, key: str) -> None:
    assert load(None, **{section: {key: 36_500}})
    with pytest.raises(ConfigError, match=rf"{section}\.{key}"):
        load(None, **{section: {key: 1e9}})


def test_a_queue_that_no_album_fits_into_is_refused_at_start() -> None:
    with pytest.raises(
        ConfigError, match=r"limits\.queue \(9\) has to hold the photos of one message, limits\.photos \(10\)"
    ):
        load(limits={"queue": 9})
    assert load(limits={"queue": 9, "photos": 9})


@pytest.mark.parametrize(("section", "key"), ACCEPTED)
async def test_a_zero_that_is_accepted_works(section: str, key: str, tmp_path: Path) -> None:
    await story(tmp_path, PLATFORMS.get(section, pipe_driver), **{section: {key: 0}})


async def test_all_zeros_together_work(tmp_path: Path) -> None:
    zeros: dict[str, dict[str, Any]] = {}
    for section, key in ACCEPTED:
        zeros.setdefault(section, {})[key] = 0
    await story(tmp_path, pipe_driver, **zeros)


async def story(folder: Path, open_driver: OpenDriver, **sections: dict[str, Any]) -> None:
    """Somebody is taught, recognised, asked for and forgotten."""
    red, green = folder / "red.png", folder / "green.png"
    red.write_bytes(blocks("red").data)
    green.write_bytes(blocks("green").data)
    store: dict[str, Any] = {"url": f"sqlite+aiosqlite:///{folder / 'zero.db'}"}
    given = sections | {"store": store | sections.get("store", {}), "web": {"port": 0} | sections.get("web", {})}
    config = load(None, **given)
    async with (
        rapport(config, fake_models(), decoders=shared_decoders()) as running,
        open_driver(running, config, folder) as person,
    ):
        assert "Nice to meet bo!" in await person.say("/remember bo", red)
        assert "That's bo." in await person.say("", red)
        assert "dog I don't know" in await person.say("", green)
        assert "bo" in await person.say("/show bo")
        assert "forgotten" in await person.say("/forget bo")  # the page takes the name away soon
        assert "don't know" in await person.say("", red)
