"""What is said of one photo: who and what is there, whether someone is, where, and how many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from core.concepts import Grade, Sighting
from core.i18n.lazy_strings import gettext_noop
from core.i18n.translator import Translator
from core.language.facts import told_at_sight
from core.language.nouns import ANIMALS, counted, exactly, kinds_of, nouns, strangers, the
from core.language.wording import capitalised, horizontal_position, position_in_photo
from core.names import fold
from core.ports import Prompt

_MOST_THINGS = 4  # kinds of things that an answer lists
_MOST_TOLD = 3  # names of which it repeats what people said
_TOUCHING, _SAME_PLACE, _SAME_THING = 0.02, 0.55, 0.8  # intersection over union
NOTHING_HERE = gettext_noop("I don't recognise anyone or anything here.")


def things_in(prompt: Prompt) -> tuple[Sighting, ...]:
    """The sightings of a photo, of those that are one thing seen twice only the surest."""
    kept: list[Sighting] = []
    for seen in sorted(prompt.sightings, key=_sureness, reverse=True):
        if not any(_is_one(seen, other) for other in kept):
            kept.append(seen)
    return tuple(seen for seen in prompt.sightings if seen in kept)


def describe(prompt: Prompt) -> list[str]:
    """Who is surely there, who may be, what else is there, and what people said of those who surely are."""
    translator, gettext, seen_here = prompt.translator, prompt.translator.gettext, things_in(prompt)
    sentences = []
    sure = [(name_of(seen), position_of(prompt, seen)) for seen in seen_here if seen.grade is Grade.SURE]
    if len(sure) == 1:
        name, position = sure[0]
        said = gettext("That's {name} {position}.", name=name, position=position) if position else ""
        sentences.append(capitalised(said) if position else gettext("That's {name}.", name=name))
    elif sure:
        sentences.append(gettext("I see {names}.", names=_placed(sure, translator)))
    sentences += _unsure(prompt, [seen for seen in seen_here if seen.grade is Grade.MAYBE], also=bool(sure))
    if others := strangers(unnamed(seen_here), translator):
        said = gettext_noop("I also see {others}.") if sentences else gettext_noop("I see {others}.")
        sentences.append(gettext(said, others=others))
    names = [name for name, _ in sure]
    told = [told_at_sight(one, datetime.now(UTC), translator) for one in prompt.known if one.name in names]
    before = [entry.text for entry in (*prompt.history, *prompt.said) if entry.role == "assistant"]
    sentences += [one for one in told if one and not any(one in text for text in before)][:_MOST_TOLD]
    return sentences or [gettext(NOTHING_HERE)]


def _unsure(prompt: Prompt, asked: Sequence[Sighting], *, also: bool) -> list[str]:
    """Who may be there: one is asked about; of several a "yes" would say nothing, and each has its buttons."""
    translator, gettext = prompt.translator, prompt.translator.gettext
    if len(asked) > 1:
        names = _placed([(name_of(seen), position_of(prompt, seen)) for seen in asked], translator)
        if also:
            return [gettext("I may also see {names}, but I'm not sure.", names=names)]
        return [gettext("I may see {names}, but I'm not sure.", names=names)]
    sentences = []
    for seen in asked:
        what = the(seen.region.category, translator) if seen.region.category else gettext("that")
        name, position = name_of(seen), position_of(prompt, seen)
        if position:
            said = gettext("{what} {position} might be {name}. Is it?", what=what, position=position, name=name)
        else:
            said = gettext("{what} might be {name}. Is it?", what=what, name=name)
        sentences.append(capitalised(said))
    return sentences


def _placed(named: Sequence[tuple[str, str]], translator: Translator) -> str:
    """Names in a row, each with its position where it has one."""
    with_positions = [
        translator.gettext("{name} {position}", name=name, position=at) if at else name for name, at in named
    ]
    return translator.format_list(with_positions)


def is_there(prompt: Prompt, name: str) -> str:
    """Whether a name is in the photo."""
    gettext, seen = prompt.translator.gettext, sighting_of(prompt, name)
    if seen is None:
        return gettext("No, I don't see {name} here.", name=name)
    position = position_of(prompt, seen)
    if seen.grade is not Grade.SURE:
        if position:
            return gettext("Maybe: {name} could be the one {position}.", name=name, position=position)
        return gettext("Maybe: that could be {name}.", name=name)
    if position:
        return gettext("Yes, {name} is {position}.", name=name, position=position)
    return gettext("Yes, that's {name}.", name=name)


def where_is(prompt: Prompt, name: str) -> str:
    """Where a name is in the photo, and what it touches most."""
    translator, gettext, seen = prompt.translator, prompt.translator.gettext, sighting_of(prompt, name)
    if seen is None:
        return gettext("I don't see {name} in this photo.", name=name)
    position = position_in_photo(seen.region.box, prompt.size, translator)
    others = [one for one in things_in(prompt) if one is not seen and not _is_one(seen, one)]
    touching = [(seen.region.box.overlap(one.region.box), one) for one in others]
    overlap, closest = max(touching, key=lambda pair: pair[0], default=(0.0, None))
    company = ""
    if closest is not None and overlap >= _TOUCHING:
        kind = closest.region.category
        company = name_of(closest) if closest.grade is Grade.SURE else the(kind, translator) if kind else ""
    if company:
        position = gettext("{position}, beside {company}", position=position, company=company)
    if seen.grade is Grade.SURE:
        return gettext("{name} is {position}.", name=name, position=position)
    return gettext("I'm not sure, but that might be {name} {position}.", name=name, position=position)


def where_are(prompt: Prompt, kind: str) -> list[str]:
    """Where the dog is, whoever it is; of a kind of kinds every one."""
    translator, sentences = prompt.translator, []
    for seen in of_kind(prompt, kind):
        who = name_of(seen) if seen.grade is Grade.SURE else capitalised(the(category_of(prompt, seen), translator))
        position = position_in_photo(seen.region.box, prompt.size, translator)
        sentences.append(translator.gettext("{name} is {position}.", name=who, position=position))
    return sentences or [none_of(prompt, kind)]


def how_many(prompt: Prompt, kind: str) -> str:
    """How many of a kind there are, by the detector's category or people's, and who of them is known."""
    translator, found = prompt.translator, of_kind(prompt, kind)
    if not found:
        return none_of(prompt, kind)
    what, listed = _members(prompt, kind, found)
    many = exactly(what, len(found), translator)
    if listed:
        return capitalised(translator.gettext("{many}: {names}.", many=many, names=listed))
    return translator.ngettext("There's {many}.", "There are {many}.", len(found), many=many)


def any_there(prompt: Prompt, kind: str) -> str:
    """Whether there is something of a kind."""
    translator, found = prompt.translator, of_kind(prompt, kind)
    if not found:
        if kind == "person":
            return translator.gettext("No, I don't see anyone here.")
        return translator.gettext("No, I don't see any {things} here.", things=nouns(kind, translator))
    what, listed = _members(prompt, kind, found)
    if len(found) == 1 and found[0].grade is Grade.SURE:
        return translator.gettext("Yes, that's {name}.", name=name_of(found[0]))
    many = counted(what, len(found), translator)
    if listed:
        return translator.gettext("Yes, I see {many}: {names}.", many=many, names=listed)
    return translator.gettext("Yes, I see {many}.", many=many)


def none_of(prompt: Prompt, kind: str) -> str:
    """That nothing of a kind is there."""
    if kind == "person":
        return prompt.translator.gettext("I don't see anyone here.")
    return prompt.translator.gettext("I don't see any {things} here.", things=nouns(kind, prompt.translator))


# ── sightings ─────────────────────────────────────────────────────────────────────────────────────


def name_of(seen: Sighting) -> str:
    """Whom it was taken for, "" for a stranger."""
    return seen.match.name if seen.match else ""


def sighting_of(prompt: Prompt, name: str) -> Sighting | None:
    """Where a name was seen."""
    return next((seen for seen in prompt.sightings if fold(name_of(seen)) == fold(name)), None)


def position_of(prompt: Prompt, seen: Sighting) -> str:
    """Left, middle or right; nothing when it is alone in the photo or fills it."""
    box, (width, height) = seen.region.box, prompt.size
    if len(things_in(prompt)) < 2 or box.area > 0.5 * width * height:
        return ""
    return horizontal_position(box, width, prompt.translator)


def unnamed(seen_here: Sequence[Sighting]) -> list[tuple[str, int]]:
    """The kinds of those without a name, the most frequent first, each with how many there are; few of mere things."""
    return Counter(
        seen.region.category for seen in seen_here if seen.match is None and seen.region.category
    ).most_common(_MOST_THINGS)


def of_kind(prompt: Prompt, kind: str) -> list[Sighting]:
    """The sightings of a kind, or of a kind of kinds, by the detector's word or people's."""
    wanted = {fold(one) for one in kinds_of(kind)}
    return [
        seen
        for seen in things_in(prompt)
        if wanted & {fold(seen.region.category or ""), fold(category_of(prompt, seen))}
    ]


def category_of(prompt: Prompt, seen: Sighting) -> str:
    """The category that people gave the concept, else the detector's; "" for none."""
    told = next((known.category for known in prompt.known if known.name == name_of(seen)), None)
    return told or seen.region.category or ""


def _members(prompt: Prompt, kind: str, found: Sequence[Sighting]) -> tuple[str, str]:
    """What they are called together, and who they are, "" where that says nothing more.

    "animal" stays "animal" only where there is more than one kind of it, or a name.
    """
    translator = prompt.translator
    kinds = {category_of(prompt, seen) for seen in found}
    what = kind if len(kinds) > 1 else next(iter(kinds))
    names = [name_of(seen) for seen in found if seen.grade is Grade.SURE]
    names += [translator.gettext("maybe {name}", name=name_of(seen)) for seen in found if seen.grade is Grade.MAYBE]
    rest = Counter(seen.region.category or what for seen in found if seen.grade is Grade.UNKNOWN).most_common()
    if not names and len(rest) == 1:
        return what, ""
    if names:
        return what, strangers(rest, translator, after=names, beside=what)
    return what, translator.format_list([counted(word, count, translator) for word, count in rest])


def _sureness(seen: Sighting) -> tuple[bool, bool, float]:
    return seen.grade is Grade.SURE, seen.grade is Grade.MAYBE, seen.region.confidence


def _is_one(seen: Sighting, other: Sighting) -> bool:
    """Whether two regions are one thing: at the same place, of the same kind as far as their kinds are known.

    Two names are two, however close they are.
    """
    if seen.grade is other.grade is Grade.SURE:
        return False
    overlap, kinds = seen.region.box.overlap(other.region.box), {seen.region.category, other.region.category}
    if len(kinds - {None}) < 2 or kinds <= ANIMALS:
        return overlap >= _SAME_PLACE or (overlap >= 0.3 and _holds(seen, other))
    return overlap >= _SAME_THING


def _holds(seen: Sighting, other: Sighting) -> bool:
    """Whether one region lies in the other."""
    one, another = seen.region.box, other.region.box
    return one.within(another) in (one, another)
