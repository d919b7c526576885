import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation.data.pasted import SIZE, background, cut_out, paste
from core.concepts import Box, Mask
from core.images.decoding import Image

RED, GREEN, GREY = (220, 30, 30), (30, 160, 60), (128, 128, 128)


def plain(width: int, height: int, colour: tuple[int, int, int]) -> Image:
    return Image(np.full((height, width, 3), colour, np.uint8))


def photo() -> tuple[Image, Mask]:
    """A red disc in the lower right of a grey photo, and its mask."""
    rows, columns = np.mgrid[:80, :80]
    disc = (rows - 52) ** 2 + (columns - 52) ** 2 < 20**2
    pixels = np.where(disc.repeat(4, 0).repeat(4, 1)[..., None], RED, GREY).astype(np.uint8)
    return Image(pixels), Mask(disc.astype(np.float32))


def redness(pixels: np.ndarray) -> float:
    return float((np.abs(pixels.astype(int) - RED).sum(-1) < 60).mean())


def test_a_thing_is_cut_out_along_its_outline_or_with_what_is_around_it() -> None:
    image, mask = photo()
    outlined = cut_out(image, mask, along_outline=True)
    assert outlined.opacity.min() == 0
    assert redness(outlined.pixels[outlined.opacity > 250]) > 0.95
    square = cut_out(image, mask, along_outline=False)
    assert square.opacity.min() == 255
    assert square.pixels.shape[0] > outlined.pixels.shape[0]


@pytest.mark.parametrize("mask", [None, Mask(np.zeros((80, 80), np.float32)), Mask(np.ones((80, 80), np.float32))])
def test_where_no_mask_tells_it_is_the_middle(mask: Mask | None) -> None:
    thing = cut_out(plain(400, 200, GREEN), mask, along_outline=True)
    assert thing.pixels.shape == (150, 300, 3)
    assert thing.opacity.min() == 255


def test_the_background_has_least_of_its_photos_subject() -> None:
    image, mask = photo()
    ground = background(image, mask)
    assert (ground.width, ground.height) == SIZE
    assert redness(ground.pixels) < redness(image.pixels) / 2


@given(
    st.lists(st.tuples(st.integers(20, 400), st.integers(20, 400)), min_size=1, max_size=6),
    st.integers(0, 2**32 - 1),
)
def test_each_thing_is_wholly_in_the_picture_where_its_box_says(sizes: list[tuple[int, int]], seed: int) -> None:
    things = [cut_out(plain(width, height, RED), None, along_outline=False) for width, height in sizes]
    made = paste(plain(*SIZE, GREY), things, np.random.default_rng(seed))
    assert len(made.boxes) == len(things)
    frame = Box(0, 0, *SIZE)
    inside = np.zeros(made.image.pixels.shape[:2], bool)
    for box, thing in zip(made.boxes, things, strict=True):
        assert box.area
        assert box.within(frame) == box
        assert redness(made.image.pixels[box.y0 : box.y1, box.x0 : box.x1]) == 1
        shape = thing.pixels.shape[1] / thing.pixels.shape[0], (box.x1 - box.x0) / (box.y1 - box.y0)
        assert shape[0] == pytest.approx(shape[1], rel=0.2)
        inside[box.y0 : box.y1, box.x0 : box.x1] = True
    assert (made.image.pixels[~inside] == GREY).all()


def test_the_seed_alone_decides_a_picture() -> None:
    image, mask = photo()
    things = [cut_out(image, mask, along_outline=True), cut_out(plain(300, 200, GREEN), None, along_outline=False)]
    one, again, other = (paste(plain(*SIZE, GREY), things, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one.boxes == again.boxes != other.boxes
    assert np.array_equal(one.image.pixels, again.image.pixels)
