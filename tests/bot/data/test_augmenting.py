"""Changed pictures: the boxes are found again by drawing coloured blocks and looking for them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.data import steps
from bot.data.augmenting import Alteration, Augmentation, AugmentOptions, BackgroundOptions, Backgrounds, holds
from bot.data.pictures.masks import subject_mask
from bot.data.records import Crop, Other, Picture
from bot.data.steps import Made, Refused
from core.concepts import Box
from core.errors import ConfigError
from core.images.decoding import Image

RED, BLUE, GREY = (220, 30, 30), (30, 30, 220), (128, 128, 128)
SUBJECT, OTHER = Box(40, 50, 90, 90), Box(110, 20, 150, 60)


def crop_of(out: Path, *, split: str = "train", box: Box = SUBJECT, others: Sequence[Box] = (OTHER,)) -> Crop:
    """A grey picture of 160 × 120 pixels with a red block, the subject, and blue ones."""
    pixels = np.full((120, 160, 3), GREY, np.uint8)
    for colour, where in ((BLUE, one) for one in others):
        pixels[where.y0 : where.y1, where.x0 : where.x1] = colour
    pixels[box.y0 : box.y1, box.x0 : box.x1] = RED
    return filed(out, pixels, box, others, split)


def filed(out: Path, pixels: np.ndarray, box: Box, others: Sequence[Box] = (), split: str = "train") -> Crop:
    (out / "pictures").mkdir(parents=True, exist_ok=True)
    PIL.Image.fromarray(pixels).save(out / "pictures" / "own.jpg", quality=95)
    return Crop.model_validate(
        {
            "id": "red/1",
            "subject": "red",
            "picture": "pictures/own.jpg",
            "digest": "d",
            "box": box,
            "others": tuple(Other(box=one, subject="blue") for one in others),
            "source": "drawn",
            "licence": "CC0",
            "split": split,
            "crop": "crops/own.jpg",
            "sharpness": 1.0,
            "share": 0.1,
        }
    )


def made(step: Augmentation | Backgrounds, crop: Crop, out: Path) -> Made[Picture]:
    return asyncio.run(steps.run(step, [crop], out))


def pixels_of(out: Path, picture: Picture) -> np.ndarray:
    return np.asarray(PIL.Image.open(out / picture.picture).convert("RGB")).astype(int)


def found(pixels: np.ndarray, channel: int) -> Box:
    """Where a picture has far more of one channel than of the others."""
    rest = np.delete(pixels, channel, axis=2).max(2)
    rows, columns = np.nonzero(pixels[:, :, channel] > rest + 90)
    return Box(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)


def meets(seen: Box, told: Box, change: Alteration) -> bool:
    """Whether a box is right: to two pixels; that of a turned rectangle is a little too small, as `rotate` says."""
    if change is Alteration.ROTATION:
        return seen.overlap(told) > 0.8
    return max(abs(one - other) for one, other in zip(seen, told, strict=True)) <= 2


@pytest.mark.parametrize("change", list(Alteration))
def test_boxes_follow_the_change(change: Alteration, tmp_path: Path) -> None:
    options = AugmentOptions(copies=12, changes=(change,), at_once=1, least_side=8)
    own, *changed = made(Augmentation(tmp_path, options), crop_of(tmp_path), tmp_path).records
    assert own.box == SUBJECT
    assert not own.augmented
    assert len(changed) >= 9
    moved = 0
    for one in changed:
        pixels = pixels_of(tmp_path, one)
        assert one.augmented == (change.value,)
        assert meets(found(pixels, 0), one.box, change)
        blue = (pixels[:, :, 2] > pixels[:, :, :2].max(2) + 60).sum()
        outside = not one.others
        assert outside == (blue < 0.1 * OTHER.area) or change is Alteration.OCCLUSION
        if one.others:
            assert meets(found(pixels, 2), one.others[0].box, change) or change is Alteration.OCCLUSION
        moved += one.box != SUBJECT
    assert moved >= 6 or change in (Alteration.LIGHT, Alteration.OCCLUSION)


def test_each_kind_of_change_really_changes_the_picture(tmp_path: Path) -> None:
    own, *changed = made(Augmentation(tmp_path, AugmentOptions(copies=20)), crop_of(tmp_path), tmp_path).records
    before = pixels_of(tmp_path, own)
    for one in changed:
        after = pixels_of(tmp_path, one)
        assert after.shape != before.shape or np.abs(after - before).mean() > 0.5
    assert {change for one in changed for change in one.augmented} == {one.value for one in Alteration}


def test_pictures_are_the_same_for_the_same_seed_and_content(tmp_path: Path) -> None:
    def bytes_by_id(folder: Path, seed: int) -> dict[str, bytes]:
        options = AugmentOptions(seed=seed, copies=4)
        records = made(Augmentation(folder, options), crop_of(folder), folder).records
        return {one.id: (folder / one.picture).read_bytes() for one in records[1:]}

    first = bytes_by_id(tmp_path / "a", 1)
    assert len(first) == 4
    assert first == bytes_by_id(tmp_path / "b", 1)
    assert first != bytes_by_id(tmp_path / "c", 2)


def test_what_is_kept_for_evaluation_stays_as_it_is(tmp_path: Path) -> None:
    crop = crop_of(tmp_path, split="eval")
    assert len(made(Augmentation(tmp_path, AugmentOptions()), crop, tmp_path).records) == 1
    done = made(Backgrounds(tmp_path, BackgroundOptions(share=1)), crop, tmp_path)
    assert not done.records
    assert not done.refusals


def test_a_picture_that_is_gone_is_refused(tmp_path: Path) -> None:
    crop = crop_of(tmp_path)
    (tmp_path / crop.picture).unlink()
    done = made(Augmentation(tmp_path, AugmentOptions()), crop, tmp_path)
    assert [one.reason for one in done.refusals] == ["missing"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    corner=st.tuples(st.integers(0, 150), st.integers(0, 110)),
    size=st.tuples(st.integers(1, 160), st.integers(1, 120)),
    seed=st.integers(0, 1000),
)
def test_boxes_lie_within_the_picture(
    tmp_path: Path, corner: tuple[int, int], size: tuple[int, int], seed: int
) -> None:
    (x, y), (width, height) = corner, size
    box = Box(x, y, min(160, x + width), min(120, y + height))
    crop = crop_of(tmp_path, box=box)
    options = AugmentOptions(seed=seed, copies=3, at_once=3, least_side=1)
    for one in asyncio.run(Augmentation(tmp_path, options).make(crop)):
        with PIL.Image.open(tmp_path / one.picture) as picture:
            whole = Box(0, 0, *picture.size)
        for where in (one.box, *(other.box for other in one.others)):
            assert Box(*where).area > 0
            assert Box(*where).within(whole) == where


# ── masks and backgrounds ────────────────────────────────────────────────────────────────────────


def scene(subject: tuple[int, int, int], ground: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray, Box]:
    """A grainy ellipse on grainy ground: pixels, the truth, the ellipse's box."""
    random = np.random.default_rng(5)
    rows, columns = np.mgrid[:200, :240]
    truth = ((columns - 110) / 60) ** 2 + ((rows - 105) / 45) ** 2 <= 1
    pixels = np.where(truth[:, :, None], subject, ground) + random.normal(0, 12, (200, 240, 3))
    return np.clip(pixels, 0, 255).astype(np.uint8), truth, Box(50, 60, 171, 151)


def test_a_mask_has_the_subject_and_nothing_else() -> None:
    pixels, truth, box = scene((190, 120, 60), (70, 110, 130))
    mask = subject_mask(Image(pixels), box) > 0.5
    assert (mask & truth).sum() / (mask | truth).sum() > 0.95


def test_a_mask_that_cannot_be_trusted_is_refused() -> None:
    pixels, _, box = scene((100, 110, 120), (98, 112, 120))
    with pytest.raises(Refused, match="mask"):
        subject_mask(Image(pixels), box)
    with pytest.raises(Refused, match="no background"):
        subject_mask(Image(pixels), Image(pixels).box)


def test_another_background_leaves_the_subject_alone(tmp_path: Path) -> None:
    pixels, truth, box = scene((190, 120, 60), (70, 110, 130))
    crop = filed(tmp_path, pixels, box, [Box(200, 10, 230, 40)])
    core = np.abs((np.indices(truth.shape).transpose(1, 2, 0) - (105, 110)) / (45, 60)).max(2) < 0.6
    outside = []
    for seed in range(6):
        (picture,) = made(Backgrounds(tmp_path, BackgroundOptions(share=1, seed=seed)), crop, tmp_path).records
        changed = np.abs(pixels_of(tmp_path, picture) - pixels)
        outside.append(changed[~truth].mean())
        assert changed[core].mean() < 12  # what a JPEG makes of grain
        assert picture.augmented == ("background",)
        assert picture.box == box
        assert picture.others == ()
    assert min(outside) > 8  # the plain ground, without its grain
    assert max(outside) > 30


def test_backgrounds_come_from_a_folder_of_photos(tmp_path: Path) -> None:
    (tmp_path / "walls").mkdir()
    PIL.Image.new("RGB", (50, 70), (10, 240, 10)).save(tmp_path / "walls" / "wall.png")
    pixels, _, box = scene((190, 120, 60), (70, 110, 130))
    options = BackgroundOptions(share=1, folder=str(tmp_path / "walls"))
    (picture,) = made(Backgrounds(tmp_path, options), filed(tmp_path, pixels, box), tmp_path).records
    far = pixels_of(tmp_path, picture)[:40]
    assert np.abs(far - (10, 240, 10)).mean() < 6


def test_a_folder_without_photos_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"backgrounds\.folder"):
        Backgrounds(tmp_path, BackgroundOptions(folder=str(tmp_path / "none")))


def test_no_background_is_changed_where_somebody_else_is_in_the_box(tmp_path: Path) -> None:
    pixels, _, box = scene((190, 120, 60), (70, 110, 130))
    crop = filed(tmp_path, pixels, box, [Box(60, 70, 120, 120)])
    done = made(Backgrounds(tmp_path, BackgroundOptions(share=1)), crop, tmp_path)
    assert [one.reason for one in done.refusals] == ["somebody else is in the box"]


# ── what may still be said ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "augmented", "true"),
    [
        ("<bo> sits on the left of a sofa.", ("flip",), False),
        ("<bo> sits on a sofa.", ("flip",), True),
        ("A sign reads OPEN.", ("flip",), False),
        ("<bo> has a red collar.", ("light",), False),
        ("<bo> has a red collar.", ("rotation",), True),
        ("<bo> in the top corner.", ("scale",), False),
        ("<bo> on a beach.", ("background",), False),
        ("<bo> on a beach.", ("occlusion",), False),
        ("<bo> on a beach.", ("zoom", "flip"), False),
        ("<bo> on a beach.", ("flip", "light"), True),
        ("<bo> on a beach.", (), True),
        ("<bo> sitzt links.", ("flip",), False),
        ("<bo>在左边。", ("flip",), False),
    ],
)
def test_a_text_that_a_change_makes_false_does_not_hold(text: str, augmented: tuple[str, ...], true: bool) -> None:
    assert holds(text, augmented) is true
