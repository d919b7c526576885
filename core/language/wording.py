"""Wording that several answers share: the first hello, positions, counts, the Undo button."""

from __future__ import annotations

from core.concepts import Box
from core.i18n.lazy_strings import LazyString, gettext_noop, lazy_ngettext
from core.i18n.translator import Translator
from core.messages import Button
from core.store.values import ChangeKind

_COLUMNS = (gettext_noop("on the left"), gettext_noop("in the middle"), gettext_noop("on the right"))
_POSITIONS = (
    (gettext_noop("at the top left"), gettext_noop("at the top"), gettext_noop("at the top right")),
    _COLUMNS,
    (gettext_noop("at the bottom left"), gettext_noop("at the bottom"), gettext_noop("at the bottom right")),
)
_LONGEST_LINE = 120
START = gettext_noop(
    "Hi, I'm Rapport. I remember the people, pets and things of this chat.\n"
    "\n"
    "Send me a photo and tell me who it is: “This is bo”. From then on I'll know bo, and you can ask me about any "
    "photo: “Who is this?”, “Where is bo?”, “How many dogs?”\n"
    "/help shows what else I understand."
)
HELP = gettext_noop(
    "Send me a photo, and I'll say who's in it.\n"
    "\n"
    "You can just say:\n"
    "• “This is bo” (with a photo)\n"
    "• “Who is this?”\n"
    "• “Where is bo?”, “How many dogs?”\n"
    "• “No, that's Max”\n"
    "• “bo loves snow”, “Who is bo?”\n"
    "• “Who do you know?”\n"
    "• “Forget bo”, “Undo”\n"
    "\n"
    "Or use /list, /show NAME, /undo, /settings, /privacy. Every command: /help all"
)
GROUPS = gettext_noop("In a group I answer when you mention me or reply to me; /settings changes that.")

_UNDO = {
    ChangeKind.REMEMBER: gettext_noop("Undo ({name} remembered)"),
    ChangeKind.CORRECT: gettext_noop("Undo ({name} corrected)"),
    ChangeKind.MOVE: gettext_noop("Undo ({name} corrected)"),
    ChangeKind.REASSIGN: gettext_noop("Undo (photo of {name})"),
    ChangeKind.REMOVE: gettext_noop("Undo (photo removed)"),
    ChangeKind.COVER: gettext_noop("Undo (photo of {name})"),
    ChangeKind.MERGE: gettext_noop("Undo (merged into {name})"),
    ChangeKind.RENAME: gettext_noop("Undo (renamed to {name})"),
    ChangeKind.DESCRIBE: gettext_noop("Undo (text about {name})"),
    ChangeKind.UNDESCRIBE: gettext_noop("Undo (text about {name})"),
    ChangeKind.RETELL: gettext_noop("Undo (text about {name})"),
    ChangeKind.CATEGORISE: gettext_noop("Undo (category of {name})"),
    ChangeKind.FORGET: gettext_noop("Undo ({name} forgotten)"),
    ChangeKind.FORGET_ALL: gettext_noop("Undo (all forgotten)"),
    ChangeKind.IMPORT: gettext_noop("Undo (import)"),
}
_ENDINGS = (".", "!", "?", "…", "。", "！", "？")


def english_position(box: Box, size: tuple[int, int]) -> str:
    """Which ninth of a photo of `size` (width, height) a box's middle lies in: a message to be translated."""
    width, height = size
    return _POSITIONS[_third(box.y0, box.y1, height)][_third(box.x0, box.x1, width)]


def position_in_photo(box: Box, size: tuple[int, int], translator: Translator) -> str:
    """Where in a photo of `size` (width, height) a box is, in both directions."""
    if box.area > 0.5 * size[0] * size[1]:
        return translator.gettext("right there, filling most of the photo")
    return translator.gettext(english_position(box, size))


def horizontal_position(box: Box, width: int, translator: Translator) -> str:
    """Where in a photo of `width` a box is, from left to right."""
    return translator.gettext(_COLUMNS[_third(box.x0, box.x1, width)])


def _third(start: int, end: int, length: int) -> int:
    return min(2, max(0, 3 * (start + end) // (2 * max(1, length))))


def as_sentence(text: str, translator: Translator) -> str:
    """People's own words, ended like a sentence."""
    stop = "。" if translator.language == "zh" else "."
    return text if text.endswith(_ENDINGS) else f"{text}{stop}"


def capitalised(text: str) -> str:
    """The text with a capital first letter, where the script has any."""
    return f"{text[:1].upper()}{text[1:]}"


def in_brief(text: str) -> str:
    """A text in one line of a list, cut short where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1].rstrip()}…"


def names(count: int) -> LazyString:
    """1 name, 3 names."""
    return lazy_ngettext("{count} name", "{count} names", count)


def photos(count: int) -> LazyString:
    """1 photo, 3 photos."""
    return lazy_ngettext("{count} photo", "{count} photos", count)


def undo_button(
    change_id: int, translator: Translator, kind: ChangeKind | None = None, name: str = ""
) -> tuple[Button, ...]:
    """The button under a reply about an edit that can be undone; it says what it would take back."""
    label = _UNDO.get(kind, gettext_noop("Undo")) if kind else gettext_noop("Undo")
    return (Button(translator.gettext(label, name=name), f"/undo {change_id}"),)
