"""Words for kinds of things, in each language: those that detectors see are in the catalogues.

Another kind (a person's own word, another detector's) is left untranslated.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from pluralizer import Pluralizer

from core.i18n.lazy_strings import gettext_noop
from core.i18n.translator import Translator
from core.names import fold

# COCO's, as `core.models.onnx.yolo11` calls them.
KINDS = frozenset(
    """person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire hydrant,
    stop sign, parking meter, bench, bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe,
    backpack, umbrella, handbag, tie, suitcase, frisbee, skis, snowboard, ball, kite, baseball bat,
    baseball glove, skateboard, surfboard, tennis racket, bottle, wine glass, cup, fork, knife, spoon,
    bowl, banana, apple, sandwich, orange, broccoli, carrot, hot dog, pizza, donut, cake, chair, couch,
    potted plant, bed, dining table, toilet, TV, laptop, computer mouse, remote control, keyboard,
    cell phone, microwave, oven, toaster, sink, refrigerator, book, clock, vase, scissors, teddy bear,
    hair dryer, toothbrush""".replace("\n    ", " ").split(", ")
)
# Kinds that have names of their own: an unrecognised one is somebody that the chat could know.
SOMEBODY = frozenset({"person", "bird", "cat", "dog", "horse", "sheep", "cow"})
_NUMBERS = (
    gettext_noop("one"),
    gettext_noop("two"),
    gettext_noop("three"),
    gettext_noop("four"),
    gettext_noop("five"),
    gettext_noop("six"),
    gettext_noop("seven"),
    gettext_noop("eight"),
    gettext_noop("nine"),
    gettext_noop("ten"),
    gettext_noop("eleven"),
    gettext_noop("twelve"),
)


def noun(word: str, translator: Translator) -> str:
    """The bare word: "dog"."""
    return translator.ngettext(word, plural(word), 1) if word in KINDS else word


def nouns(word: str, translator: Translator) -> str:
    """The bare plural: "dogs"."""
    if word in KINDS:
        return translator.ngettext(word, plural(word), 2)
    return plural(word) if translator.language == "en" else word


def the(word: str, translator: Translator) -> str:
    """The one there: "the dog", as the subject of a sentence."""
    if word in KINDS:
        return translator.gettext(f"the {word}")
    return f"the {word}" if translator.language == "en" else word


def counted(word: str, count: int, translator: Translator) -> str:
    """A number of them, as the object of a sentence: "a dog", "three people"."""
    if word in KINDS:
        return translator.ngettext(article(word), _several(word), count, number=number(count, translator))
    if translator.language == "en":
        return article(word) if count == 1 else f"{number(count, translator)} {plural(word)}"
    return word if count == 1 else f"{count} × {word}"


def strangers(word: str, count: int, translator: Translator) -> str:
    """A number of them that the chat doesn't know: "a dog I don't know"; of things just "a chair"."""
    if word not in SOMEBODY:
        return counted(word, count, translator)
    one, more = f"{article(word)} I don't know", f"{_several(word)} I don't know"
    return translator.ngettext(one, more, count, number=number(count, translator))


def word_forms(word: str, translator: Translator) -> frozenset[str]:
    """Singular and plural of the kind, in this language and in English."""
    return frozenset({word, plural(word), noun(word, translator), nouns(word, translator)})


def named(what: str, translator: Translator) -> str | None:
    """The kind that a word names: one in the catalogues, else in English any noun's singular; None for no kind."""
    wanted = {fold(what), fold(singular(what))}
    found = (word for word in sorted(KINDS) if wanted & {fold(one) for one in word_forms(word, translator)})
    return next(found, singular(what) if translator.language == "en" else None)


def number(count: int, translator: Translator) -> str:
    """A small number as a word."""
    return translator.gettext(_NUMBERS[count - 1]) if 0 < count <= len(_NUMBERS) else str(count)


def plural(word: str) -> str:
    """The plural of an English noun."""
    return f"{word}s" if word.isupper() else _english().plural(word)


def singular(word: str) -> str:
    """The singular of an English noun; one that is singular stays as it is."""
    return _english().singular(word)


def article(word: str) -> str:
    """The English noun with its "a" or "an"."""
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {word}"


def messages() -> Iterator[str | tuple[str, str]]:
    """Every message about the kinds that a catalogue must hold: single ones, and pairs of singular and plural."""
    for word in sorted(KINDS):
        yield word, plural(word)
        yield article(word), _several(word)
        yield f"the {word}"
        if word in SOMEBODY:
            yield f"{article(word)} I don't know", f"{_several(word)} I don't know"


def _several(word: str) -> str:
    return f"{{number}} {plural(word)}"


@cache
def _english() -> Pluralizer:
    return Pluralizer()  # type: ignore[no-untyped-call]
