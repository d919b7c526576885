"""Fonts for names in any script, if this machine has one, and what to write instead if not.

Only Pillow's own font (plain Latin letters) is sure to be there. Accents and other scripts need a
system font (`apt install fonts-noto`, or what Windows and macOS bring), right-to-left and Indic ones
also libraqm's shaping, which Pillow's wheels hold.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from PIL import ImageFont, features

_SYSTEM_FONTS = (
    *("DejaVuSans-Bold.ttf", "NotoSans-Bold.ttf", "arialbd.ttf", "Arial Bold.ttf", "LiberationSans-Bold.ttf"),
    *("DejaVuSans.ttf", "NotoSansCJK-Bold.ttc", "NotoSansCJK-Regular.ttc", "wqy-microhei.ttc", "msyhbd.ttc"),
    *("msgothic.ttc", "malgunbd.ttf", "PingFang.ttc", "Hiragino Sans GB.ttc", "AppleSDGothicNeo.ttc"),
    *("NotoSansArabic-Bold.ttf", "NotoSansHebrew-Bold.ttf", "NotoSansDevanagari-Bold.ttf"),
    *("NotoSansThai-Bold.ttf", "Nirmala.ttf", "tahomabd.ttf", "Arial Unicode.ttf"),
    *("NotoEmoji-Bold.ttf", "NotoEmoji-Regular.ttf", "seguisym.ttf", "Apple Symbols.ttf", "Symbola.ttf"),
)
_MISSING = "\U0010fffd"  # a private code point: every font draws its glyph for missing letters
_SHAPED = {"R", "AL", "AN"}  # right-to-left classes


@dataclass(frozen=True, slots=True)
class TextInFont:
    """A text and a font that has a glyph for every letter of it."""

    text: str
    font: ImageFont.FreeTypeFont


def choose_font(name: str, number: int, size: int) -> TextInFont:
    """The name and a font of `size` pixels for it: the name as it is, else without emoji, else without accents.

    A name that no font here can draw becomes its `number`, which the text beside the picture explains.
    """
    for text in _spellings(name):
        if font := _font(text, size):
            return TextInFont(text, font)
    return TextInFont(str(number), _plain(size))


def drawable(name: str) -> bool:
    """Whether a picture would show this name, and not a number instead."""
    return any(_font(text, 24) for text in _spellings(name))


def truncated(label: TextInFont, width: float) -> TextInFont:
    """The beginning of the text that fits into `width` pixels, with dots where it was cut."""
    text, font = label.text, label.font
    if font.getlength(text) <= width:
        return label
    while len(text) > 1 and font.getlength(f"{text}...") > width:
        text = text[:-1]
    return TextInFont(f"{text.rstrip()}...", font)


def _spellings(name: str) -> list[str]:
    whole = unicodedata.normalize("NFC", " ".join(name.split()))
    kept = "".join(letter for letter in whole if unicodedata.category(letter) not in ("So", "Sk", "Cf", "Co"))
    bare = "".join(mark for mark in unicodedata.normalize("NFKD", kept) if not unicodedata.combining(mark))
    # Keycaps and flags leave stray digits or selectors behind: only letters or numbers are worth writing.
    spellings = [whole, *(" ".join(text.split()) for text in (kept, bare) if re.search(r"\w", text))]
    return [text for text in dict.fromkeys(spellings) if text]


def _font(text: str, size: int) -> ImageFont.FreeTypeFont | None:
    needs_shaping = any(
        unicodedata.bidirectional(letter) in _SHAPED or unicodedata.category(letter) in ("Mc", "Mn") for letter in text
    )
    if needs_shaping and not (features.check("raqm") and features.check("fribidi")):
        return None
    plain = _plain(size)
    if _has(plain, text):
        return plain
    for name in _SYSTEM_FONTS:
        try:
            font = ImageFont.truetype(name, size)
        except OSError:
            continue
        if _has(font, text):
            return font
    return None


def _plain(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("this Pillow was built without FreeType")
    return font


def _has(font: ImageFont.FreeTypeFont, text: str) -> bool:
    missing = _drawn(font, _MISSING)
    return all(_drawn(font, letter) != missing for letter in set(text) if not letter.isspace())


def _drawn(font: ImageFont.FreeTypeFont, letter: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(letter)
    return mask.size, bytes(mask)
