"""Wording that several answers share: places, counts of names and photos, the Undo button."""

from __future__ import annotations

from core.concepts import Box
from core.i18n.lazy_strings import Phrase, mark, plural
from core.i18n.translator import Voice
from core.messages import Button

_SIDES = (mark("on the left"), mark("in the middle"), mark("on the right"))
_SPOTS = (
    (mark("at the top left"), mark("at the top"), mark("at the top right")),
    _SIDES,
    (mark("at the bottom left"), mark("at the bottom"), mark("at the bottom right")),
)
_ENDINGS = (".", "!", "?", "…", "。", "！", "？")


def spot(box: Box, size: tuple[int, int], voice: Voice) -> str:
    """Where in the photo a box is, in both directions."""
    width, height = size
    if box.area > 0.5 * width * height:
        return voice.say("right there, filling most of the photo")
    row, column = _third(box.y0, box.y1, height), _third(box.x0, box.x1, width)
    return voice.say(_SPOTS[row][column])


def side(box: Box, width: int, voice: Voice) -> str:
    """Where in the photo a box is, from left to right."""
    return voice.say(_SIDES[_third(box.x0, box.x1, width)])


def _third(start: int, end: int, length: int) -> int:
    return min(2, max(0, 3 * (start + end) // (2 * max(1, length))))


def sentence(text: str, voice: Voice) -> str:
    """People's own words, ended like a sentence."""
    stop = "。" if voice.language == "zh" else "."
    return text if text.endswith(_ENDINGS) else f"{text}{stop}"


def capital(text: str) -> str:
    """The text with a capital first letter, where the script has any."""
    return f"{text[:1].upper()}{text[1:]}"


def names(count: int) -> Phrase:
    """1 name, 3 names."""
    return plural("{count} name", "{count} names", count)


def photos(count: int) -> Phrase:
    """1 photo, 3 photos."""
    return plural("{count} photo", "{count} photos", count)


def undo_button(change_id: int, voice: Voice) -> tuple[Button, ...]:
    """The button under whatever can be taken back."""
    return (Button(voice.say("Undo"), f"/undo {change_id}"),)
