"""Words for kinds of things, in each language: those that detectors see are in the catalogues, and kinds of kinds.

Another kind (a person's own word, another detector's) is left untranslated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType

from pluralizer import Pluralizer

from core.i18n.lazy_strings import gettext_noop
from core.i18n.translator import Translator
from core.language.everyday_words import KIND_OF_WORD
from core.names import fold, mentioned

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
# Kinds that have names of their own: an unrecognised one is someone that the chat could know.
SOMEBODY = frozenset({"person", "bird", "cat", "dog", "horse", "sheep", "cow"})
ANIMALS = frozenset({"bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe"})
# Kinds of kinds: what people ask for and no detector says.
GROUPS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "animal": ANIMALS,
        "pet": frozenset({"bird", "cat", "dog"}),
        "vehicle": frozenset({"bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat"}),
        "furniture": frozenset({"bench", "chair", "couch", "bed", "dining table"}),
        "food": frozenset(
            {"banana", "apple", "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake"}
        ),
        "fruit": frozenset({"banana", "apple", "orange"}),
        "vegetable": frozenset({"broccoli", "carrot"}),
        "dish": frozenset({"bottle", "wine glass", "cup", "fork", "knife", "spoon", "bowl"}),
        "cutlery": frozenset({"fork", "knife", "spoon"}),
        "bag": frozenset({"backpack", "handbag", "suitcase"}),
        "toy": frozenset({"teddy bear", "ball", "kite", "frisbee"}),
        "device": frozenset(
            {"TV", "laptop", "computer mouse", "remote control", "keyboard", "cell phone", "microwave", "oven"}
        ),
        "thing": KINDS - ANIMALS - {"person"},
    }
)
_PLURALS = {"broccoli": "broccoli", "food": "food", "furniture": "furniture", "cutlery": "cutlery"}
_COUNTED = {
    "broccoli": ("a piece of broccoli", "{number} pieces of broccoli"),
    "scissors": ("a pair of scissors", "{number} pairs of scissors"),
    "skis": ("a pair of skis", "{number} pairs of skis"),
    "food": ("something to eat", "{number} things to eat"),
    "furniture": ("a piece of furniture", "{number} pieces of furniture"),
    "cutlery": ("a piece of cutlery", "{number} pieces of cutlery"),
}
_PAIR = re.compile(
    r"\b(?:(?:sun|eye)?glasses|goggles|spectacles|binoculars|headphones|earphones|earbuds|trousers|jeans|pants|shorts|"
    r"leggings|tights|overalls|pyjamas|pajamas|pliers|tongs|tweezers|shears|clippers|scissors|skis|shoes|boots|sneakers|trainers|"
    r"sandals|slippers|socks|gloves|mittens|earrings|skates)$",
    re.IGNORECASE,
)
# What begins with the sound of a vowel, whatever its letter is.
_VOWEL = re.compile(r"(?!uni(?!n)|use|usu|eu|ewe|ukulele|ure|one)[aeiou]|hour|honest|heir", re.IGNORECASE)
_STRANGER = {"person": "someone"}
_ANOTHER = ("one I don't know", "{number} I don't know")  # of the kind that was just named
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
    return translator.ngettext(word, plural(word), 1) if _is_known(word) else word


def nouns(word: str, translator: Translator) -> str:
    """The bare plural: "dogs"."""
    if _is_known(word):
        return translator.ngettext(word, plural(word), 2)
    return plural(word) if translator.language == "en" else word


def the(word: str, translator: Translator) -> str:
    """The one there: "the dog", as the subject of a sentence."""
    if word in KINDS:
        return translator.gettext(f"the {word}")
    return f"the {word}" if translator.language == "en" else word


def is_a(name: str, word: str, translator: Translator) -> str:
    """What a name is: "Mia is a cat"."""
    if word in KINDS:
        return translator.gettext(f"{{name}} is {article(word)}.", name=name)
    return translator.gettext("I know {name} as “{category}”.", name=name, category=word)


def counted(word: str, count: int, translator: Translator) -> str:
    """A number of them, as the object of a sentence: "a dog", "three people"."""
    if _is_known(word):
        return translator.ngettext(*_one_and_more(word), count, number=number(count, translator))
    if translator.language == "en":
        return article(word) if count == 1 else f"{number(count, translator)} {plural(word)}"
    return word if count == 1 else f"{count} × {word}"


def exactly(word: str, count: int, translator: Translator) -> str:
    """The same where the number is what was asked: "one dog", "three people"."""
    if count == 1 and translator.language == "en" and word not in _COUNTED:
        return f"one {word}"
    return counted(word, count, translator)


def strangers(
    found: Sequence[tuple[str, int]], translator: Translator, *, after: Sequence[str] = (), beside: str = ""
) -> str:
    """Those of a photo that have no name, things first: "a chair and a dog I don't know".

    `found` are kinds, each with how many there are; `after` are names that come before them in the list. `beside` is
    the kind that the sentence has just named: "one I don't know".
    """
    things = [*after, *(counted(word, count, translator) for word, count in found if word not in SOMEBODY)]
    unknown = [(word, count) for word, count in found if word in SOMEBODY]
    if len(unknown) > 1:
        kinds = [counted(word, count, translator) for word, count in unknown]
        return translator.gettext("{others} I don't know", others=translator.format_list([*things, *kinds]))
    for word, count in unknown:
        one, more = _unknown(word)
        if word == beside:
            one, more = _unknown_beside(word) if translator.language != "en" else _ANOTHER
        things.append(translator.ngettext(one, more, count, number=number(count, translator)))
    return translator.format_list(things)


def kinds_of(word: str) -> frozenset[str]:
    """The kinds that detectors see of what a word names: of "animal" all of them, of "dog" that one."""
    return GROUPS.get(word, frozenset({word}))


def named(what: str, translator: Translator) -> str | None:
    """The kind, or the kind of kinds, that a word names in this language or in English; None for no kind."""
    forms = kind_forms(translator)
    return forms.get(fold(what)) or forms.get(fold(singular(what)))


def kind_in(text: str, translator: Translator) -> str | None:
    """The first kind, or kind of kinds, that a text speaks of."""
    forms = kind_forms(translator)
    return next((forms[word] for word in mentioned(text, forms)), None)


def number(count: int, translator: Translator) -> str:
    """A small number as a word."""
    return translator.gettext(_NUMBERS[count - 1]) if 0 < count <= len(_NUMBERS) else str(count)


def plural(word: str) -> str:
    """The plural of an English noun."""
    if word in _PLURALS:
        return _PLURALS[word]
    return f"{word}s" if word.isupper() else _english().plural(word)


def singular(word: str) -> str:
    """The singular of an English noun; one that is singular stays as it is."""
    return _english().singular(word)


def article(word: str) -> str:
    """The English noun with its "a" or "an", or what it is counted in: "a pair of scissors"."""
    if word in _COUNTED:
        return _COUNTED[word][0]
    if _PAIR.search(word):
        return f"a pair of {word}"
    return f"{'an' if _VOWEL.match(word) else 'a'} {word}"


def messages() -> Iterator[str | tuple[str, str]]:
    """Every message about the kinds that a catalogue must hold: single ones, and pairs of singular and plural."""
    for word in sorted(KINDS | GROUPS.keys()):
        yield word, plural(word)
        yield _one_and_more(word)
    for word in sorted(KINDS):
        yield f"the {word}"
        yield f"{{name}} is {article(word)}."
    for word in sorted(SOMEBODY):
        yield _unknown(word)
        yield _unknown_beside(word)


def _is_known(word: str) -> bool:
    return word in KINDS or word in GROUPS


def _one_and_more(word: str) -> tuple[str, str]:
    return _COUNTED.get(word) or (article(word), f"{{number}} {plural(word)}")


def _unknown(word: str) -> tuple[str, str]:
    return f"{_STRANGER.get(word) or article(word)} I don't know", f"{{number}} {plural(word)} I don't know"


def _unknown_beside(word: str) -> tuple[str, str]:
    """One more of a kind, for languages in which "one" has the kind's gender; English has `_ANOTHER`."""
    return f"one {word} I don't know", f"{{number}} more {plural(word)} I don't know"


@cache
def kind_forms(translator: Translator) -> dict[str, str]:
    """What a language and English call each kind, and people day by day, in the form in which words are compared."""
    return {
        **KIND_OF_WORD,
        **{
            fold(form): word
            for word in (*GROUPS, *sorted(KINDS))
            for form in (word, plural(word), noun(word, translator), nouns(word, translator))
        },
    }


@cache
def _english() -> Pluralizer:
    return Pluralizer()  # type: ignore[no-untyped-call]
