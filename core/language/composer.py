"""The generator of the base set: no language model, only what was seen and what people said.

It answers who and what is there, where, how many, and what the chat was told about a name; asked for
more than that, it says plainly that it takes a vision-language model, and how to turn one on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence

from core.assistant.texts import START
from core.concepts import Grade, Sighting
from core.i18n.lazy_strings import mark
from core.language.nouns import counted, named, noun, nouns, singular, spoken, strangers, the
from core.language.questions import Intent, shares_a_word, tidied, understood
from core.language.wording import capital, sentence, side, spot
from core.names import fold, masked, mentioned
from core.ports import Known, Prompt

_NEEDS_MODEL = mark(
    "For more than who, what, where and how many I need a vision-language model: my host can turn one "
    'on with generator.kind = "openai" (the README shows how).'
)
_NOBODY_YET = mark("I don't know anyone here yet. Send me a photo with /remember and a name.")


class Composer:
    """Behind the `Generator` port: composes its answer out of facts, so it can't make anything up."""

    identity = "composer"
    sees = False

    async def generate(self, prompt: Prompt) -> AsyncIterator[str]:
        """The whole answer at once: composing takes no time that anybody could watch."""
        yield prompt.voice.gap.join(compose(prompt))


def compose(prompt: Prompt) -> list[str]:
    """The sentences that answer `prompt`, never none."""
    question = tidied(masked(prompt.question, prompt.names))
    if not question and prompt.shows:
        return _describe(prompt)
    for intent, what in understood(question, prompt.voice.language):
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
        sentences.append(prompt.voice.say("I also see {others}.", others=others))
    elif others:
        sentences.append(prompt.voice.say("I see {others}.", others=others))
    names = {_name(seen) for seen in sure}
    sentences += [_quoted(prompt, one) for one in prompt.known if one.info and one.name in names]
    return sentences or [prompt.voice.say("I don't recognise anyone or anything here.")]


def _here_is(prompt: Prompt, sure: Sequence[Sighting]) -> str:
    names = prompt.voice.join([_placed(prompt, _name(seen), seen) for seen in sure])
    if len(sure) == 1:
        return prompt.voice.say("That's {who}.", who=names)
    return prompt.voice.say("I see {names}.", names=names)


def _perhaps(prompt: Prompt, seen: Sighting) -> str:
    say, where = prompt.voice.say, _place(seen, prompt)
    what = the(seen.region.category, prompt.voice) if seen.region.category else say("that")
    if where:
        said = say("{what} {place} might be {name}. Is it?", what=what, place=where, name=_name(seen))
    else:
        said = say("{what} might be {name}. Is it?", what=what, name=_name(seen))
    return capital(said)


def _strangers(prompt: Prompt) -> str:
    """Everything that is nobody we know, counted: "two people I don't know and a chair"."""
    unmatched = [seen for seen in prompt.sightings if seen.match is None]
    categories = Counter(seen.region.category for seen in unmatched if seen.region.category)
    listed = [strangers(category, count, prompt.voice) for category, count in categories.most_common()]
    return prompt.voice.join(listed)


def _quoted(prompt: Prompt, known: Known) -> str:
    return f"{known.name}: {sentence(known.info, prompt.voice)}"


# ── the questions it understands: each answers with no sentences when it has nothing to say ───────


def _greet(prompt: Prompt, _: str) -> list[str]:
    if prompt.names:
        some = _some(prompt)
        return [prompt.voice.say("Hello! Send me a photo, or ask me about {names}.", names=some)]
    return [
        prompt.voice.say("Hello! Send me a photo with /remember and a name, and I'll know them from then on.")
    ]


def _help(prompt: Prompt, _: str) -> list[str]:
    return [prompt.voice.say(START)]


def _thank(prompt: Prompt, _: str) -> list[str]:
    return [prompt.voice.say("You're welcome!")]


def _where(prompt: Prompt, _: str) -> list[str]:
    names = mentioned(prompt.question, prompt.names)
    if not prompt.shows:
        voice = prompt.voice
        said = voice.say("Send me a photo, and I'll look for {names}.", names=voice.join(names))
        return [said] if names else []
    return [_where_is(prompt, name) for name in names] or _where_category(prompt)


def _where_is(prompt: Prompt, name: str) -> str:
    say, seen = prompt.voice.say, _sighting_of(prompt, name)
    if seen is None:
        return say("I don't see {name} in this photo.", name=name)
    company = _neighbour(seen, prompt)
    place = spot(seen.region.box, prompt.size, prompt.voice)
    if company:
        place = say("{place}, beside {company}", place=place, company=company)
    if seen.grade is Grade.SURE:
        return say("{name} is {place}.", name=name, place=place)
    return say("I'm not sure, but that might be {name} {place}.", name=name, place=place)


def _where_category(prompt: Prompt) -> list[str]:
    """Where the dog is, whoever it is."""
    found = []
    for seen in prompt.sightings:
        category = _category(seen, prompt)
        if category and mentioned(prompt.question, spoken(category, prompt.voice)):
            who = _name(seen) if seen.grade is Grade.SURE else capital(the(category, prompt.voice))
            place = spot(seen.region.box, prompt.size, prompt.voice)
            found.append(prompt.voice.say("{name} is {place}.", name=who, place=place))
    return found


def _count(prompt: Prompt, what: str) -> list[str]:
    if not prompt.shows:
        return [prompt.voice.say("Send me a photo, and I'll count.")]
    found = [seen for seen in prompt.sightings if _is_a(seen, what, prompt)]
    if not found:
        return [_none_of(prompt, what)]
    kind = next((word for seen in found if (word := _kind(seen, what, prompt))), what)
    names = [_name(seen) for seen in found if seen.grade is Grade.SURE]
    many = counted(kind, len(found), prompt.voice)
    if not names:
        return [prompt.voice.say("I count {many}.", many=many)]
    if len(names) < len(found):
        names.append(strangers(kind, len(found) - len(names), prompt.voice))
    return [prompt.voice.say("I count {many}: {names}.", many=many, names=prompt.voice.join(names))]


def _is_kind(prompt: Prompt, what: str) -> list[str]:
    """Is this a dog? Only for kinds that the detector has a word for."""
    return _count(prompt, what) if prompt.shows and named(what, prompt.voice) else []


def _none_of(prompt: Prompt, what: str) -> str:
    kind = named(what, prompt.voice)
    things = nouns(kind, prompt.voice) if kind else what
    return prompt.voice.say("I don't see any {things} here.", things=things)


def _present(prompt: Prompt, _: str) -> list[str]:
    if not prompt.shows:
        return []
    return [_is_there(prompt, name) for name in mentioned(prompt.question, prompt.names)]


def _is_there(prompt: Prompt, name: str) -> str:
    say, seen = prompt.voice.say, _sighting_of(prompt, name)
    if seen is None:
        return say("No, I don't see {name} here.", name=name)
    who = _placed(prompt, name, seen)
    if seen.grade is Grade.SURE:
        return say("Yes, that's {who}.", who=who)
    return say("Maybe: that could be {who}.", who=who)


def _look(prompt: Prompt, _: str) -> list[str]:
    return _describe(prompt) if prompt.shows else []


def _about(prompt: Prompt, _: str) -> list[str]:
    asked = mentioned(prompt.question, prompt.names)
    return [_told(prompt, one) for one in prompt.known if one.name in asked]


def _told(prompt: Prompt, known: Known) -> str:
    if known.info:
        return _quoted(prompt, known)
    command = f"/describe {known.name} | …"
    if known.category:
        return prompt.voice.say(
            "{name}: {category}. Nobody has told me more yet; you can, with {command}",
            name=known.name,
            category=noun(known.category, prompt.voice),
            command=command,
        )
    return prompt.voice.say(
        "I know what {name} looks like, but nobody has told me more yet. You can, with {command}",
        name=known.name,
        command=command,
    )


def _beyond(prompt: Prompt) -> list[str]:
    """A question that facts alone can't answer: say what is known, and what it would take."""
    if recalled := _recalled(prompt):
        return recalled
    needs_model = prompt.voice.say(_NEEDS_MODEL)
    if prompt.shows:
        return [*_describe(prompt), *([] if prompt.followed else [needs_model])]
    asked = mentioned(prompt.question, prompt.names)
    told = [_told(prompt, one) for one in prompt.known if one.name in asked]
    if told:
        return [*told, needs_model]
    if not prompt.names:
        return [prompt.voice.say(_NOBODY_YET)]
    return [prompt.voice.say("Send me a photo, or ask me about {names}.", names=_some(prompt)), needs_model]


def _recalled(prompt: Prompt) -> list[str]:
    """What people said that has a word in common with the question, so that it is likely the answer."""
    asked = mentioned(prompt.question, prompt.names)
    about = asked or [_name(seen) for seen in prompt.sightings if seen.grade is Grade.SURE]
    question = masked(prompt.question, prompt.names)
    return [
        _quoted(prompt, one)
        for one in prompt.known
        if one.name in about and shares_a_word(question, one.info)
    ]


def _some(prompt: Prompt) -> str:
    listed = sorted(prompt.names, key=fold)
    if len(listed) <= 5:
        return prompt.voice.join(listed)
    return prompt.voice.join([*listed[:4], prompt.voice.say("others")], last="or")


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
    return next((word for word in words if wanted & {fold(one) for one in spoken(word, prompt.voice)}), None)


def _is_a(seen: Sighting, asked: str, prompt: Prompt) -> bool:
    return _kind(seen, asked, prompt) is not None


def _placed(prompt: Prompt, name: str, seen: Sighting) -> str:
    """The name, and where that is when there is more than one thing in the photo."""
    place = _place(seen, prompt)
    return prompt.voice.say("{name} {place}", name=name, place=place) if place else name


def _place(seen: Sighting, prompt: Prompt) -> str:
    """Left, middle or right; nothing when it is alone in the photo or fills it."""
    box, (width, height) = seen.region.box, prompt.size
    if len(prompt.sightings) < 2 or box.area > 0.5 * width * height:
        return ""
    return side(box, width, prompt.voice)


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
        return the(closest.region.category, prompt.voice)
    return prompt.voice.say("the other one")
