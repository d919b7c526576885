import numpy as np
import pytest

from core.images.contact_sheet import contact_sheet, picture_of
from core.images.decoding import Image, decode, encode_jpeg
from core.messages import Card, Reply
from tests.support.fakes import COLOURS

NAMES = ["red", "green", "blue"]


def card(name: str) -> Card:
    picture = Image(np.full((120, 200, 3), COLOURS[name], np.uint8))
    return Card(name, "a dog", encode_jpeg(picture), photos=1)


def near(image: Image, colour: str, x: int, y: int) -> bool:
    return bool(abs(image.pixels[y, x].astype(int) - COLOURS[colour]).max() < 20)


def test_a_gallery_is_one_picture_with_a_square_for_each_and_its_name_below() -> None:
    sheet = decode(contact_sheet([card(name) for name in NAMES]))
    assert (sheet.width, sheet.height) == (510, 614)
    assert near(sheet, "red", 130, 130)
    assert near(sheet, "green", 380, 130)
    assert near(sheet, "blue", 130, 430)
    written = sheet.pixels[252:300, 10:250].min(axis=(0, 2)) < 100
    assert 5 < written.sum() < 120  # three letters, in the middle of 240 pixels
    assert not written[:40].any()
    assert not (sheet.pixels[310:, 270:] < 200).any()


@pytest.mark.parametrize("count", [1, 200])
def test_a_gallery_of_any_size_is_a_picture_that_can_be_sent(count: int) -> None:
    sheet = decode(contact_sheet([card("red")] * count))
    assert max(sheet.width, sheet.height) < 2600


@pytest.mark.parametrize("name", ["🐶", "x" * 64, "小宝", "\u200d"])
def test_a_name_that_is_hard_to_write_spoils_nothing(name: str) -> None:
    sheet = decode(contact_sheet([Card(name, "", None), card("red")]))
    assert (sheet.width, sheet.height) == (510, 312)
    assert near(sheet, "red", 380, 130)


def test_a_reply_with_a_picture_keeps_it_and_one_without_any_has_none() -> None:
    assert picture_of(Reply("", image=b"own", cards=(card("red"),))) == b"own"
    assert picture_of(Reply("", cards=(Card("bo", "nobody has shown it"),))) is None
