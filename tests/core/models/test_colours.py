import numpy as np
import PIL.Image
import pytest

from core.images.decoding import Image
from core.models.colours import COLOURS, colours, lab


def plain(red: int, green: int, blue: int) -> Image:
    return Image(np.full((64, 96, 3), (red, green, blue), np.uint8))


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ((255, 255, 255), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((255, 0, 0), (53.2, 80.1, 67.2)),
        ((0, 0, 255), (32.3, 79.2, -107.9)),
    ],
)
def test_pixels_become_the_lab_that_everybody_else_says(
    shown: tuple[int, int, int], expected: tuple[float, float, float]
) -> None:
    assert np.allclose(lab(plain(*shown))[0, 0], expected, atol=0.2)


def test_each_cell_has_the_shares_of_its_own_colours() -> None:
    pixels = np.zeros((64, 96, 3), np.uint8)
    pixels[:, 48:] = 255
    found = colours(Image(pixels), 2, 4)
    assert found.shape == (2, 4, COLOURS)
    assert np.allclose((found**2).sum(-1), 1, atol=1e-5)
    black, white = found[0, 0], found[0, 3]
    assert black @ white < 0.01
    assert np.allclose(found[1, 0], black, atol=1e-5)


def test_near_colours_are_alike_and_others_are_not() -> None:
    yellow, nearly, blue, dark = (
        colours(plain(*one), 1, 1)[0, 0] for one in ((230, 200, 40), (227, 196, 46), (40, 60, 200), (115, 100, 20))
    )
    assert yellow @ nearly > 0.9
    assert yellow @ blue < 0.1
    assert yellow @ blue < yellow @ dark < yellow @ nearly


def test_a_photo_of_any_shape_and_one_pixel_has_colours() -> None:
    for size in ((1, 1), (3, 200)):
        found = colours(Image(np.asarray(PIL.Image.new("RGB", size, "red"))), 3, 5)
        assert found.shape == (3, 5, COLOURS)
        assert np.isfinite(found).all()
