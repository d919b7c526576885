"""What the bot asks back when it was taught something: one thing, with what to do about it.

Does that photo show bo? Is "boo" the bo that it knows? Is Mia a cat? What it was taught is kept until somebody answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.assistant.dialogue import LEAVE
from core.assistant.request import Request
from core.assistant.services import Services
from core.assistant.suggestions import same_as
from core.commands.registry import command
from core.concepts import Concept
from core.i18n.lazy_strings import gettext_noop
from core.language.nouns import is_a
from core.messages import LONGEST_VALUE, Button, Question, Reply
from core.policy.permissions import may_edit
from core.recognition.subject import Doubt, EnrolmentSample
from core.store.values import Change


@dataclass(frozen=True, slots=True)
class AskedBack:
    """A question with its buttons, and what plain words answer."""

    text: str = ""
    buttons: tuple[Button, ...] = ()
    question: Question | None = None


@command("fine")
async def fine(_: Services, request: Request, __: None) -> Reply:
    """Leave everything as it is: the answer of a button."""
    return Reply(request.translator.gettext("All right, I'll leave it as it is."), private=True)


def asked_back(
    request: Request,
    change: Change,
    samples: Sequence[EnrolmentSample],
    known: Sequence[Concept],
    category: str | None,
) -> AskedBack:
    """What is asked about a photo that was just taught, or a new name; `known` is whom the chat knew before.

    `category` is the detector's word that was filed with it, None for none.
    """
    pairs = zip(change.references, samples, strict=True)
    doubted = next(((reference, sample.doubt) for reference, sample in pairs if sample.doubt), None)
    if not change.created:
        if doubted:
            return about_photo(request, change.concept, *doubted)
    else:
        mine = [one for one in known if may_edit(request.sender, request.chat, one.creator_id, request.settings)]
        twin = same_as(change.concept.name, [one.name for one in mine])
        if twin:
            text = request.translator.gettext("Is {name} the same as {known}?", name=change.concept.name, known=twin)
            return about_two(request, change.concept.name, twin, text)
        if doubted and (other := doubted[1].other):
            if doubted[1].sure and other in mine:
                text = request.translator.gettext("Is that {known}, too?", known=other.name)
                return about_two(request, change.concept.name, other.name, text)
            lookalike = gettext_noop("It looks a lot like {name} to me. A photo that shows the difference would help.")
            return AskedBack(request.translator.gettext(lookalike, name=other.name))
    return about_category(request, change.concept, category) if category else AskedBack()


def about_photo(request: Request, concept: Concept, reference_id: int, doubt: Doubt) -> AskedBack:
    """Whether a photo that looks like somebody else, or like nothing of its name, is to be kept."""
    gettext, name = request.translator.gettext, concept.name
    if doubt.other:
        text = gettext("But that looks more like {other} than like {name}. Keep it?", other=doubt.other.name, name=name)
        theirs = (gettext("It's {name}", name=doubt.other.name), f"/move #{reference_id} | {doubt.other.name}")
    else:
        text = gettext("But that doesn't look like {name} to me. Keep it?", name=name)
        theirs = (gettext("It's somebody else"), f"/move #{reference_id}")
    away = f"/remove #{reference_id}"
    choices = [(gettext("Keep it"), LEAVE), (gettext("Remove it"), away), theirs]
    return AskedBack(
        text, pressable(request, choices), Question(yes=LEAVE, no=away, naming=f"/move #{reference_id} | ")
    )


def about_two(request: Request, name: str, known: str, text: str) -> AskedBack:
    """Whether a new name means somebody that the chat knows under another one."""
    gettext, merge = request.translator.gettext, f"/merge {known} | {name}"
    choices = [(gettext("Same as {name}", name=known), merge), (gettext("Somebody else"), LEAVE)]
    return AskedBack(text, pressable(request, choices), Question(yes=merge, no=LEAVE))


def about_category(request: Request, concept: Concept, category: str) -> AskedBack:
    """Whether it is what the detector takes it for."""
    gettext, name = request.translator.gettext, concept.name
    yes, no = f"/category {name} | {category}", f"/category {name} |"
    said = is_a(name, category, request.translator).rstrip(".。")
    text = gettext("{it_is}, right?", it_is=said)
    return AskedBack(text, pressable(request, [(gettext("Yes"), yes), (gettext("No"), no)]), Question(yes=yes, no=no))


def pressable(request: Request, choices: Sequence[tuple[str, str]]) -> tuple[Button, ...]:
    """Buttons of labels and commands for the sender; what is too long for one is left to be typed."""
    fitting = [Button(label, value) for label, value in choices if len(value.encode()) <= LONGEST_VALUE]
    return request.for_author(*fitting)
