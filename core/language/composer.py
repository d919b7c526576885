"""The generator of the base set: no language model, only what was seen and what people said.

It answers who and what is there, where, how many, and what the chat was told about a name. What takes a model that
sees it doesn't make up: it says kindly, where the question needs it, that this is more than it can see.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from core.concepts import Concept, Grade
from core.i18n.lazy_strings import gettext_noop
from core.i18n.translator import Translator
from core.intents import Intent, Understood
from core.language.album import by_photo, describe_album, is_in_album
from core.language.everyday_words import NARROWER
from core.language.facts import all_told, recalled
from core.language.nouns import KINDS, is_a, kind_in, kinds_of, named
from core.language.scene import any_there, describe, how_many, is_there, name_of, where_are, where_is
from core.language.small_talk import NOTHING_ASKED, RIGHT, another, reaction, sure_reaction
from core.language.told import shares_a_word, takes_telling
from core.language.understanding import understand
from core.language.understanding.open_questions import kind_asked
from core.language.understanding.topic import Topic
from core.language.wording import START
from core.names import fold, masked, mentioned
from core.ports import Prompt, PromptConcept

_MORE_THAN_I_SEE = (
    gettext_noop("That's more than I can see. I can tell who is in a photo, where, and how many there are."),
    gettext_noop("I can't make that out, sorry."),
    gettext_noop("That one is beyond my eyes, too."),
)
_NOT_TOLD = (
    gettext_noop("Nobody has told me that about {name} yet."),
    gettext_noop("I haven't heard that about {name}."),
)
_SEND_PHOTO = gettext_noop("Send me the photo, then I'll look.")
_NOBODY_YET = gettext_noop("I don't know anyone here yet. Send me a photo and tell me who it is, as in “this is bo”.")
_MOST_NAMES = 12
SEEN = (Intent.WHO, Intent.PRESENT, Intent.WHERE, Intent.COUNT)  # what looking at a photo is enough for
_OF_PHOTOS = (*SEEN, Intent.BEYOND)
_OF_NAMES = (Intent.ABOUT, Intent.LIST, Intent.YES, Intent.NO, Intent.LAST_SEEN)
_NEED_NO_MODEL = (Intent.WHO, Intent.GREET, Intent.HELP, Intent.THANKS, Intent.LIST)


class Composer:
    """Behind the `Generator` port: composes its answer out of facts, so it can't make anything up."""

    identity = "composer"
    sees = False

    async def generate(self, prompt: Prompt) -> AsyncIterator[str]:
        """The whole answer at once: composing takes no time that anyone could watch."""
        yield prompt.translator.sentence_gap.join(compose(prompt))


def compose(prompt: Prompt) -> list[str]:
    """The sentences that answer `prompt`, at least one; of an album about all of its photos."""
    photos = prompt.album or (prompt,)
    if not prompt.question.strip() and prompt.shows:
        return describe(prompt) if len(photos) == 1 else describe_album(photos)
    understood = prompt.understood or _understand(prompt)
    return _about_photos(photos, understood) if prompt.shows else _about_names(prompt, understood)


def is_of_facts(question: str, understood: Understood, known: Sequence[Concept], translator: Translator) -> bool:
    """Whether a question of names needs no photo: what people told answers it, or nobody can but who tells."""
    masked_question = masked(question, [one.name for one in known])
    told = (info.text for one in known if one.name in understood.names for info in one.infos)
    return understood.intent is Intent.BEYOND and bool(
        understood.names
        and (
            takes_telling(masked_question)
            or named(kind_asked(masked_question), translator)
            or any(shares_a_word(masked_question, text) for text in told)
        )
    )


def first_words(prompt: Prompt) -> list[str]:
    """What can be said of the photo before a language model has answered; nothing where it isn't asked who is there.

    Whoever just talks on under a photo has heard that already.
    """
    understood = prompt.understood or _understand(prompt)
    asked = prompt.shows and understood.intent not in _OF_NAMES and not _goes_on(prompt, understood)
    return without_model(prompt)[0] if asked and (prompt.brought or understood.intent in SEEN) else []


def without_model(prompt: Prompt) -> tuple[list[str], bool]:
    """What can be said where a language model has failed, and whether that answers what was asked.

    That is who was seen, where the photos came with the question or it asks for that, and what people have
    told. Nothing is said where only the model could answer: a guess at what was meant is no help then.
    """
    understood, shown = prompt.understood or _understand(prompt), replace(prompt, question="")
    facts = compose(shown) if prompt.shows and not prompt.question.strip() else _facts(prompt, understood)
    if prompt.shows and prompt.brought and (not facts or understood.intent in (Intent.BEYOND, Intent.NONE)):
        return compose(shown), bool(facts)
    return facts, bool(facts)


def _facts(prompt: Prompt, understood: Understood) -> list[str]:
    """The answer to a question that facts are enough for, empty for any other."""
    known = _known(prompt, understood)
    enough = understood.intent in _NEED_NO_MODEL
    match understood.intent:
        case Intent.PRESENT | Intent.WHERE | Intent.COUNT:
            enough = bool(known or not understood.names or _kind(prompt, understood))
        case Intent.ABOUT:
            enough = bool(known or not understood.names)
        case Intent.BEYOND:
            names = known or mentioned(prompt.question, prompt.names)
            return _recalled([prompt], names) or _all_told(prompt, names)
        case Intent.NONE:
            return sure_reaction(prompt)
    return compose(prompt) if enough else []


def _goes_on(prompt: Prompt, understood: Understood) -> bool:
    """Whether someone talks on under the photo, and asks nothing of it."""
    return bool(prompt.said) and understood.intent not in _OF_PHOTOS


def _understand(prompt: Prompt) -> Understood:
    """What the question asks, where nobody has made that out before."""
    seen = tuple(name_of(one) for one in prompt.sightings if one.grade is Grade.SURE)
    return understand(prompt.question, prompt.translator.language, Topic(prompt.names, prompt.shows, seen))


def _about_photos(photos: Sequence[Prompt], understood: Understood) -> list[str]:
    """The answer to what is asked of photos; of several in one go."""
    prompt, known, together = photos[0], _known(photos[0], understood), len(photos) > 1
    if understood.intent in _OF_NAMES or _goes_on(prompt, understood):
        return _about_names(prompt, understood)
    if together and understood.intent is Intent.PRESENT and known:
        return [is_in_album(photos, name) for name in known]
    if together and understood.intent is Intent.BEYOND:
        return _beyond(prompt, understood, photos)
    if together and understood.intent in _OF_PHOTOS and understood.intent is not Intent.WHO:
        return by_photo(photos, [prompt.translator.sentence_gap.join(_of_one_photo(one, understood)) for one in photos])
    return describe_album(photos) if together else _of_one_photo(prompt, understood)


def _of_one_photo(prompt: Prompt, understood: Understood) -> list[str]:
    """Who is there of those asked about, where they are, how many; or that it takes more than this."""
    known, strange = _known(prompt, understood), _unknown(prompt, understood)
    kind, sentences = _kind(prompt, understood), list[str]()
    match understood.intent:
        case Intent.PRESENT if known:
            sentences = [is_there(prompt, name) for name in known]
        case Intent.PRESENT if kind:
            sentences = [*_cannot_tell_apart(prompt), any_there(prompt, kind)]
        case Intent.WHERE if known:
            sentences = [where_is(prompt, name) for name in known]
        case Intent.WHERE if kind:
            sentences = where_are(prompt, kind)
        case Intent.COUNT:
            what = kind or next(iter(understood.names), "person")
            return [*_cannot_tell_apart(prompt), how_many(prompt, what)]
        case Intent.BEYOND:
            return _beyond(prompt, understood, [prompt])
    if understood.intent in (Intent.PRESENT, Intent.WHERE):
        sentences += [_stranger(prompt, name) for name in strange]
    return sentences or describe(prompt)


def _about_names(prompt: Prompt, understood: Understood) -> list[str]:
    """The answer where no photo is asked about."""
    translator, known, some = prompt.translator, _known(prompt, understood), _some_names(prompt)
    gettext, listed = translator.gettext, translator.format_list(known)
    sentences: list[str] = []
    match understood.intent:
        case Intent.GREET if prompt.names:
            sentences = [gettext("Hello! Send me a photo, or ask me about {names}.", names=some)]
        case Intent.GREET | Intent.HELP:
            sentences = [gettext(START)]
        case Intent.THANKS:
            sentences = [gettext("You're welcome!")]
        case Intent.ABOUT if understood.names:
            sentences = [_all_about(prompt, one) for one in prompt.known if one.name in known]
            sentences += [_stranger(prompt, name) for name in _unknown(prompt, understood)]
        case Intent.ABOUT | Intent.LIST if prompt.names:
            names = _some_names(prompt, most=_MOST_NAMES, last="and")
            sentences = [gettext("I know {names}.", names=names)]
        case Intent.ABOUT | Intent.LIST:
            sentences = [gettext(_NOBODY_YET)]
        case Intent.WHERE | Intent.PRESENT if known:
            sentences = [gettext("Send me a photo, and I'll look for {names}.", names=listed)]
        case Intent.COUNT:
            sentences = [gettext("Send me a photo, and I'll count.")]
        case Intent.WHO | Intent.WHERE | Intent.PRESENT:
            sentences = [gettext(_SEND_PHOTO)]
        case Intent.YES if mentioned(_last_said(prompt), understood.names):
            sentences = [another(prompt, RIGHT)]
        case Intent.YES | Intent.NO | Intent.NO_IS:
            sentences = [another(prompt, NOTHING_ASKED)]
        case Intent.BEYOND if known:
            sentences = _beyond(prompt, understood, [prompt])
    return sentences or [reaction(prompt)]


def _last_said(prompt: Prompt) -> str:
    """The bot's last answer, as far as it is remembered."""
    return next((one.text for one in reversed((*prompt.history, *prompt.said)) if one.role == "assistant"), "")


# ── what people said ──────────────────────────────────────────────────────────────────────────────


def _all_about(prompt: Prompt, known: PromptConcept) -> str:
    if sentences := all_told(known, datetime.now(UTC), prompt.translator):
        return prompt.translator.sentence_gap.join(sentences)
    gettext = prompt.translator.gettext
    if known.category in (None, "", "person"):
        return gettext(
            "I know what {name} looks like, and that's all so far. Tell me more: “{name} loves snow”, say.",
            name=known.name,
        )
    is_what = is_a(known.name, known.category or "", prompt.translator)
    more = gettext("That's all I know so far. Tell me more: “{name} loves snow”, say.", name=known.name)
    return f"{is_what}{prompt.translator.sentence_gap}{more}"


def _stranger(prompt: Prompt, name: str) -> str:
    return prompt.translator.gettext(
        "I don't know {name}. Send me a photo with “this is {name}”, and I will.", name=name
    )


def _beyond(prompt: Prompt, understood: Understood, photos: Sequence[Prompt]) -> list[str]:
    """A question that takes more than seeing: what is known, or that nobody has told it, or that it is too much.

    What people said that has a word in common with the question is likely the answer.
    """
    translator, asked = prompt.translator, _known(prompt, understood) or mentioned(prompt.question, prompt.names)
    seen = (name_of(one) for photo in photos for one in photo.sightings if one.grade is Grade.SURE)
    about, question = asked or list(dict.fromkeys(seen)), masked(prompt.question, prompt.names)
    if told := [*_of_kind(prompt, asked, question), *_recalled(photos, about)]:
        return told
    untold = another(prompt, _NOT_TOLD, name=translator.format_list(about))
    if about and takes_telling(question):
        return [untold]
    if prompt.shows:
        described = describe(prompt) if len(photos) == 1 else describe_album(photos)
        return [another(prompt, _MORE_THAN_I_SEE), *([] if prompt.said else described)]
    return [untold, *_all_told(prompt, asked)]


def _of_kind(prompt: Prompt, names: Sequence[str], question: str) -> list[str]:
    """Whether they are of the kind that is asked about; `question` has @ for each name."""
    asked, translator = kind_asked(question), prompt.translator
    kind = None if fold(asked) in NARROWER else named(asked, translator)
    sentences = []
    for known in prompt.known:
        if kind and known.name in names and known.category in KINDS:
            said = gettext_noop("Yes, {it_is}.") if known.category in kinds_of(kind) else gettext_noop("No, {it_is}.")
            it_is = is_a(known.name, known.category, translator).rstrip(".。")
            sentences.append(translator.gettext(said, it_is=it_is))
    return sentences


def _recalled(photos: Sequence[Prompt], names: Sequence[str]) -> list[str]:
    """What people said of them that has a word in common with the question."""
    prompt, now = photos[0], datetime.now(UTC)
    question, known = masked(prompt.question, prompt.names), {one.name: one for photo in photos for one in photo.known}
    told = [recalled(question, one, now, prompt.translator) for one in known.values() if one.name in names]
    return [sentence for sentences in told for sentence in sentences]


def _all_told(prompt: Prompt, names: Sequence[str]) -> list[str]:
    """All that people said of them."""
    known, now = [one for one in prompt.known if one.name in names], datetime.now(UTC)
    return [sentence for one in known for sentence in all_told(one, now, prompt.translator)]


# ── what is asked about ───────────────────────────────────────────────────────────────────────────


def _known(prompt: Prompt, understood: Understood) -> list[str]:
    """Those asked about that the chat knows, as it writes them."""
    names = {fold(name): name for name in prompt.names}
    return [names[fold(name)] for name in understood.names if fold(name) in names]


def _unknown(prompt: Prompt, understood: Understood) -> list[str]:
    """Names asked about that the chat doesn't know, and that are no kinds of things."""
    names = {fold(name) for name in prompt.names}
    strange = [name for name in understood.names if fold(name) not in names]
    return [name for name in strange if not named(name, prompt.translator)]


def _kind(prompt: Prompt, understood: Understood) -> str:
    """The kind of thing asked about: "dog", "animal"."""
    asked = [understood.which.kind] if understood.which and understood.which.kind else [*understood.names]
    found = next(filter(None, (named(one, prompt.translator) for one in asked)), None)
    return found or kind_in(masked(prompt.question, prompt.names), prompt.translator) or ""


def _cannot_tell_apart(prompt: Prompt) -> list[str]:
    """Who asks for men hears of people, and why."""
    asked = mentioned(prompt.question, NARROWER)
    said = gettext_noop("I see people, but not whether they are men, women or children.")
    return [prompt.translator.gettext(said)] if asked else []


def _some_names(prompt: Prompt, *, most: int = 5, last: Literal["and", "or"] = "or") -> str:
    listed = sorted(prompt.names, key=fold)
    shown = listed if len(listed) <= most else [*listed[: most - 1], prompt.translator.gettext("others")]
    return prompt.translator.format_list(shown, last=last)
