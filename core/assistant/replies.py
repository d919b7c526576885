"""What can be answered to an answer about photos: its regions to tap, its buttons, and what plain words answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.assistant.shown import Shown
from core.concepts import Box, Grade, Sighting
from core.i18n.translator import Translator
from core.language.nouns import SOMEBODY, noun, the
from core.messages import Button, PhotoRegion, Question, Reply
from core.ports import Prompt
from core.recognition.recognizer import PhotoFeatures

_OF_PHOTO = ("/confirm ", "/point ")  # commands that know a photo by the key it has while it is kept
_MOST_BUTTONS = 6
_MOST_STRANGERS = 3  # that are asked about with a button


@dataclass(frozen=True, slots=True)
class _Seen:
    """One sighting of a reply: where it is, and what its buttons are called and say."""

    photo: int
    number: int  # in the picture, counted from 1
    sighting: Sighting
    point: str  # the command that speaks of its place
    confirm: str  # what follows "/confirm yes" and "/confirm no"; empty for a stranger


def is_stranger(sighting: Sighting) -> bool:
    """Whether it is somebody that the chat could know, and doesn't."""
    return sighting.match is None and sighting.region.category in SOMEBODY


def point(shown: Shown, photo: int, box: Box) -> str:
    """The command that speaks of a place in a shown photo; a name behind a bar says who is there."""
    return f"/point {shown.key} {photo} {' '.join(map(str, box))}"


def answerable(
    reply: Reply, shown: Shown, features: Sequence[PhotoFeatures], prompts: Sequence[Prompt], translator: Translator
) -> Reply:
    """The reply with what can be answered to it: a button belongs to one sighting, and says which."""
    seen: list[_Seen] = []
    for photo, (found, prompt) in enumerate(zip(features, prompts, strict=True)):
        for number, one in enumerate(prompt.sightings, 1):
            confirm = ""
            if one.match is not None:
                confirm = f"{shown.key} {photo} {found.regions.index(one.region)} {one.match.concept_id}"
            seen.append(_Seen(photo, number, one, point(shown, photo, one.region.box), confirm))
    regions = tuple(
        PhotoRegion(one.photo, one.sighting.region.box, features[one.photo].size, _label(one, translator), one.point)
        for one in seen
    )
    buttons = _buttons(seen, len(prompts), translator)
    return replace(reply, regions=regions, buttons=buttons, question=_question(seen, shown.key))


def without_photo(reply: Reply) -> Reply:
    """The reply without what can only be answered while its photo is kept."""
    asked = reply.question
    needs_it = asked is not None and any(one.startswith(_OF_PHOTO) for one in (asked.yes, asked.no, asked.naming))
    buttons = tuple(one for one in reply.buttons if not one.value.startswith(_OF_PHOTO))
    return replace(reply, buttons=buttons, regions=(), question=None if needs_it else asked)


def _buttons(seen: Sequence[_Seen], photos: int, translator: Translator) -> tuple[Button, ...]:
    """Under each uncertain sighting yes and no, under a sure one the chance to say no; who strangers are."""
    buttons: list[Button] = []
    strangers = [one for one in seen if is_stranger(one.sighting)][:_MOST_STRANGERS]
    for one in seen:
        choices: list[tuple[str, str]] = []
        if one.sighting.match is not None:
            name = one.sighting.match.name
            choices.append((translator.gettext("Not {name}", name=name), f"/confirm no {one.confirm}"))
            if one.sighting.grade is Grade.MAYBE:
                choices.insert(0, (translator.gettext("That's {name}", name=name), f"/confirm yes {one.confirm}"))
        elif one in strangers and len(seen) == 1:
            choices.append((translator.gettext("Who is it?"), one.point))
        elif one in strangers and sum(other.photo == one.photo for other in strangers) == 1:
            what = the(one.sighting.region.category or "", translator)
            choices.append((translator.gettext("Who is {what}?", what=what), one.point))
        elif one in strangers:
            choices.append((translator.gettext("Who is number {number}?", number=one.number), one.point))
        if photos > 1:
            photo = translator.gettext("Photo {number}:", number=one.photo + 1)
            choices = [(f"{photo}{translator.sentence_gap}{label}", value) for label, value in choices]
        buttons += [Button(label, value) for label, value in choices]
    return tuple(buttons[:_MOST_BUTTONS])


def _question(seen: Sequence[_Seen], key: str) -> Question | None:
    """What "yes", "no" or a name answers: the only one that was asked about, the only one named, or the stranger."""
    matched = [one for one in seen if one.sighting.match]
    unsure = [one for one in matched if one.sighting.grade is Grade.MAYBE]
    strangers = [one for one in seen if is_stranger(one.sighting)]
    if len(unsure) == 1 or (not unsure and len(matched) == 1 and not strangers):
        [one] = unsure or matched
        yes = f"/confirm yes {one.confirm}" if unsure else ""
        name = one.sighting.match.name if one.sighting.match else ""
        return Question(
            yes=yes, no=f"/confirm no {one.confirm}", naming=f"{one.point} | " if unsure else "", about=name
        )
    if not unsure and len(strangers) == 1:
        return Question(naming=f"{strangers[0].point} | ", offered=True)
    if not matched and not strangers:  # a thing, or what the detector has no word for
        return Question(naming=f"/point {key} | ", offered=True)
    return None


def _label(one: _Seen, translator: Translator) -> str:
    """What is seen there: a name, with a question mark where that isn't sure, or the kind of thing."""
    if one.sighting.match is not None:
        name = one.sighting.match.name
        return name if one.sighting.grade is Grade.SURE else f"{name}?"
    return noun(one.sighting.region.category, translator) if one.sighting.region.category else ""
