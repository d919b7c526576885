"""A gallery as one picture, for platforms that can't show a list of cards."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import PIL.Image
from PIL import ImageDraw, ImageOps

from core.images.decoding import OWN, Image, decode, encode_jpeg
from core.images.fonts import choose_font, truncated
from core.messages import Card, Reply

_LONGEST = 1600  # pixels of the sheet's width
_TILE = 240  # pixels of a picture's side where there is room
_GAP = 10
_PAPER, _BLANK, _INK = (255, 255, 255), (225, 225, 225), (20, 20, 24)


def picture_of(reply: Reply) -> bytes | None:
    """The reply's picture, or its gallery as one; None where there is neither. Blocks while it draws."""
    if reply.image is None and any(card.image for card in reply.cards):
        return contact_sheet(reply.cards)
    return reply.image


def contact_sheet(cards: Sequence[Card]) -> bytes:
    """A JPEG of the cards' pictures, row by row in their order, each with its title below.

    A title that no font here can write (`core.images.fonts.drawable`) is shown as its number, counted from 1.
    """
    columns = math.ceil(math.sqrt(len(cards)))
    side = min(_TILE, _LONGEST // columns - _GAP)
    letters = max(11, side // 9)
    across, down = side + _GAP, side + 2 * letters + _GAP
    size = columns * across + _GAP, math.ceil(len(cards) / columns) * down + _GAP
    sheet = PIL.Image.new("RGB", size, _PAPER)
    pen = ImageDraw.Draw(sheet)
    for number, card in enumerate(cards, 1):
        row, column = divmod(number - 1, columns)
        left, top = _GAP + column * across, _GAP + row * down
        picture = PIL.Image.new("RGB", (side, side), _BLANK)
        if card.image is not None:
            picture = ImageOps.fit(PIL.Image.fromarray(decode(card.image, limits=OWN).pixels), (side, side))
        sheet.paste(picture, (left, top))
        title = truncated(choose_font(card.title, number, letters), side)
        pen.text((left + side / 2, top + side + letters), title.text, _INK, title.font, anchor="mm")
    return encode_jpeg(Image(np.asarray(sheet)))
