import numpy as np
import pytest

from core.concepts import Box, Grade, Match, Region, Sighting
from core.images.annotation import annotate, side_by_side
from core.images.decoding import Image, decode
from core.images.fonts import choose_font, drawable, truncated
from tests.support.photos import photo

NAMES = [
    "bo",
    "Zoé",
    "Ж",
    "小宝",
    "محمد",
    "🐶",
    "Bo 🐶",
    "x" * 64,
    "<b>bo</b>",
    "\u200d",
    "ﷺ",
    "e\u0301" * 20,
]
BOX = Box(60, 60, 260, 200)


def grey(width: int = 320, height: int = 240) -> Image:
    return Image(np.full((height, width, 3), 90, np.uint8))


def seen(name: str | None, grade: Grade, box: Box = BOX) -> Sighting:
    return Sighting(Region(box, "dog", 0.9), grade, Match(1, name, 0.9) if name else None, 0.9)


def changed(image: Image, drawn: Image) -> np.ndarray:
    """Where the picture differs, (height, width)."""
    return np.asarray((image.pixels != drawn.pixels).any(axis=2))


def test_nothing_seen_leaves_the_photo_as_it_is() -> None:
    assert not changed(grey(), annotate(grey(), [])).any()


@pytest.mark.parametrize("grade", list(Grade))
def test_a_box_is_drawn_along_its_edge_and_not_inside(grade: Grade) -> None:
    marks = changed(grey(), annotate(grey(), [seen("bo", grade)]))
    for edge in (
        marks[90:170, 57:63].any(axis=1),
        marks[90:170, 257:263].any(axis=1),
        marks[197:203, 90:230].any(axis=0),
    ):
        assert edge.mean() > 0.3  # a line with gaps at least
    assert not marks[90:170, 90:230].any()


def test_a_sure_line_is_whole_and_a_maybe_line_has_gaps() -> None:
    sides = {
        grade: changed(grey(), annotate(grey(), [seen("bo", grade)]))[80:180, 58:63].any(axis=1)
        for grade in (Grade.SURE, Grade.MAYBE)
    }
    assert sides[Grade.SURE].all()
    assert 0.3 < sides[Grade.MAYBE].mean() < 0.9


def test_a_stranger_has_a_thin_line_and_no_name() -> None:
    sure, unknown = (
        changed(grey(), annotate(grey(), [seen(name, grade)]))
        for name, grade in (("bo", Grade.SURE), (None, Grade.UNKNOWN))
    )
    assert 0 < unknown[80:180].sum() < sure[80:180].sum() / 1.3
    assert sure[:55].sum() > 100  # the tag above the box
    assert not unknown[:55].any()


def test_the_factor_takes_a_photo_s_boxes_to_its_shrunk_copy() -> None:
    whole = annotate(grey(), [seen("bo", Grade.SURE)])
    half = annotate(grey(), [seen("bo", Grade.SURE, Box(120, 120, 520, 400))], 0.5)
    assert not changed(whole, half).any()


def test_two_names_at_the_same_box_are_both_readable() -> None:
    one = changed(grey(), annotate(grey(), [seen("bo", Grade.SURE)]))
    both = changed(grey(), annotate(grey(), [seen("bo", Grade.SURE), seen("al", Grade.SURE)]))
    assert both.sum() > one.sum() + 100


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("box", [BOX, Box(0, 0, 320, 240), Box(300, 230, 320, 240), Box(5, 5, 6, 6), Box(9, 9, 9, 9)])
def test_any_name_can_be_drawn_at_any_box(name: str, box: Box) -> None:
    drawn = annotate(grey(), [seen(name, Grade.SURE, box), seen(name, Grade.MAYBE, box)])
    assert (drawn.width, drawn.height) == (320, 240)
    assert len(np.unique(drawn.pixels[changed(grey(), drawn)], axis=0)) > 2, "a line, and a tag with letters on it"


def test_a_tiny_photo_can_be_drawn_on() -> None:
    assert annotate(grey(16, 16), [seen("bo", Grade.SURE, Box(2, 2, 14, 14))]).width == 16


def test_plain_names_are_drawable_everywhere() -> None:
    assert drawable("Bo")
    assert choose_font("Bo", 3, 20).text == "Bo"


def test_emoji_beside_letters_are_left_out_where_no_font_has_them() -> None:
    assert choose_font("Bo 🐶", 3, 20).text in ("Bo", "Bo 🐶")


def test_a_name_that_no_font_has_becomes_its_number() -> None:
    assert not drawable("\U0010fffe")
    assert choose_font("\U0010fffe", 3, 20).text == "3"


@pytest.mark.parametrize(("name", "written"), [("Zoé", "Zoe"), ("小宝", "2"), ("محمد", "2"), ("🐶", "2"), ("Bo", "Bo")])
def test_a_machine_without_fonts_drops_accents_and_numbers_other_scripts(
    monkeypatch: pytest.MonkeyPatch, name: str, written: str
) -> None:
    monkeypatch.setenv("XDG_DATA_DIRS", "/nowhere")
    monkeypatch.setenv("XDG_DATA_HOME", "/nowhere")
    assert choose_font(name, 2, 20).text == written


def test_a_long_name_is_cut_with_dots() -> None:
    label = truncated(choose_font("x" * 64, 1, 20), 100)
    assert label.text.endswith("...")
    assert label.font.getlength(label.text) <= 100


@pytest.mark.parametrize(("count", "shape"), [(1, (1, 1)), (2, (2, 1)), (4, (2, 2)), (5, (3, 2)), (10, (4, 3))])
def test_photos_are_put_beside_each_other_in_rows(count: int, shape: tuple[int, int]) -> None:
    sheet = side_by_side([grey(64, 48)] * count)
    columns, rows = shape
    assert (sheet.width, sheet.height) == (columns * 72 - 8, rows * 56 - 8)


def test_what_is_left_free_between_photos_glares_neither_on_a_light_ground_nor_on_a_dark_one() -> None:
    white, black = (Image(np.full((48, 64, 3), level, np.uint8)) for level in (255, 0))
    sheet = side_by_side([white, black, white]).pixels
    for free in (sheet[:, 64:72], sheet[48:56], sheet[56:, 72:]):
        assert ((free > 96) & (free < 160)).all()
        assert (free == free[..., :1]).all()  # no tint of its own
    assert (sheet[:48, :64] == 255).all()
    assert (sheet[:48, 72:] == 0).all()


def test_many_large_photos_make_one_sheet_of_a_modest_size() -> None:
    sheet = side_by_side([decode(photo(name)) for name in ("cat", "astronaut", "coffee")], longest=400)
    assert max(sheet.width, sheet.height) <= 400


def test_of_several_an_unknown_one_has_its_number() -> None:
    beside = seen(None, Grade.UNKNOWN, Box(280, 100, 310, 130))
    marks = changed(grey(), annotate(grey(), [seen(None, Grade.UNKNOWN), beside]))
    assert marks[:55, 60:140].sum() > 100  # the tag above the first box
