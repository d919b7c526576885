"""What an open-vocabulary detector is asked to look for: a chat's own words, then everyday things."""

from __future__ import annotations

from collections.abc import Iterable

from core.models.yolo import CATEGORIES

GENERAL = (
    *CATEGORIES,
    *"""statue, figurine, toy, doll, stuffed animal, mug, hat, shoe, glasses, lamp, painting, guitar,
    pillow, box, bag, plant, flower, fish, rabbit, hamster, turtle, lizard""".replace("\n    ", " ").split(
        ", "
    ),
)
"""COCO's kinds, and what people love to be recognised beside them."""

_MOST_OWN = 256  # words of one chat that are looked for; the newest


def vocabulary(own: Iterable[str], general: Iterable[str] = GENERAL) -> tuple[str, ...]:
    """The words for one photo, each once whatever its case: the chat's own come first, as it spells them."""
    mine = [" ".join(word.split()) for word in own]
    words: dict[str, str] = {}
    for word in (*mine[-_MOST_OWN:], *general):
        if word:
            words.setdefault(word.casefold(), word)
    return tuple(words.values())
