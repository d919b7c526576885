"""A source's photo becomes a picture and a crop in the build's folder, or is refused with a reason."""

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pillow_heif
import pytest

from bot.data import steps
from bot.data.crops.cropping import Crops
from bot.data.crops.finding import SubjectFinder
from bot.data.crops.gates import CropOptions, misfit
from bot.data.records import Crop, Other, SubjectPhoto
from bot.data.sources.candidates import Candidate
from bot.data.steps import Made
from core.concepts import Box
from core.images.decoding import decode
from tests.support.annotations import photo
from tests.support.decoders import shared_decoders
from tests.support.fakes import BlockDetector, blocks


def subject(path: Path, **told: Any) -> SubjectPhoto:
    digest = hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest() if path.is_file() else "0" * 32
    return SubjectPhoto(
        **{"id": f"s/{path.name}", "subject": "s/bo", "picture": str(path), "digest": digest, "source": "s", **told}
    )


async def cut(out: Path, *photos: SubjectPhoto, finder: SubjectFinder | None = None, **options: Any) -> Made[Crop]:
    step = Crops(out, CropOptions(**options), shared_decoders(), finder=finder)
    return await steps.run(step, photos, out)


async def one(out: Path, given: SubjectPhoto, **options: Any) -> Crop:
    made = await cut(out, given, **options)
    assert not made.refusals
    return made.records[0]


async def refused(out: Path, given: SubjectPhoto, **options: Any) -> str:
    made = await cut(out, given, **options)
    assert not made.records
    return made.refusals[0].reason


async def test_a_large_photo_is_written_small_and_its_boxes_with_it(tmp_path: Path) -> None:
    path = photo(tmp_path / "a.jpg", (2000, 1500))
    other = Other(box=Box(1000, 0, 1400, 400), subject="s/mia", category="cat")
    given = subject(path, box=Box(200, 400, 1000, 1200), size=(2000, 1500), others=(other,), category="dog")
    made = await one(tmp_path / "out", given, longest=500, crop_longest=100, margin=0.1)
    assert (made.box, made.size, made.category) == (Box(50, 100, 250, 300), (500, 375), "dog")
    assert made.others == (Other(box=Box(250, 0, 350, 100), subject="s/mia", category="cat"),)
    assert made.share == pytest.approx(200 * 200 / (500 * 375), abs=1e-4)
    picture, crop = (decode((tmp_path / "out" / name).read_bytes()) for name in (made.picture, made.crop))
    assert (picture.width, picture.height) == (500, 375)
    assert (crop.width, crop.height) == (100, 100)
    around = picture.pixels[80:320, 30:270]  # a tenth of the box's side on each side
    expected = np.asarray(PIL.Image.fromarray(around).resize((100, 100)))
    assert np.corrcoef(expected.ravel(), crop.pixels.ravel())[0, 1] > 0.8


async def test_names_of_files_depend_on_content_alone(tmp_path: Path) -> None:
    path, copy = (photo(tmp_path / name / "a.jpg") for name in ("x", "y"))
    first = await one(tmp_path / "1", subject(path, box=Box(10, 10, 100, 100)))
    second = await one(tmp_path / "2", subject(copy, subject="t/other", id="t/1", box=Box(10, 10, 100, 100)))
    assert (first.picture, first.crop) == (second.picture, second.crop)
    third = await one(tmp_path / "2", subject(copy, box=Box(10, 10, 90, 100)))
    assert third.picture == first.picture
    assert third.crop != first.crop
    assert len(list((tmp_path / "2" / "pictures").iterdir())) == 1


async def test_a_build_that_is_run_again_opens_nothing_anew(tmp_path: Path) -> None:
    path = photo(tmp_path / "a.jpg")
    given = subject(path)
    before = await cut(tmp_path / "out", given)
    path.unlink()
    assert await cut(tmp_path / "out", given) == before
    assert await refused(tmp_path / "out", given, margin=0.2) == "missing picture"


async def test_a_photo_is_turned_as_its_exif_says(tmp_path: Path) -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6  # turn right
    path = photo(tmp_path / "a.jpg", (200, 150), exif=exif)
    made = await one(tmp_path / "out", subject(path))
    assert (made.size, made.box) == ((150, 200), Box(0, 0, 150, 200))
    boxed = subject(path, box=Box(10, 10, 90, 90), size=(200, 150))
    assert await refused(tmp_path / "out", boxed) == "another picture than annotated"


async def test_a_smaller_copy_of_the_annotated_picture_has_its_boxes_scaled(tmp_path: Path) -> None:
    path = photo(tmp_path / "a.jpg", (200, 150))
    made = await one(tmp_path / "out", subject(path, box=Box(100, 100, 300, 200), size=(400, 300)))
    assert made.box == Box(50, 50, 150, 100)


@pytest.mark.parametrize("kind", ["HEIF", "PNG", "WEBP", "GIF"])
async def test_every_kind_of_picture_that_chats_send_is_read(kind: str, tmp_path: Path) -> None:
    path = photo(tmp_path / "a.jpg")
    with PIL.Image.open(path) as opened:
        if kind == "HEIF":
            pillow_heif.from_pillow(opened).save(tmp_path / "a.xyz")
        else:
            opened.save(tmp_path / "a.xyz", kind)
    made = await one(tmp_path / "out", subject(tmp_path / "a.xyz"))
    with PIL.Image.open(tmp_path / "out" / made.crop) as crop:
        assert crop.format == "JPEG"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no picture that can be read"),
        (b"no picture", "no picture that can be read"),
        (b"\xff\xd8\xff\xe0 damaged", "no picture that can be read"),
        (None, "missing picture"),
    ],
)
async def test_what_is_no_picture_is_refused_and_the_others_go_on(
    data: bytes | None, reason: str, tmp_path: Path
) -> None:
    bad, good = tmp_path / "bad.jpg", photo(tmp_path / "good.jpg")
    if data is not None:
        bad.write_bytes(data)
    made = await cut(tmp_path / "out", subject(bad), subject(good))
    assert [(refusal.of, refusal.reason) for refusal in made.refusals] == [("s/bad.jpg", reason)]
    assert [crop.id for crop in made.records] == ["s/good.jpg"]


async def test_a_photo_that_changed_since_it_was_listed_is_refused(tmp_path: Path) -> None:
    path = photo(tmp_path / "a.jpg")
    given = subject(path)
    photo(path, seed=1)
    assert await refused(tmp_path / "out", given) == "changed meanwhile"


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"box": Box(10, 10, 35, 100)}, "too small"),
        ({"box": Box(500, 500, 600, 600)}, "outside the picture"),
        ({"box": Box(-90, 10, 20, 100)}, "outside the picture"),
        ({"box": Box(100, 100, 50, 50)}, "outside the picture"),
        ({"box": Box(50, 50, 50, 120)}, "outside the picture"),
        ({"box": Box(0, 60, 200, 95)}, "too long and narrow"),
        ({"box": Box(40, 40, 120, 120), "visible": 0.5}, "hidden"),
        ({"box": Box(0, 0, 199, 60)}, "cut off"),
        (
            {
                "box": Box(40, 40, 120, 120),
                "others": (Other(box=Box(40, 40, 120, 80)), Other(box=Box(60, 70, 130, 130))),
            },
            "covered",
        ),
    ],
)
async def test_views_that_teach_nothing_are_refused(told: dict[str, Any], reason: str, tmp_path: Path) -> None:
    path = photo(tmp_path / "a.jpg", (200, 150))
    assert await refused(tmp_path / "out", subject(path, **told)) == reason
    view = Candidate(picture="a.jpg", size=(200, 150), **told)
    assert misfit(CropOptions(), view) == reason  # what the annotations tell is enough


async def test_a_subject_that_is_a_small_part_of_its_picture_is_refused(tmp_path: Path) -> None:
    path = photo(tmp_path / "a.jpg", (900, 900))
    given = subject(path, box=Box(300, 300, 380, 380))
    assert await refused(tmp_path / "out", given) == "too small a part"
    assert (await one(tmp_path / "out", given, share=0.001)).share == pytest.approx(0.0079, abs=1e-4)


@pytest.mark.parametrize(
    "told",
    [
        {"box": Box(10, 20, 80, 120), "visible": 0.7},
        {"box": Box(-5, 20, 80, 120)},
        {"box": Box(0, 0, 200, 150)},
        {"box": Box(60, 40, 120, 100), "others": (Other(box=Box(0, 0, 190, 150)),)},  # in somebody's hands
    ],
)
async def test_views_that_are_good_enough_are_taken(told: dict[str, Any], tmp_path: Path) -> None:
    path = photo(tmp_path / "a.jpg", (200, 150))
    made = await one(tmp_path / "out", subject(path, **told))
    assert made.box == told["box"].within(Box(0, 0, 200, 150))
    assert misfit(CropOptions(), Candidate(picture="a.jpg", size=(200, 150), **told)) is None


@pytest.mark.parametrize("side", [60, 200, 500])
async def test_blur_counts_alike_at_every_size(side: int, tmp_path: Path) -> None:
    path = photo(tmp_path / "a.png", (side, side))
    assert (await one(tmp_path / "out", subject(path))).sharpness > 0.5
    with PIL.Image.open(path) as sharp:
        row = np.asarray(sharp, np.float32)
    for _ in range(2):  # a running mean over 9 pixels, twice and both ways
        for axis in (0, 1):
            row = np.mean([np.roll(row, shift, axis) for shift in range(-4, 5)], axis=0)
    PIL.Image.fromarray(row.astype(np.uint8)).save(path)
    assert await refused(tmp_path / "out", subject(path)) == "blurred"
    assert (await one(tmp_path / "out", subject(path), sharpness=0)).sharpness < 0.3


# ── without a box ─────────────────────────────────────────────────────────────────────────────────


def finder() -> SubjectFinder:
    return SubjectFinder(BlockDetector, "blocks")


def shown(path: Path, *colours: str) -> Path:
    path.write_bytes(blocks(*colours).data)
    return path


async def test_the_subject_is_found_as_remember_finds_it(tmp_path: Path) -> None:
    path = shown(tmp_path / "a.png", "red")
    made = await one(tmp_path / "out", subject(path), finder=finder(), sharpness=0)
    assert (made.box, made.category, made.seen) == (Box(40, 40, 200, 200), "dog", "dog")
    assert (await one(tmp_path / "out", subject(path), find="whole", sharpness=0)).box == Box(0, 0, 240, 240)


async def test_the_region_of_the_right_kind_is_the_subject_and_the_others_are_told(tmp_path: Path) -> None:
    path = shown(tmp_path / "a.png", "red", "blue")  # a dog and a cat
    for kind, left in (("dog", 40), ("cats", 240), ("tabby cat", 240)):
        made = await one(tmp_path / "out", subject(path, category=kind), finder=finder(), sharpness=0)
        assert made.box == Box(left, 40, left + 160, 200)
        assert made.category == kind
        assert [other.category for other in made.others] == (["cat"] if kind == "dog" else ["dog"])


async def test_a_person_who_holds_a_thing_is_not_the_thing(tmp_path: Path) -> None:
    path = shown(tmp_path / "a.png", "pink")
    whole = Box(0, 0, 240, 240)
    assert (await one(tmp_path / "out", subject(path, category="guitar"), finder=finder(), sharpness=0)).box == whole
    ann = await one(tmp_path / "out", subject(path, category="woman"), finder=finder(), sharpness=0)
    assert ann.box == Box(40, 40, 200, 200)


async def test_all_of_the_photo_is_the_subject_where_nothing_stands_out(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    PIL.Image.new("RGB", (200, 150), "white").save(path)
    made = await one(tmp_path / "out", subject(path, category="kite"), finder=finder(), sharpness=0)
    assert (made.box, made.category, made.seen) == (Box(0, 0, 200, 150), "kite", "")


async def test_a_detectors_word_decides_what_was_made_of_it(tmp_path: Path) -> None:
    given = subject(shown(tmp_path / "a.png", "red"))
    whole = await one(tmp_path / "out", given, sharpness=0)
    found = await one(tmp_path / "out", given, finder=finder(), sharpness=0)
    assert whole.key != found.key
    lines = (tmp_path / "out" / "crops.jsonl").read_text().splitlines()
    assert [json.loads(line)["key"] for line in lines] == [found.key]


async def test_a_very_large_photo_with_a_box_needs_the_size_it_was_drawn_on(tmp_path: Path) -> None:
    out = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, (35, 50, 3), np.uint8).repeat(100, 0).repeat(100, 1)
    PIL.Image.fromarray(pixels).save(out, "JPEG")  # 5000 × 3500: more than is handed on
    path = tmp_path / "a.jpg"
    path.write_bytes(out.getvalue())
    box = Box(1000, 1000, 3000, 3000)
    assert await refused(tmp_path / "out", subject(path, box=box), sharpness=0) == "no size for its box"
    made = await one(tmp_path / "out", subject(path, box=box, size=(5000, 3500)), sharpness=0)
    assert np.abs(np.array(made.box) - np.array(box) * 1024 / 5000).max() <= 2
