"""Plain words → commands: what an understood text stands for, given what was asked and what is shown.

Every edit is a command, whoever writes it. Here is decided which one "yes", "no, that's Max", "forget her" or
"the one on the right is Max" is; a text that asks for no edit and no gallery is left to be answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.assistant.replies import is_stranger, point
from core.assistant.shown import Shown
from core.concepts import Box, Grade, Sighting
from core.errors import UserError
from core.i18n.lazy_strings import gettext_noop
from core.intents import Intent, Selector, Understood
from core.language.nouns import SOMEBODY, kinds_of
from core.language.understanding.topic import Asked, Topic
from core.messages import Message, Question, Reply
from core.names import fold, mentioned

_ONE_BY_ONE = gettext_noop("One after another, please: tell me who is who, as in “the one on the left is {name}”.")
CORRECTED = "corrected"  # behind an /undo that makes room for another name
LEAVE = "/fine"  # what "no" says to "shall I?"
_EMPTY = Question()
_WHICH = gettext_noop("Which one do you mean? Say where, as in: the one on the left.")
_OF_ONE_NAME = {
    Intent.FORGET: "/forget {}",
    Intent.SHOW: "/show {}",
    Intent.LAST_SEEN: "/seen {}",
}
_OF_TWO_NAMES = {Intent.RENAME: "/rename {} | {}", Intent.MERGE: "/merge {} | {}"}
_TWO = 2
_SIDE = 0.4  # of a photo's width or height: what has its middle there is at a side
_OF_NONE = {Intent.LIST: "/list", Intent.UNDO: "/undo", Intent.HELP: "/help"}
_OF_NONE |= {Intent.OPT_OUT: "/optout", Intent.OPT_IN: "/optout back"}

_MEANINGS = {
    "remember": (Intent.REMEMBER, 1),
    "forget": (Intent.FORGET, 1),
    "rename": (Intent.RENAME, 2),
    "describe": (Intent.DESCRIBE, 1),
    "untell": (Intent.UNTELL, 1),
    "show": (Intent.SHOW, 1),
    "list": (Intent.LIST, 0),
    "merge": (Intent.MERGE, 2),
    "undo": (Intent.UNDO, 0),
    "seen": (Intent.LAST_SEEN, 1),
    "wrong": (Intent.NO, 1),
    "help": (Intent.HELP, 0),
    "optout": (Intent.OPT_OUT, 0),
    "start": (Intent.GREET, 0),
}
_EDITS = {Intent.REMEMBER, Intent.FORGET, Intent.RENAME, Intent.DESCRIBE, Intent.MERGE, Intent.UNDO}
_EDITS |= {Intent.YES, Intent.NO, Intent.NO_IS, Intent.UNTELL}
_ABOUT_PHOTO = {Intent.WHO, Intent.PRESENT, Intent.WHERE, Intent.COUNT, Intent.BEYOND}
# Buttons that no "yes" presses.
_NO_ANSWERS = ("/undo", "/confirm", "/aim", "/point", "/settings", "/consent", "/stop", "/help")


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What one person's words are about: what they were asked, the name that was last spoken of, and their last edit.

    `undo` are the commands that take that edit back. `naming` is what a name completes to the command that taught last,
    empty when the last edit was another one.
    """

    question: Question | None = None
    focus: str = ""
    undo: tuple[str, ...] = ()
    naming: str = ""


def topics(dialogue: Dialogue, names: Sequence[str], shown: Shown | None, *, new: bool) -> list[Topic]:
    """What the conversation may be about, for `understand`, the likeliest first; `names` are all that the chat knows.

    There are several where both yes and a name may be the answer: then a yes is looked for first. `new` is whether the
    photos came with the text. Older ones are spoken of once they were looked at for an answer, not after they were
    only remembered.
    """
    question = dialogue.question or _EMPTY
    asked = Asked.NOTHING
    if question.about and question.yes:
        asked = Asked.IS_IT
    elif question.naming:
        asked = Asked.WHO if question.offered else Asked.NAME
    elif question.yes:
        asked = Asked.SURE
    seen = [one.match.name for _, one in _sightings(shown) if one.match] if shown else []
    topic = Topic(
        known=tuple(names),
        shows=shown is not None and (new or bool(question.naming) or any(one.features for one in shown.photos)),
        seen=tuple(dict.fromkeys(seen)),
        asked=asked,
        about=question.about,
        focus=dialogue.focus if dialogue.focus in names else "",
    )
    found = [replace(topic, asked=Asked.SURE), topic] if asked is Asked.NAME and question.yes else [topic]
    if dialogue.naming and topic.focus:  # "no, that's Max" to a name that was just taught
        found.append(replace(topic, asked=Asked.NOTHING, about="", shows=True, seen=(topic.focus,)))
    return found


def commands(understood: Understood, text: str, dialogue: Dialogue, shown: Shown | None) -> list[str]:
    """The commands that the text stands for, none for one that is to be answered in words.

    Raises `UserError` where it can't be made out who in the photos is meant.
    """
    asked, names = (
        dialogue.question or _EMPTY,
        [name.replace("|", " ") for name in understood.names],
    )  # a bar would end it
    found: list[str] = []
    match understood.intent:
        case Intent.YES if asked.yes:
            found = [asked.yes]
        case Intent.NO if asked.no and (not mentioned(text, names) or fold(names[0]) == fold(asked.about)):
            found = [asked.no]
        case Intent.NO if shown and mentioned(text, names):  # a bare "no" answers a question only
            found = [f"/wrong {names[0]}"]
        case Intent.UNDO if dialogue.undo:
            found = list(dialogue.undo[::-1])
        case Intent.NO_IS if names and shown:
            taught = [
                *(f"{one} {CORRECTED}" for one in dialogue.undo[::-1]),
                f"{dialogue.naming}{names[-1]}",
            ]  # what was just taught is taken back
            found = taught if dialogue.naming and not asked.about else [_instead(names[-1], asked, shown)]
        case Intent.REMEMBER if names:
            found = [_remember(names, understood.which, asked, shown)]
        case Intent.DESCRIBE if names and understood.text:
            found = [f"/describe {names[0]} | {understood.text}"]
        case Intent.UNTELL if names and understood.text:
            found = [f"/untell {names[0]} | {understood.text}"]
        case Intent.SHOW if len(names) > 1:
            found = [f"/photos {' | '.join(names)}"]
        case intent if intent in _OF_TWO_NAMES and len(names) >= _TWO:
            found = [_OF_TWO_NAMES[intent].format(*names)]
        case intent if intent in _OF_ONE_NAME and names:
            found = [_OF_ONE_NAME[intent].format(name) for name in names]
        case intent if intent in _OF_NONE:
            found = [_OF_NONE[intent]]
    return found


def introducing(command: str, kind: str, info: str) -> str:
    """A command that teaches a new name, with the kind of thing that it was said to be, and what was told of it."""
    name, *rest = command.split(" | ")
    told = f"{kind} | {info.replace('|', '/')}"
    if command.startswith("/remember "):
        return f"{command} | {told}".rstrip(" |")
    return f"{command}{' | ' * (3 - len(rest))}{told}".rstrip(" |") if name.startswith("/point ") and rest else command


def awaited(dialogue: Dialogue, message: Message) -> str:
    """The command that a photo without words comes with: the one that has asked for it, empty for none."""
    asked = dialogue.question if message.photos and message.addressed else None
    return asked.with_photo if asked else ""


def guess(understood: Understood, text: str, dialogue: Dialogue, shown: Shown | None) -> str:
    """The command that an unsure text may stand for, empty for none: to be asked about, not to be carried out."""
    found = commands(understood, text, dialogue, shown) if understood.unsure and understood.names else []
    return found[0] if found else ""


def of_command(text: str) -> Understood:
    """What a command asks for, in the words of understanding."""
    name, _, rest = text.strip().removeprefix("/").partition(" ")
    intent, most = _MEANINGS.get(name.casefold().partition("@")[0], (Intent.NONE, 0))
    names = [part.strip() for part in rest.split("|")][:most]
    return Understood(intent, tuple(filter(None, names)))


def next_one(before: Dialogue, understood: Understood, reply: Reply, command: str, *, new: bool) -> Dialogue:
    """What the sender's next words are about, after this reply to a command, if it was one.

    `new` is whether the message brought photos. A question about a photo stays open while that photo is asked about,
    any after a word of thanks; all else closes it.
    """
    question = reply.question
    if question is None:
        choices = [one.value for one in reply.buttons if not one.value.startswith(_NO_ANSWERS)]
        question = Question(yes=choices[0], no=LEAVE) if len(choices) == 1 else None
    if question is None and understood.intent is Intent.THANKS:
        question = before.question
    if question is None and not new and understood.intent in _ABOUT_PHOTO and (asked := before.question):
        question = asked if (asked.naming + asked.no).startswith(("/point", "/confirm")) else None
    sure = {one.match.name for one in reply.sightings if one.match and one.grade is Grade.SURE}
    named = understood.names[-1:] if understood.intent is not Intent.COUNT else ()
    focus = next(iter(named), next(iter(sure), "") if len(sure) == 1 else before.focus)
    undo = tuple(one.value for one in reply.buttons if one.value.startswith("/undo "))
    if not undo and understood.intent not in _EDITS:
        return Dialogue(question, focus, before.undo, before.naming)
    place = command.partition(" | ")[0]
    naming = {"/point": f"{place} | ", "/remember": "/remember "}.get(command.partition(" ")[0], "")
    return Dialogue(question, focus, undo, naming if undo else "")


def _remember(names: Sequence[str], which: Selector | None, asked: Question, shown: Shown | None) -> str:
    name, *others = names
    if others:
        raise UserError(_ONE_BY_ONE, name=name)
    seen = list(_sightings(shown)) if shown else []
    if which is not None and shown and seen and (chosen := _chosen(which, name, shown)):
        return f"{point(shown, chosen[0], chosen[1].region.box)} | {name}"
    same = [pair for pair in seen if pair[1].match and fold(pair[1].match.name) == fold(name)]
    if shown and len(same) == 1:
        return f"{point(shown, same[0][0], same[0][1].region.box)} | {name}"
    if asked.naming:
        return f"{asked.naming}{name}"
    strangers = [one for _, one in seen if is_stranger(one)]
    if len(strangers) > 1:
        raise UserError(_WHICH)
    if shown and seen and not strangers and any(one.match for _, one in seen):
        return _instead(name, asked, shown)
    return f"/remember {name}"


def _instead(name: str, asked: Question, shown: Shown) -> str:
    """The place of whom the bot named, or asked about, is another's."""
    named = [(photo, one) for photo, one in _sightings(shown) if one.match]
    meant = [pair for pair in named if asked.about and pair[1].match and fold(pair[1].match.name) == fold(asked.about)]
    meant = meant or [pair for pair in named if pair[1].match and fold(pair[1].match.name) != fold(name)]
    somebody = [pair for pair in meant if pair[1].region.category in SOMEBODY]
    meant = somebody if len(somebody) == 1 else meant  # a person with things around them
    if len(meant) == 1:
        [(photo, one)] = meant
        before = one.match.name if one.match else ""
        return f"{point(shown, photo, one.region.box)} | {name} | {before}"
    if meant:
        raise UserError("Which one is {name}? Say it with the place, as in: the one on the left.", name=name)
    return f"{asked.naming or '/remember '}{name}"


def _chosen(which: Selector, name: str, shown: Shown) -> tuple[int, Sighting] | None:
    """The one of those in the photos that is meant; None where it must be what the photo is about.

    What the bot has taken for that name stands first, then those who have a name or could have one. A kind that is
    seen nowhere counts for little beside a place: detectors err. Raises `UserError` when it is none, or several.
    """
    every = list(_sightings(shown))
    if which.number is not None and 0 < which.number <= len(every):
        return every[which.number - 1]
    kinds: set[str | None] = {*kinds_of(which.kind), *([None] if which.kind == "thing" else [])}
    fitting = [pair for pair in every if not which.kind or pair[1].region.category in kinds]
    if which.side:
        there = [pair for pair in every if _lies(which.side, pair[1].region.box, _size(shown, pair[0]))]
        own = [pair for pair in there if pair[1].match and fold(pair[1].match.name) == fold(name)]
        own = [pair for pair in own if pair in fitting or not fitting]
        notable = [pair for pair in there if pair[1].match or is_stranger(pair[1])]
        fitting = own or (fitting if which.kind else notable) or every
    if which.other or (len(fitting) > 1 and not which.side):  # whom the bot knows already need not be told
        fitting = [pair for pair in fitting if pair[1].match is None] or fitting
    if which.side:
        fitting = [min(fitting, key=lambda pair: _from_edge(which.side, pair[1].region.box, _size(shown, pair[0])))]
    if not fitting and any(is_stranger(one) or one.match for _, one in every):
        raise UserError("I don't see that one here.")
    if len(fitting) > 1:
        raise UserError(_WHICH)
    return fitting[0] if fitting else None


def _lies(side: str, box: Box, size: tuple[int, int]) -> bool:
    """Whether a box lies on that side of the photo, and not in the middle, or in the middle and at no side."""
    width, height = size
    most = {"left": width, "right": width, "top": height, "bottom": height, "middle": width / 2}
    return _from_edge(side, box, size) < _SIDE * most.get(side, 0)


def _from_edge(side: str, box: Box, size: tuple[int, int]) -> float:
    """How far from that side of the photo the middle of a box is."""
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    far = {"left": x, "right": size[0] - x, "top": y, "bottom": size[1] - y, "middle": abs(x - size[0] / 2)}
    return far.get(side, 0.0)


def _sightings(shown: Shown) -> Iterator[tuple[int, Sighting]]:
    return ((number, one) for number, photo in enumerate(shown.photos) for one in photo.sightings)


def _size(shown: Shown, photo: int) -> tuple[int, int]:
    features = shown.photos[photo].features
    return features.size if features else (0, 0)
