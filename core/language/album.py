"""What is said of several photos of one message: each name once, with the photos that it is in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from core.concepts import Grade
from core.language.facts import told_at_sight
from core.language.nouns import number as number_word
from core.language.nouns import strangers
from core.language.scene import name_of, things_in, unnamed
from core.language.wording import capitalised
from core.ports import Prompt

_NUMBERS = tuple[int, ...]


def describe_album(photos: Sequence[Prompt]) -> list[str]:
    """Who is in which of the photos, who may be, and who else."""
    translator, count = photos[0].translator, len(photos)
    gettext = translator.gettext
    sure, maybe, others = _found(photos)
    sentences = [_are_in(photos, names, numbers) for numbers, names in _by_photos(sure).items()]
    for name, numbers in maybe.items():
        in_photos = _in_photos(photos, numbers)
        sentences.append(capitalised(gettext("{photos}, that might be {name}. Is it?", photos=in_photos, name=name)))
    for phrase, numbers in others.items():
        in_photos = _in_photos(photos, numbers)
        sentences.append(capitalised(gettext("{photos}, I see {others}.", photos=in_photos, others=phrase)))
    if not sentences:
        return [gettext("I don't recognise anyone or anything in these photos.")]
    seen = {number for numbers in (*sure.values(), *maybe.values(), *others.values()) for number in numbers}
    if nobody := tuple(number for number in range(1, count + 1) if number not in seen and photos[number - 1].shows):
        in_photos = _in_photos(photos, nobody)
        sentences.append(capitalised(gettext("{photos}, I don't recognise anyone.", photos=in_photos)))
    told = {one.name: one for photo in photos for one in photo.known if one.name in sure}
    before = [entry.text for entry in photos[0].history if entry.role == "assistant"]
    short = [told_at_sight(one, datetime.now(UTC), translator) for one in told.values()]
    return [*sentences, *[one for one in short if one and not any(one in text for text in before)][:3]]


def by_photo(photos: Sequence[Prompt], answers: Sequence[str]) -> list[str]:
    """Answers to a question about each photo: what is the same of several is said once."""
    if len(set(answers)) == 1:
        return [answers[0]]
    same: dict[str, _NUMBERS] = {}
    for number, answer in enumerate(answers, 1):
        same[answer] = (*same.get(answer, ()), number)
    gettext = photos[0].translator.gettext
    return [
        capitalised(gettext("{photos}: {answer}", photos=_in_photos(photos, numbers), answer=answer))
        for answer, numbers in same.items()
    ]


def is_in_album(photos: Sequence[Prompt], name: str) -> str:
    """Whether a name is in the photos, and in which."""
    gettext = photos[0].translator.gettext
    sure, maybe, _ = _found(photos)
    if name in sure:
        return gettext("Yes, {where}", where=_are_in(photos, [name], sure[name]))
    if name in maybe:
        return gettext("Maybe {photos}: that could be {name}.", name=name, photos=_in_photos(photos, maybe[name]))
    return gettext("No, I don't see {name} in any of them.", name=name)


def _found(photos: Sequence[Prompt]) -> tuple[Mapping[str, _NUMBERS], Mapping[str, _NUMBERS], Mapping[str, _NUMBERS]]:
    """Names that were surely seen, names that were perhaps, and who else (in words), each with the photos it is in."""
    sure, maybe, others = (defaultdict[str, _NUMBERS](tuple) for _ in range(3))
    for number, photo in enumerate(photos, 1):
        seen_here = things_in(photo)
        for seen in seen_here:
            if seen.grade is Grade.SURE:
                sure[name_of(seen)] += (number,)
            elif seen.grade is Grade.MAYBE:
                maybe[name_of(seen)] += (number,)
        if phrase := strangers(unnamed(seen_here), photo.translator):
            others[phrase] += (number,)
    return sure, maybe, others


def _by_photos(numbers_of: Mapping[str, _NUMBERS]) -> Mapping[_NUMBERS, list[str]]:
    """The names that are in the same photos, together."""
    together = defaultdict[_NUMBERS, list[str]](list)
    for name, numbers in numbers_of.items():
        together[numbers].append(name)
    return together


def _are_in(photos: Sequence[Prompt], names: Sequence[str], numbers: _NUMBERS) -> str:
    translator, in_photos = photos[0].translator, _in_photos(photos, numbers)
    if len(names) == 1:
        return translator.gettext("{name} is {photos}.", name=names[0], photos=in_photos)
    return translator.gettext("{names} are {photos}.", names=translator.format_list(names), photos=in_photos)


def _in_photos(photos: Sequence[Prompt], numbers: _NUMBERS) -> str:
    """Which photos, counted from 1: "in photos 1, 2 and 4"."""
    translator = photos[0].translator
    if len(numbers) == len(photos) == 2:
        return translator.gettext("in both photos")
    if len(numbers) == len(photos):
        return translator.gettext("in all {number} photos", number=number_word(len(photos), translator))
    listed = translator.format_list([str(one) for one in numbers])
    return translator.ngettext("in photo {numbers}", "in photos {numbers}", len(numbers), numbers=listed)
