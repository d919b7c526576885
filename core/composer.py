"""The generator of the base set: no language model, only what was seen and what people said.

It answers who and what is there, where, how many, and what the chat was told about a name; asked for
more than that, it says plainly that it takes a vision-language model, and how to turn one on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence

from core.concepts import Grade, Sighting
from core.names import fold, masked, mentioned
from core.phrasing import article, counted, join, plural, sentence, side, singular, spot
from core.ports import Known, Prompt

_NEEDS_MODEL = (
    "For more than who, what, where and how many I need a vision-language model: my host can turn one "
    'on with generator.kind = "openai" (the README shows how).'
)
# Kinds that have names of their own: of these a stranger is somebody that the chat could know.
_SOMEBODY = frozenset({"person", "bird", "cat", "dog", "horse", "sheep", "cow"})


class Composer:
    """Behind the `Generator` port: composes its answer out of facts, so it can't make anything up."""

    identity = "composer"
    sees = False

    async def generate(self, prompt: Prompt) -> AsyncIterator[str]:
        """The whole answer at once: composing takes no time that anybody could watch."""
        yield " ".join(compose(prompt))


def compose(prompt: Prompt) -> list[str]:
    """The sentences that answer `prompt`, never none."""
    question = masked(prompt.question, prompt.names).rstrip(" ?!.")
    if not question and prompt.shows:
        return _describe(prompt)
    for pattern, answer in _INTENTS:
        match = pattern.search(question)
        sentences = answer(prompt, match) if match else []
        if sentences:
            return sentences
    return _beyond(prompt)


# ── who and what is there ─────────────────────────────────────────────────────────────────────────


def _describe(prompt: Prompt) -> list[str]:
    sure = [seen for seen in prompt.sightings if seen.grade is Grade.SURE]
    maybe = [seen for seen in prompt.sightings if seen.grade is Grade.MAYBE]
    others = _strangers(prompt.sightings)
    sentences = [_here_is(prompt, sure)] if sure else []
    sentences += [_perhaps(prompt, seen) for seen in maybe]
    if others:
        sentences.append(f"I {'also ' if sure or maybe else ''}see {others}.")
    names = {_name(seen) for seen in sure}
    sentences += [
        f"{one.name}: {sentence(one.info)}" for one in prompt.known if one.info and one.name in names
    ]
    return sentences or ["I don't recognise anyone or anything here."]


def _here_is(prompt: Prompt, sure: Sequence[Sighting]) -> str:
    names = [" ".join(filter(None, (_name(seen), _place(seen, prompt)))) for seen in sure]
    verb = "That's" if len(sure) == 1 else "I see"
    return f"{verb} {join(names)}."


def _perhaps(prompt: Prompt, seen: Sighting) -> str:
    what = f"the {seen.region.category}" if seen.region.category else "that"
    where = " ".join(filter(None, (what, _place(seen, prompt))))
    return f"{where[0].upper()}{where[1:]} might be {_name(seen)}. Is it?"


def _strangers(sightings: Sequence[Sighting]) -> str:
    """Everything that is nobody we know, counted: "two people I don't know and a chair"."""
    categories = [seen.region.category for seen in sightings if seen.match is None and seen.region.category]
    return join(
        [
            f"{counted(category, number)} I don't know"
            if category in _SOMEBODY
            else counted(category, number)
            for category, number in Counter(categories).most_common()
        ]
    )


# ── the questions it understands: each answers with no sentences when it has nothing to say ───────


def _greet(prompt: Prompt, _: re.Match[str]) -> list[str]:
    if prompt.names:
        return [f"Hello! Send me a photo, or ask me about {_some(prompt.names)}."]
    return ["Hello! Send me a photo with /remember and a name, and I'll know them from then on."]


def _thank(_: Prompt, __: re.Match[str]) -> list[str]:
    return ["You're welcome!"]


def _where(prompt: Prompt, _: re.Match[str]) -> list[str]:
    names = mentioned(prompt.question, prompt.names)
    if not prompt.shows:
        return [f"Send me a photo, and I'll look for {join(names)}."] if names else []
    return [_where_is(prompt, name) for name in names] or _where_category(prompt)


def _where_is(prompt: Prompt, name: str) -> str:
    seen = _sighting_of(prompt, name)
    if seen is None:
        return f"I don't see {name} in this photo."
    company = _neighbour(seen, prompt)
    place = spot(seen.region.box, prompt.size) + (f", beside {company}" if company else "")
    if seen.grade is Grade.SURE:
        return f"{name} is {place}."
    return f"I'm not sure, but that might be {name} {place}."


def _where_category(prompt: Prompt) -> list[str]:
    """Where the dog is, whoever it is."""
    found = []
    for seen in prompt.sightings:
        category = _category(seen, prompt)
        if category and mentioned(prompt.question, [category, plural(category)]):
            who = _name(seen) if seen.grade is Grade.SURE else f"The {category}"
            found.append(f"{who} is {spot(seen.region.box, prompt.size)}.")
    return found


def _count(prompt: Prompt, match: re.Match[str]) -> list[str]:
    if not prompt.shows:
        return ["Send me a photo, and I'll count."]
    asked = singular(match["what"].strip())
    found = [seen for seen in prompt.sightings if _is_a(seen, asked, prompt)]
    if not found:
        return [f"I don't see any {plural(asked)} here."]
    names = [_name(seen) for seen in found if seen.grade is Grade.SURE]
    if names and len(names) < len(found):
        names.append(f"{counted(asked, len(found) - len(names))} I don't know")
    return [f"I count {counted(asked, len(found))}{f': {join(names)}' if names else ''}."]


def _present(prompt: Prompt, _: re.Match[str]) -> list[str]:
    if not prompt.shows:
        return []
    return [_is_there(prompt, name) for name in mentioned(prompt.question, prompt.names)]


def _is_there(prompt: Prompt, name: str) -> str:
    seen = _sighting_of(prompt, name)
    if seen is None:
        return f"No, I don't see {name} here."
    where = " ".join(filter(None, (name, _place(seen, prompt))))
    return f"Yes, that's {where}." if seen.grade is Grade.SURE else f"Maybe: that could be {where}."


def _look(prompt: Prompt, _: re.Match[str]) -> list[str]:
    return _describe(prompt) if prompt.shows else []


def _about(prompt: Prompt, _: re.Match[str]) -> list[str]:
    asked = mentioned(prompt.question, prompt.names)
    return [_told(one) for one in prompt.known if one.name in asked]


def _told(known: Known) -> str:
    if known.info:
        return f"{known.name}: {sentence(known.info)}"
    what = (
        f"{known.name} is {article(known.category)}"
        if known.category
        else f"I know what {known.name} looks like"
    )
    return f"{what}, but nobody has told me more yet. You can, with /describe {known.name} | …"


def _beyond(prompt: Prompt) -> list[str]:
    """A question that facts alone can't answer: say what is known, and what it would take."""
    if prompt.shows:
        return [*_describe(prompt), _NEEDS_MODEL]
    asked = mentioned(prompt.question, prompt.names)
    told = [_told(one) for one in prompt.known if one.name in asked]
    if told:
        return [*told, _NEEDS_MODEL]
    if not prompt.names:
        return ["I don't know anyone here yet. Send me a photo with /remember and a name."]
    return [f"Send me a photo, or ask me about {_some(prompt.names)}.", _NEEDS_MODEL]


def _some(names: Sequence[str]) -> str:
    listed = sorted(names, key=fold)
    return join(listed) if len(listed) <= 5 else f"{', '.join(listed[:4])} or others"


Answer = Callable[[Prompt, "re.Match[str]"], list[str]]
# Names in the question are masked by @.
_INTENTS: tuple[tuple[re.Pattern[str], Answer], ...] = (
    (re.compile(r"^(hi|hello|hey|good (morning|evening|day))\b[\s\w]{0,12}$"), _greet),
    (re.compile(r"^(thanks|thank you|thx|cool|great|nice|good bot)\b[\s\w]{0,12}$"), _thank),
    (re.compile(r"\bhow many (?P<what>[^?]+?)(?= (are|is|do|can|in|on|have)\b|$)"), _count),
    (re.compile(r"\bwhere\b"), _where),
    (re.compile(r"^(is|are|isn['’]t) (that|this|it|there )?(\w+ )?@"), _present),
    (re.compile(r"^(do|can) you (see|find|spot) @"), _present),
    (re.compile(r"^(is|are) @( and @)* (here|there|in|on|visible)\b|^(find|@$|any sign of @)"), _present),
    (re.compile(r"^(who|what)(['’]?s| is| are)? @( and @)*$|\babout @|^(describe|introduce|info) @"), _about),
    (re.compile(r"^do you know @|^what do you know"), _about),
    (re.compile(r"^(who|what)\b.*\b(this|that|these|those|it|here|there|see|photo|picture)$"), _look),
    (re.compile(r"^(who|what)\b.*\b(in|on) (this|that|the|my) (photo|picture|image)$"), _look),
    (re.compile(r"^(describe|recogni[sz]e)\b|^(anyone|anybody|someone) "), _look),
    (re.compile(r"^(is|are|do you (see|know|recogni[sz]e)) .*\b(anyone|anybody|someone|this|that)"), _look),
)  # fmt: skip

# ── sightings ─────────────────────────────────────────────────────────────────────────────────────


def _name(seen: Sighting) -> str:
    return seen.match.name if seen.match else ""


def _sighting_of(prompt: Prompt, name: str) -> Sighting | None:
    return next((seen for seen in prompt.sightings if fold(_name(seen)) == fold(name)), None)


def _category(seen: Sighting, prompt: Prompt) -> str | None:
    told = next((known.category for known in prompt.known if known.name == _name(seen)), None)
    return told or seen.region.category


def _is_a(seen: Sighting, asked: str, prompt: Prompt) -> bool:
    """Whether the sighting is one of what was asked for, by the detector's word or by what people said."""
    words = (seen.region.category, _category(seen, prompt))
    return fold(asked) in {fold(word) for word in words if word}


def _place(seen: Sighting, prompt: Prompt) -> str:
    """Left, middle or right; nothing when it is alone in the photo or fills it."""
    box, (width, height) = seen.region.box, prompt.size
    if len(prompt.sightings) < 2 or box.area > 0.5 * width * height:
        return ""
    return side(box, width)


def _neighbour(seen: Sighting, prompt: Prompt) -> str:
    """The other sighting that touches this one most, if any."""
    others = [one for one in prompt.sightings if one is not seen and (one.region.category or one.match)]
    touching = [(seen.region.box.overlap(other.region.box), other) for other in others]
    overlap, closest = max(touching, key=lambda pair: pair[0], default=(0.0, None))
    if closest is None or overlap < 0.02:
        return ""
    return _name(closest) if closest.grade is Grade.SURE else f"the {closest.region.category or 'other one'}"
