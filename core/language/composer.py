"""The generator of the base set: no language model, only what was seen and what people said.

It answers who and what is there, where, how many, and what the chat was told about a name; asked for
more than that, it says plainly that it takes a vision-language model, and how to turn one on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence

from core.assistant.texts import START
from core.concepts import Grade, Sighting
from core.i18n.lazy_strings import gettext_noop
from core.language.nouns import counted, named, noun, nouns, singular, spoken, strangers, the
from core.language.questions import Intent, shares_a_word, tidied, understood
from core.language.wording import capital, sentence, side, spot
from core.names import fold, masked, mentioned
from core.ports import Prompt, PromptConcept

_NEEDS_MODEL = gettext_noop(
    "For more than who, what, where and how many I need a vision-language model: my host can turn one "
    'on with generator.kind = "openai" (the README shows how).'
)
_NOBODY_YET = gettext_noop("I don't know anyone here yet. Send me a photo with /remember and a name.")


class Composer:
    """Behind the `Generator` port: composes its answer out of facts, so it can't make anything up."""

    identity = "composer"
    sees = False

    async def generate(self, prompt: Prompt) -> AsyncIterator[str]:
        """The whole answer at once: composing takes no time that anybody could watch."""
        yield prompt.translator.sentence_gap.join(compose(prompt))


def compose(prompt: Prompt) -> list[str]:
    """The sentences that answer `prompt`, never none."""
    question = tidied(masked(prompt.question, prompt.names))
    if not question and prompt.shows:
        return _describe(prompt)
    for intent, what in understood(question, prompt.translator.language):
        sentences = _ANSWERS[intent](prompt, what)
        if sentences:
            return sentences
    return _beyond(prompt)


# ── who and what is there ─────────────────────────────────────────────────────────────────────────


def _describe(prompt: Prompt) -> list[str]:
    sure = [seen for seen in prompt.sightings if seen.grade is Grade.SURE]
    maybe = [seen for seen in prompt.sightings if seen.grade is Grade.MAYBE]
    others = _strangers(prompt)
    sentences = [_here_is(prompt, sure)] if sure else []
    sentences += [_perhaps(prompt, seen) for seen in maybe]
    if others and sentences:
        sentences.append(prompt.translator.gettext("I also see {others}.", others=others))
    elif others:
        sentences.append(prompt.translator.gettext("I see {others}.", others=others))
    names = {_name(seen) for seen in sure}
    sentences += [_quoted(prompt, one) for one in prompt.known if one.info and one.name in names]
    return sentences or [prompt.translator.gettext("I don't recognise anyone or anything here.")]


def _here_is(prompt: Prompt, sure: Sequence[Sighting]) -> str:
    names = prompt.translator.format_list([_placed(prompt, _name(seen), seen) for seen in sure])
    if len(sure) == 1:
        return prompt.translator.gettext("That's {who}.", who=names)
    return prompt.translator.gettext("I see {names}.", names=names)


def _perhaps(prompt: Prompt, seen: Sighting) -> str:
    gettext, where = prompt.translator.gettext, _place(seen, prompt)
    what = the(seen.region.category, prompt.translator) if seen.region.category else gettext("that")
    if where:
        said = gettext("{what} {place} might be {name}. Is it?", what=what, place=where, name=_name(seen))
    else:
        said = gettext("{what} might be {name}. Is it?", what=what, name=_name(seen))
    return capital(said)


def _strangers(prompt: Prompt) -> str:
    """Everything that is nobody we know, counted: "two people I don't know and a chair"."""
    unmatched = [seen for seen in prompt.sightings if seen.match is None]
    categories = Counter(seen.region.category for seen in unmatched if seen.region.category)
    listed = [strangers(category, count, prompt.translator) for category, count in categories.most_common()]
    return prompt.translator.format_list(listed)


def _quoted(prompt: Prompt, known: PromptConcept) -> str:
    return f"{known.name}: {sentence(known.info, prompt.translator)}"


# ── the questions it understands: each answers with no sentences when it has nothing to say ───────


def _greet(prompt: Prompt, _: str) -> list[str]:
    if prompt.names:
        some = _some(prompt)
        return [prompt.translator.gettext("Hello! Send me a photo, or ask me about {names}.", names=some)]
    return [
        prompt.translator.gettext("Hello! Send me a photo with /remember and a name, and I'll know them from then on.")
    ]


def _help(prompt: Prompt, _: str) -> list[str]:
    return [prompt.translator.gettext(START)]


def _thank(prompt: Prompt, _: str) -> list[str]:
    return [prompt.translator.gettext("You're welcome!")]


def _where(prompt: Prompt, _: str) -> list[str]:
    names = mentioned(prompt.question, prompt.names)
    if not prompt.shows:
        translator = prompt.translator
        said = translator.gettext("Send me a photo, and I'll look for {names}.", names=translator.format_list(names))
        return [said] if names else []
    return [_where_is(prompt, name) for name in names] or _where_category(prompt)


def _where_is(prompt: Prompt, name: str) -> str:
    gettext, seen = prompt.translator.gettext, _sighting_of(prompt, name)
    if seen is None:
        return gettext("I don't see {name} in this photo.", name=name)
    company = _neighbour(seen, prompt)
    place = spot(seen.region.box, prompt.size, prompt.translator)
    if company:
        place = gettext("{place}, beside {company}", place=place, company=company)
    if seen.grade is Grade.SURE:
        return gettext("{name} is {place}.", name=name, place=place)
    return gettext("I'm not sure, but that might be {name} {place}.", name=name, place=place)


def _where_category(prompt: Prompt) -> list[str]:
    """Where the dog is, whoever it is."""
    found = []
    for seen in prompt.sightings:
        category = _category(seen, prompt)
        if category and mentioned(prompt.question, spoken(category, prompt.translator)):
            who = _name(seen) if seen.grade is Grade.SURE else capital(the(category, prompt.translator))
            place = spot(seen.region.box, prompt.size, prompt.translator)
            found.append(prompt.translator.gettext("{name} is {place}.", name=who, place=place))
    return found


def _count(prompt: Prompt, what: str) -> list[str]:
    if not prompt.shows:
        return [prompt.translator.gettext("Send me a photo, and I'll count.")]
    found = [seen for seen in prompt.sightings if _is_a(seen, what, prompt)]
    if not found:
        return [_none_of(prompt, what)]
    kind = next((word for seen in found if (word := _kind(seen, what, prompt))), what)
    names = [_name(seen) for seen in found if seen.grade is Grade.SURE]
    many = counted(kind, len(found), prompt.translator)
    if not names:
        return [prompt.translator.gettext("I count {many}.", many=many)]
    if len(names) < len(found):
        names.append(strangers(kind, len(found) - len(names), prompt.translator))
    return [
        prompt.translator.gettext("I count {many}: {names}.", many=many, names=prompt.translator.format_list(names))
    ]


def _is_kind(prompt: Prompt, what: str) -> list[str]:
    """Is this a dog? Only for kinds that the detector has a word for."""
    return _count(prompt, what) if prompt.shows and named(what, prompt.translator) else []


def _none_of(prompt: Prompt, what: str) -> str:
    kind = named(what, prompt.translator)
    things = nouns(kind, prompt.translator) if kind else what
    return prompt.translator.gettext("I don't see any {things} here.", things=things)


def _present(prompt: Prompt, _: str) -> list[str]:
    if not prompt.shows:
        return []
    return [_is_there(prompt, name) for name in mentioned(prompt.question, prompt.names)]


def _is_there(prompt: Prompt, name: str) -> str:
    gettext, seen = prompt.translator.gettext, _sighting_of(prompt, name)
    if seen is None:
        return gettext("No, I don't see {name} here.", name=name)
    who = _placed(prompt, name, seen)
    if seen.grade is Grade.SURE:
        return gettext("Yes, that's {who}.", who=who)
    return gettext("Maybe: that could be {who}.", who=who)


def _look(prompt: Prompt, _: str) -> list[str]:
    return _describe(prompt) if prompt.shows else []


def _about(prompt: Prompt, _: str) -> list[str]:
    asked = mentioned(prompt.question, prompt.names)
    return [_told(prompt, one) for one in prompt.known if one.name in asked]


def _told(prompt: Prompt, known: PromptConcept) -> str:
    if known.info:
        return _quoted(prompt, known)
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
    """A question that facts alone can't answer: say what is known, and what it would take."""
    if recalled := _recalled(prompt):
        return recalled
    needs_model = prompt.translator.gettext(_NEEDS_MODEL)
    if prompt.shows:
        return [*_describe(prompt), *([] if prompt.followed else [needs_model])]
    asked = mentioned(prompt.question, prompt.names)
    told = [_told(prompt, one) for one in prompt.known if one.name in asked]
    if told:
        return [*told, needs_model]
    if not prompt.names:
        return [prompt.translator.gettext(_NOBODY_YET)]
    return [
        prompt.translator.gettext("Send me a photo, or ask me about {names}.", names=_some(prompt)),
        needs_model,
    ]


def _recalled(prompt: Prompt) -> list[str]:
    """What people said that has a word in common with the question, so that it is likely the answer."""
    asked = mentioned(prompt.question, prompt.names)
    about = asked or [_name(seen) for seen in prompt.sightings if seen.grade is Grade.SURE]
    question = masked(prompt.question, prompt.names)
    return [_quoted(prompt, one) for one in prompt.known if one.name in about and shares_a_word(question, one.info)]


def _some(prompt: Prompt) -> str:
    listed = sorted(prompt.names, key=fold)
    if len(listed) <= 5:
        return prompt.translator.format_list(listed)
    return prompt.translator.format_list([*listed[:4], prompt.translator.gettext("others")], last="or")


_ANSWERS: dict[Intent, Callable[[Prompt, str], list[str]]] = {
    Intent.GREET: _greet,
    Intent.THANK: _thank,
    Intent.COUNT: _count,
    Intent.WHERE: _where,
    Intent.PRESENT: _present,
    Intent.ABOUT: _about,
    Intent.LOOK: _look,
    Intent.KIND: _is_kind,
    Intent.HELP: _help,
}

# ── sightings ─────────────────────────────────────────────────────────────────────────────────────


def _name(seen: Sighting) -> str:
    return seen.match.name if seen.match else ""


def _sighting_of(prompt: Prompt, name: str) -> Sighting | None:
    return next((seen for seen in prompt.sightings if fold(_name(seen)) == fold(name)), None)


def _category(seen: Sighting, prompt: Prompt) -> str | None:
    told = next((known.category for known in prompt.known if known.name == _name(seen)), None)
    return told or seen.region.category


def _kind(seen: Sighting, asked: str, prompt: Prompt) -> str | None:
    """The word of the sighting's, the detector's or what people said, that somebody asked for."""
    words = [word for word in (seen.region.category, _category(seen, prompt)) if word]
    wanted = {fold(asked), fold(singular(asked))}
    return next((word for word in words if wanted & {fold(one) for one in spoken(word, prompt.translator)}), None)


def _is_a(seen: Sighting, asked: str, prompt: Prompt) -> bool:
    return _kind(seen, asked, prompt) is not None


def _placed(prompt: Prompt, name: str, seen: Sighting) -> str:
    """The name, and where that is when there is more than one thing in the photo."""
    place = _place(seen, prompt)
    return prompt.translator.gettext("{name} {place}", name=name, place=place) if place else name


def _place(seen: Sighting, prompt: Prompt) -> str:
    """Left, middle or right; nothing when it is alone in the photo or fills it."""
    box, (width, height) = seen.region.box, prompt.size
    if len(prompt.sightings) < 2 or box.area > 0.5 * width * height:
        return ""
    return side(box, width, prompt.translator)


def _neighbour(seen: Sighting, prompt: Prompt) -> str:
    """The other sighting that touches this one most, if any."""
    others = [one for one in prompt.sightings if one is not seen and (one.region.category or one.match)]
    touching = [(seen.region.box.overlap(other.region.box), other) for other in others]
    overlap, closest = max(touching, key=lambda pair: pair[0], default=(0.0, None))
    if closest is None or overlap < 0.02:
        return ""
    if closest.grade is Grade.SURE:
        return _name(closest)
    if closest.region.category:
        return the(closest.region.category, prompt.translator)
    return prompt.translator.gettext("the other one")
