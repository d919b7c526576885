"""What an open-vocabulary detector is asked to look for: a chat's own words, then everyday things."""

from __future__ import annotations

from collections.abc import Iterable

from core.concepts import Region
from core.models.onnx.yolo11 import CATEGORIES

GENERAL = (
    *CATEGORIES,
    *"""statue, figurine, toy, doll, stuffed animal, mug, hat, shoe, glasses, lamp, painting, guitar,
    pillow, box, bag, plant, flower, fish, rabbit, hamster, turtle, lizard""".replace("\n    ", " ").split(", "),
)
"""COCO's kinds, and what people love to be recognised beside them."""

_MOST_OWN = 256  # words of one chat that are looked for; the newest


def vocabulary(own: Iterable[str], general: Iterable[str] = GENERAL) -> tuple[str, ...]:
    """The words for one photo, each once whatever its case: the chat's own come first, as it spells them."""
    words: dict[str, str] = {}
    for word in (*_plain(own)[-_MOST_OWN:], *general):
        if word:
            words.setdefault(word.casefold(), word)
    return tuple(words.values())


def own_first(regions: Iterable[Region], own: Iterable[str]) -> list[Region]:
    """What the chat has a word for, then the rest; each as confident as before from first to last.

    Only so many regions of a photo are looked at, and those are what somebody here cares about.
    """
    mine = set(_plain(own))
    return sorted(regions, key=lambda region: region.category not in mine)


def _plain(words: Iterable[str]) -> list[str]:
    return [" ".join(word.split()) for word in words]
