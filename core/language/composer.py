"""The generator of the base set: no language model, only what was seen and what people said.

It answers who and what is there, where, how many, and what the chat was told about a name; asked for
more than that, it says plainly that it takes a vision-language model, and how to turn one on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

from core.concepts import Grade, Sighting
from core.i18n.lazy_strings import gettext_noop
from core.intents import Intent, Understood
from core.language.nouns import counted, named, noun, nouns, singular, strangers, the, word_forms
from core.language.questions import readings, shares_a_word, without_punctuation
from core.language.wording import START, as_sentence, capitalised, horizontal_position, position_in_photo
from core.names import fold, masked, mentioned
from core.ports import Prompt, PromptConcept

_NEEDS_MODEL = gettext_noop(
    "For more than who, what, where and how many I need a vision-language model: my host can turn one "
    'on with generator.kind = "openai" (the README shows how).'
)
_HELLO = gettext_noop("Hello! Send me a photo with /remember and a name, and I'll know them from then on.")
_NOBODY_YET = gettext_noop("I don't know anyone here yet. Send me a photo with /remember and a name.")


class Composer:
    """Behind the `Generator` port: composes its answer out of facts, so it can't make anything up."""

    identity = "composer"
    sees = False

    async def generate(self, prompt: Prompt) -> AsyncIterator[str]:
        """The whole answer at once: composing takes no time that anybody could watch."""
        yield prompt.translator.sentence_gap.join(compose(prompt))


def compose(prompt: Prompt) -> list[str]:
    """The sentences that answer `prompt`, at least one."""
    question = without_punctuation(masked(prompt.question, prompt.names))
    if not question and prompt.shows:
        return _describe(prompt)
    for understood in readings(prompt, question):
        sentences = _answer(prompt, understood)
        if sentences:
            return sentences
    return _beyond(prompt)


def _answer(prompt: Prompt, understood: Understood) -> list[str]:
    """The sentences that answer what was understood, none where it doesn't apply after all."""
    translator, asked = prompt.translator, mentioned(prompt.question, prompt.names)
    what = next(iter(understood.names), "")
    sentences: list[str] = []
    match understood.intent:
        case Intent.GREET if prompt.names:
            some = _some_names(prompt)
            sentences = [translator.gettext("Hello! Send me a photo, or ask me about {names}.", names=some)]
        case Intent.GREET:
            sentences = [translator.gettext(_HELLO)]
        case Intent.HELP:
            sentences = [translator.gettext(START)]
        case Intent.THANKS:
            sentences = [translator.gettext("You're welcome!")]
        case Intent.ABOUT:
            sentences = [_all_about(prompt, one) for one in prompt.known if one.name in asked]
        case Intent.WHO if prompt.shows:
            sentences = _describe(prompt)
        case Intent.PRESENT if prompt.shows:
            sentences = [_is_there(prompt, name) for name in asked]
            if not sentences and named(what, translator):
                sentences = _count(prompt, what)
        case Intent.COUNT if prompt.shows:
            sentences = _count(prompt, what)
        case Intent.COUNT:
            sentences = [translator.gettext("Send me a photo, and I'll count.")]
        case Intent.WHERE if prompt.shows:
            sentences = [_where_is(prompt, name) for name in asked] or _where_category(prompt)
        case Intent.WHERE if asked:
            listed = translator.format_list(asked)
            sentences = [translator.gettext("Send me a photo, and I'll look for {names}.", names=listed)]
    return sentences


# ── photos ────────────────────────────────────────────────────────────────────────────────────────


def _describe(prompt: Prompt) -> list[str]:
    """Who is surely there, who may be, what else is there, and what people said of those who surely are."""
    translator, gettext = prompt.translator, prompt.translator.gettext
    sure = [seen for seen in prompt.sightings if seen.grade is Grade.SURE]
    sentences = []
    if sure:
        listed = translator.format_list([_name_and_position(prompt, _name(seen), seen) for seen in sure])
        alone = len(sure) == 1
        sentences.append(gettext("That's {who}.", who=listed) if alone else gettext("I see {names}.", names=listed))
    for seen in prompt.sightings:
        if seen.grade is Grade.MAYBE:
            what = the(seen.region.category, translator) if seen.region.category else gettext("that")
            if position := _position(prompt, seen):
                asked = gettext(
                    "{what} {position} might be {name}. Is it?", what=what, position=position, name=_name(seen)
                )
            else:
                asked = gettext("{what} might be {name}. Is it?", what=what, name=_name(seen))
            sentences.append(capitalised(asked))
    unmatched = [seen.region.category for seen in prompt.sightings if seen.match is None]
    categories = Counter(category for category in unmatched if category).most_common()
    others = translator.format_list([strangers(category, count, translator) for category, count in categories])
    if others and sentences:
        sentences.append(gettext("I also see {others}.", others=others))
    elif others:
        sentences.append(gettext("I see {others}.", others=others))
    names = {_name(seen) for seen in sure}
    sentences += [_info(prompt, one) for one in prompt.known if one.info and one.name in names]
    return sentences or [gettext("I don't recognise anyone or anything here.")]


def _is_there(prompt: Prompt, name: str) -> str:
    gettext, seen = prompt.translator.gettext, _sighting_of(prompt, name)
    if seen is None:
        return gettext("No, I don't see {name} here.", name=name)
    who = _name_and_position(prompt, name, seen)
    if seen.grade is Grade.SURE:
        return gettext("Yes, that's {who}.", who=who)
    return gettext("Maybe: that could be {who}.", who=who)


def _where_is(prompt: Prompt, name: str) -> str:
    """Where a name is in the photo, and what it touches most."""
    gettext, seen = prompt.translator.gettext, _sighting_of(prompt, name)
    if seen is None:
        return gettext("I don't see {name} in this photo.", name=name)
    position = position_in_photo(seen.region.box, prompt.size, prompt.translator)
    others = [one for one in prompt.sightings if one is not seen and (one.region.category or one.match)]
    touching = [(seen.region.box.overlap(other.region.box), other) for other in others]
    overlap, closest = max(touching, key=lambda pair: pair[0], default=(0.0, None))
    if closest is not None and overlap >= 0.02:
        company = gettext("the other one")
        if closest.grade is Grade.SURE:
            company = _name(closest)
        elif closest.region.category:
            company = the(closest.region.category, prompt.translator)
        position = gettext("{position}, beside {company}", position=position, company=company)
    if seen.grade is Grade.SURE:
        return gettext("{name} is {position}.", name=name, position=position)
    return gettext("I'm not sure, but that might be {name} {position}.", name=name, position=position)


def _where_category(prompt: Prompt) -> list[str]:
    """Where the dog is, whoever it is."""
    found = []
    for seen in prompt.sightings:
        category = _category(prompt, seen)
        if category and mentioned(prompt.question, word_forms(category, prompt.translator)):
            who = _name(seen) if seen.grade is Grade.SURE else capitalised(the(category, prompt.translator))
            position = position_in_photo(seen.region.box, prompt.size, prompt.translator)
            found.append(prompt.translator.gettext("{name} is {position}.", name=who, position=position))
    return found


def _count(prompt: Prompt, what: str) -> list[str]:
    """How many of a kind there are, by the detector's category or people's, and who of them is known."""
    translator, wanted = prompt.translator, {fold(what), fold(singular(what))}
    found: list[tuple[Sighting, str]] = []
    for seen in prompt.sightings:
        categories = [one for one in (seen.region.category, _category(prompt, seen)) if one]
        forms = [(one, {fold(form) for form in word_forms(one, translator)}) for one in categories]
        found += [(seen, one) for one, folded in forms if wanted & folded][:1]
    if not found:
        named_kind = named(what, translator)
        things = nouns(named_kind, translator) if named_kind else what
        return [translator.gettext("I don't see any {things} here.", things=things)]
    kind = found[0][1]
    many = counted(kind, len(found), translator)
    names = [_name(seen) for seen, _ in found if seen.grade is Grade.SURE]
    if not names:
        return [translator.gettext("I count {many}.", many=many)]
    if len(names) < len(found):
        names.append(strangers(kind, len(found) - len(names), translator))
    return [translator.gettext("I count {many}: {names}.", many=many, names=translator.format_list(names))]


# ── what people said ──────────────────────────────────────────────────────────────────────────────


def _info(prompt: Prompt, known: PromptConcept) -> str:
    return f"{known.name}: {as_sentence(known.info, prompt.translator)}"


def _all_about(prompt: Prompt, known: PromptConcept) -> str:
    if known.info:
        return _info(prompt, known)
    command = f"/describe {known.name} | …"
    if known.category:
        return prompt.translator.gettext(
            "{name}: {category}. Nobody has told me more yet; you can, with {command}",
            name=known.name,
            category=noun(known.category, prompt.translator),
            command=command,
        )
    return prompt.translator.gettext(
        "I know what {name} looks like, but nobody has told me more yet. You can, with {command}",
        name=known.name,
        command=command,
    )


def _beyond(prompt: Prompt) -> list[str]:
    """A question that facts alone can't answer: say what is known, and what it would take.

    What people said that has a word in common with the question is likely the answer.
    """
    asked = mentioned(prompt.question, prompt.names)
    about = asked or [_name(seen) for seen in prompt.sightings if seen.grade is Grade.SURE]
    question = masked(prompt.question, prompt.names)
    recalled = [one for one in prompt.known if one.name in about and shares_a_word(question, one.info)]
    if recalled:
        return [_info(prompt, one) for one in recalled]
    needs_model = prompt.translator.gettext(_NEEDS_MODEL)
    if prompt.shows:
        return [*_describe(prompt), *([] if prompt.followed else [needs_model])]
    told = [_all_about(prompt, one) for one in prompt.known if one.name in asked]
    if told:
        return [*told, needs_model]
    if not prompt.names:
        return [prompt.translator.gettext(_NOBODY_YET)]
    some = _some_names(prompt)
    return [prompt.translator.gettext("Send me a photo, or ask me about {names}.", names=some), needs_model]


def _some_names(prompt: Prompt) -> str:
    listed = sorted(prompt.names, key=fold)
    if len(listed) <= 5:
        return prompt.translator.format_list(listed)
    return prompt.translator.format_list([*listed[:4], prompt.translator.gettext("others")], last="or")


# ── sightings ─────────────────────────────────────────────────────────────────────────────────────


def _name(seen: Sighting) -> str:
    return seen.match.name if seen.match else ""


def _sighting_of(prompt: Prompt, name: str) -> Sighting | None:
    return next((seen for seen in prompt.sightings if fold(_name(seen)) == fold(name)), None)


def _category(prompt: Prompt, seen: Sighting) -> str | None:
    """The category that people gave the concept, else the detector's."""
    told = next((known.category for known in prompt.known if known.name == _name(seen)), None)
    return told or seen.region.category


def _name_and_position(prompt: Prompt, name: str, seen: Sighting) -> str:
    """The name, and where that is when there is more than one thing in the photo."""
    position = _position(prompt, seen)
    return prompt.translator.gettext("{name} {position}", name=name, position=position) if position else name


def _position(prompt: Prompt, seen: Sighting) -> str:
    """Left, middle or right; nothing when it is alone in the photo or fills it."""
    box, (width, height) = seen.region.box, prompt.size
    if len(prompt.sightings) < 2 or box.area > 0.5 * width * height:
        return ""
    return horizontal_position(box, width, prompt.translator)
