"""Several subjects in one picture."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from bot.data import steps
from bot.data.pictures.together import Group, Together, TogetherOptions, groups
from bot.data.records import Crop
from core.concepts import Box
from tests.support.tiny.subjects import Person, crop_of

COLOURS = ((220, 30, 30), (30, 160, 60), (40, 60, 220), (240, 210, 40))
SIZES = ((160, 120), (100, 200), (240, 240), (300, 90))


def drawn(out: Path, number: int) -> Crop:
    """A grey picture with a block of a colour of its own."""
    (out / "pictures").mkdir(parents=True, exist_ok=True)
    width, height = SIZES[number]
    box = Box(width // 4, height // 4, width * 3 // 4, height * 2 // 3)
    pixels = np.full((height, width, 3), 128, np.uint8)
    pixels[box.y0 : box.y1, box.x0 : box.x1] = COLOURS[number]
    PIL.Image.fromarray(pixels).save(out / "pictures" / f"{number}.jpg", quality=95)
    crop = crop_of(Person(f"s/{number}", f"S{number}"), 0)
    return crop.model_copy(update={"picture": f"pictures/{number}.jpg", "box": box})


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("seed", range(4))
def test_each_is_found_where_its_box_is(count: int, seed: int, tmp_path: Path) -> None:
    crops = tuple(drawn(tmp_path, number) for number in range(count))
    step = Together(tmp_path, TogetherOptions(seed=seed, shortest=4))
    (picture,) = asyncio.run(step.make(Group(crops=crops)))
    pixels = np.asarray(PIL.Image.open(tmp_path / picture.picture).convert("RGB")).astype(int)
    assert picture.size == (pixels.shape[1], pixels.shape[0])
    assert picture.beside == tuple(one.id for one in crops[1:])
    boxes = {picture.subject: picture.box, **{one.subject: one.box for one in picture.others}}
    for number in range(count):
        rows, columns = np.nonzero(np.abs(pixels - COLOURS[number]).max(2) < 45)
        seen = Box(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
        assert seen.overlap(Box(*boxes[f"s/{number}"])) > 0.8


def test_one_that_would_be_too_small_is_a_reason(tmp_path: Path) -> None:
    crops = tuple(drawn(tmp_path, number) for number in range(4))
    step = Together(tmp_path, TogetherOptions(longest=64))
    made = asyncio.run(steps.run(step, [Group(crops=crops)], tmp_path))
    assert [one.reason for one in made.refusals] == ["too small together"]


def test_groups_are_of_one_split_of_different_subjects_and_names() -> None:
    people = [Person(f"s/{number}", f"N{number % 6}", beside=("s/0",) if number == 5 else ()) for number in range(30)]
    crops = [crop_of(who, number, "eval" if at % 3 else "train") for at, who in enumerate(people) for number in (0, 1)]
    names = {who.id: who.name for who in people}
    found = groups(crops, names, TogetherOptions(share=1, most=4))
    assert len(found) > 50
    assert {len(one.crops) for one in found} >= {2, 3}
    for group in found:
        assert len({one.split for one in group.crops}) == 1
        shown = [who for one in group.crops for who in (one.subject, *(other.subject for other in one.others))]
        assert len({names[who] for who in shown}) == len(shown)
    assert groups(crops, names, TogetherOptions(share=1, most=4)) == found
    assert groups(crops, names, TogetherOptions(share=0)) == []
    assert len(groups(crops, names, TogetherOptions(share=0.5))) < len(found)
