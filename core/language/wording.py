"""Wording that several answers share: places, counts of names and photos, the Undo button."""

from __future__ import annotations

from core.concepts import Box
from core.i18n.lazy_strings import LazyString, gettext_noop, lazy_ngettext
from core.i18n.translator import Translator
from core.messages import Button

_SIDES = (gettext_noop("on the left"), gettext_noop("in the middle"), gettext_noop("on the right"))
_SPOTS = (
    (gettext_noop("at the top left"), gettext_noop("at the top"), gettext_noop("at the top right")),
    _SIDES,
    (gettext_noop("at the bottom left"), gettext_noop("at the bottom"), gettext_noop("at the bottom right")),
)
_ENDINGS = (".", "!", "?", "…", "。", "！", "？")


def spot(box: Box, size: tuple[int, int], translator: Translator) -> str:
    """Where in the photo a box is, in both directions."""
    width, height = size
    if box.area > 0.5 * width * height:
        return translator.gettext("right there, filling most of the photo")
    row, column = _third(box.y0, box.y1, height), _third(box.x0, box.x1, width)
    return translator.gettext(_SPOTS[row][column])


def side(box: Box, width: int, translator: Translator) -> str:
    """Where in the photo a box is, from left to right."""
    return translator.gettext(_SIDES[_third(box.x0, box.x1, width)])


def _third(start: int, end: int, length: int) -> int:
    return min(2, max(0, 3 * (start + end) // (2 * max(1, length))))


def sentence(text: str, translator: Translator) -> str:
    """People's own words, ended like a sentence."""
    stop = "。" if translator.language == "zh" else "."
    return text if text.endswith(_ENDINGS) else f"{text}{stop}"


def capital(text: str) -> str:
    """The text with a capital first letter, where the script has any."""
    return f"{text[:1].upper()}{text[1:]}"


def names(count: int) -> LazyString:
    """1 name, 3 names."""
    return lazy_ngettext("{count} name", "{count} names", count)


def photos(count: int) -> LazyString:
    """1 photo, 3 photos."""
    return lazy_ngettext("{count} photo", "{count} photos", count)


def undo_button(change_id: int, translator: Translator) -> tuple[Button, ...]:
    """The button under whatever can be taken back."""
    return (Button(translator.gettext("Undo"), f"/undo {change_id}"),)
