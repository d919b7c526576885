"""Changing what is known: rename, describe, category, forget, undo, and the chat's settings.

Who may do so is not decided here: the store's edits refuse by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.assistant.commands import faces
from core.assistant.commands.training import allowed, whether_to_allow
from core.assistant.dialogue import CORRECTED
from core.assistant.request import Request
from core.assistant.services import Services
from core.commands import arguments
from core.commands.arguments import is_number
from core.commands.registry import Rights, command
from core.commands.settings import MEANINGS, ChatSettings, Diary, Faces, TrainingUse, check_setting
from core.errors import UserError
from core.i18n.lazy_strings import gettext_noop
from core.i18n.translator import Translator
from core.language.facts import said_so
from core.language.nouns import is_a
from core.language.told import told
from core.messages import Button, Question, Reply, with_usual_signs
from core.names import check_category, check_info, clean, one_line
from core.policy.permissions import is_admin
from core.store.values import Change, ChangeKind

_TAKEN_BACK = {
    ChangeKind.FORGET: gettext_noop("{name} is back."),
    ChangeKind.RENAME: gettext_noop("The name is {name} again."),
    ChangeKind.CORRECT: gettext_noop("I've taken that correction of {name} back."),
    ChangeKind.DESCRIBE: gettext_noop("I've taken the last text about {name} back."),
    ChangeKind.UNDESCRIBE: gettext_noop("I know again what I was told about {name}."),
    ChangeKind.RETELL: gettext_noop("I know about {name} what I knew before."),
    ChangeKind.KEEP: gettext_noop("I've let go of photo {name}."),
    ChangeKind.UNKEEP: gettext_noop("Photo {name} is back."),
    ChangeKind.REMEMBER: gettext_noop("I've taken back what was last added to {name}."),
    ChangeKind.MERGE: gettext_noop("{name} and {before} are two again."),
    ChangeKind.REMOVE: gettext_noop("That photo of {name} is back."),
    ChangeKind.REASSIGN: gettext_noop("That photo shows {name} again."),
    ChangeKind.MOVE: gettext_noop("That photo of {name} means what it did before."),
    ChangeKind.COVER: gettext_noop("I show {name} with the photo from before again."),
    ChangeKind.CATEGORISE: gettext_noop("I've taken back what I was told {name} is."),
}
_CHANGED_BACK = gettext_noop("I've taken the last change of {name} back.")


def read_rename(rest: str) -> tuple[str, str]:
    """OLD | NEW."""
    old, new = arguments.pair("rename", "bo | Bobby")(rest)
    if not new:
        raise UserError("What is the new name? As in /rename bo | Bobby.")
    return old, new


def read_undo(rest: str) -> tuple[int | None, bool]:
    """Nothing, or the id of the change, which a button adds; whether what was taught is corrected by something else."""
    number, _, word = rest.partition(" ")
    if rest and not (number.isdecimal() and word in {"", CORRECTED}):
        raise UserError("/undo takes back your last change; it needs nothing after it.")
    return int(number[:18]) if rest else None, bool(word)


def read_settings(rest: str) -> tuple[str, str | None, bool] | None:
    """Nothing, or KEY VALUE, and whether what it would erase may go, as a button says."""
    words = rest.casefold().split()
    sure = len(words) == 3 and words[2] == "yes"
    return (words[0], " ".join(words[1 : 2 if sure else None]) or None, sure) if words else None


@command(
    "rename",
    read_rename,
    arguments=gettext_noop("OLD | NEW"),
    purpose=gettext_noop("give them another name"),
    rights=Rights.EDITOR,
    edits=True,
)
async def rename(services: Services, request: Request, names: tuple[str, str]) -> Reply:
    """Give a concept another name."""
    concept, translator = await services.store.concept(request.chat, names[0]), request.translator
    new = clean(names[1])
    if new == concept.name:
        return Reply(translator.gettext("{name} already has that name.", name=new), private=True)
    change = await services.store.rename(request.chat, concept.id, new, request.sender)
    said = translator.gettext("{old} is called {new} from now on.", old=concept.name, new=change.concept.name)
    return Reply(said, buttons=request.undo_button(change))


@command(
    "describe",
    arguments.pair("describe", "bo | a Shiba Inu who loves snow"),
    arguments=gettext_noop("NAME | INFO"),
    purpose=gettext_noop("tell me about them"),
    rights=Rights.EDITOR,
    edits=True,
)
async def describe(services: Services, request: Request, given: tuple[str, str]) -> Reply:
    """Add to what is known about a concept; an empty text offers to let go of all that was told."""
    concept, translator = await services.store.concept(request.chat, given[0]), request.translator
    if not given[1] and concept.infos:
        question = translator.ngettext(
            "I was told {count} thing about {name}. Shall I drop it?",
            "I was told {count} things about {name}. Shall I drop all of it?",
            len(concept.infos),
            name=concept.name,
        )
        yes = Button(translator.gettext("Yes, drop it"), f"/undescribe {concept.id}")
        return Reply(question, buttons=(yes,), question=Question(yes=yes.value))
    info = check_info(given[1])
    change = await services.store.describe(request.chat, concept.id, info, request.sender)
    said = translator.gettext("Got it. {sentence}", sentence=told(concept.name, info, translator))
    return Reply(said, buttons=request.undo_button(change))


def read_undescribe(rest: str) -> int:
    """What the button under an empty `/describe` says: the concept's id."""
    if not is_number(rest):
        raise UserError("That button is broken; use /describe NAME | instead.")
    return int(rest)


@command("undescribe", read_undescribe, rights=Rights.EDITOR, edits=True)
async def undescribe(services: Services, request: Request, concept_id: int) -> Reply:
    """Let go of all texts about a concept."""
    seconds = services.chat_options.undo_seconds
    change = await services.store.undescribe(request.chat, concept_id, request.sender, undo_seconds=seconds)
    said = request.translator.gettext("I've dropped what I was told about {name}.", name=change.concept.name)
    return _retold(services, request, [said], change)


@dataclass(frozen=True, slots=True)
class Retelling:
    """What a form of all that was told of a name says: the texts that are gone from it and the new ones, in lines."""

    name: str
    gone: tuple[str, ...]
    new: tuple[str, ...]


def read_retell(rest: str) -> Retelling:
    """NAME, then a line for each text: - and one that is to go, + and one that is new. The others stay."""
    name, *lines = (line.strip() for line in rest.split("\n"))
    texts = [(line[0], one_line(line[1:])) for line in lines if line]
    if not name or not texts or any(sign not in "-+" or not text for sign, text in texts):
        raise UserError("That form is broken; use /describe NAME | INFO instead.")
    gone, new = (tuple(text for sign, text in texts if sign == wanted) for wanted in "-+")
    return Retelling(name, gone, new)


@command("retell", read_retell, rights=Rights.EDITOR, edits=True)
async def retell(services: Services, request: Request, given: Retelling) -> Reply:
    """Bring what was told of a concept up to what a form shows; what came since that was opened stays."""
    concept, translator = await services.store.concept(request.chat, given.name), request.translator
    new = [check_info(text) for text in given.new]
    # A message has the usual bars; the texts are as somebody has told them.
    gone = {info.text for info in concept.infos if one_line(with_usual_signs(f"- {info.text}"))[2:] in given.gone}
    seconds, known = services.chat_options.undo_seconds, {info.text for info in concept.infos}
    change = await services.store.retell(
        request.chat, concept.id, request.sender, gone=gone, new=new, undo_seconds=seconds
    )
    said = [told(concept.name, text, translator) for text in dict.fromkeys(new) if text not in known]
    if said:
        said[0] = translator.gettext("Got it. {sentence}", sentence=said[0])
    if gone:
        dropped = translator.ngettext(
            "I've dropped {count} thing that I was told about {name}.",
            "I've dropped {count} things that I was told about {name}.",
            len(gone),
            name=concept.name,
        )
        said.insert(0, dropped)
    return _retold(services, request, said, change)


@command("untell", arguments.pair("untell", "bo | is afraid of thunder"), rights=Rights.EDITOR, edits=True)
async def untell(services: Services, request: Request, given: tuple[str, str]) -> Reply:
    """Let go of the one text about a concept that says what is said here; of none where that can't be told."""
    concept, translator = await services.store.concept(request.chat, given[0]), request.translator
    found = said_so(given[1], concept.infos, concept.name)
    if not found:
        none = gettext_noop("Nobody has told me that about {name}. “Who is {name}?” tells what I know.")
        return Reply(translator.gettext(none, name=concept.name))
    if len(found) > 1:
        texts = translator.format_list([translator.gettext("“{text}”", text=text) for text in found])
        several = gettext_noop("Which of these about {name} shall I forget? Say a bit more of it: {texts}")
        return Reply(translator.gettext(several, name=concept.name, texts=texts))
    seconds = services.chat_options.undo_seconds
    change = await services.store.retell(request.chat, concept.id, request.sender, gone=found, undo_seconds=seconds)
    said = translator.gettext("I've forgotten that about {name}: “{text}”.", name=concept.name, text=found[0])
    return _retold(services, request, [said], change)


def _retold(services: Services, request: Request, said: list[str], change: Change) -> Reply:
    """The sentences about texts that were changed, with Undo, for as long as what is gone can come back."""
    translator, seconds = request.translator, services.chat_options.undo_seconds
    erases = change.kind is not ChangeKind.DESCRIBE
    if erases and not seconds:
        return Reply(translator.sentence_gap.join(said))
    if erases:
        until = translator.ngettext(
            "You can take that back for {count} second.", "You can take that back for {count} seconds.", seconds
        )
        said = [*said, until]
    return Reply(translator.sentence_gap.join(said), buttons=request.undo_button(change))


@command(
    "category",
    arguments.pair("category", "bo | dog"),
    arguments=gettext_noop("NAME | CATEGORY"),
    purpose=gettext_noop("say what they are"),
    rights=Rights.EDITOR,
    edits=True,
)
async def categorise(services: Services, request: Request, given: tuple[str, str]) -> Reply:
    """Say what kind of thing a concept is; an empty category takes it away."""
    concept, translator = await services.store.concept(request.chat, given[0]), request.translator
    category = check_category(given[1])
    change = await services.store.categorise(request.chat, concept.id, category, request.sender)
    if category:
        said = translator.gettext("Got it. {sentence}", sentence=is_a(concept.name, category, translator))
    else:
        said = translator.gettext("{name} has no category now.", name=concept.name)
    return Reply(said, buttons=request.undo_button(change))


@command(
    "forget",
    arguments.name("forget"),
    arguments=gettext_noop("NAME"),
    purpose=gettext_noop("forget them at once"),
    rights=Rights.EDITOR,
    edits=True,
)
async def forget(services: Services, request: Request, name: str) -> Reply:
    """Forget a concept at once."""
    concept, translator = await services.store.concept(request.chat, name), request.translator
    seconds = services.chat_options.undo_seconds
    change = await services.store.forget(request.chat, concept.id, request.sender, undo_seconds=seconds)
    if not seconds:
        return Reply(translator.gettext("I've forgotten {name} for good.", name=concept.name))
    said = translator.ngettext(
        "I've forgotten {name}. You can take that back for {count} second.",
        "I've forgotten {name}. You can take that back for {count} seconds.",
        seconds,
        name=concept.name,
    )
    return Reply(said, buttons=request.undo_button(change))


def read_forget_all(rest: str) -> tuple[bool, int | None]:
    """Whether that was confirmed, and the chat's revision when it was asked, which a button adds."""
    said, _, revision = rest.casefold().partition(" ")
    return said == "yes", int(revision) if is_number(revision) else None


@command(
    "forgetall",
    read_forget_all,
    purpose=gettext_noop("erase everything I know here"),
    rights=Rights.ADMIN,
    refusal=gettext_noop("Only an admin of this chat may erase everything."),
    edits=True,
)
async def forget_all(services: Services, request: Request, given: tuple[bool, int | None]) -> Reply:
    """Erase the chat's whole memory; asks once. The button counts for what was known when it was asked."""
    confirmed, asked_at = given
    concepts, translator = await services.store.concepts(request.chat), request.translator
    if not concepts and not await services.store.kept(request.chat):
        return Reply(translator.gettext("There is nothing to forget here."))
    if not confirmed:
        question = translator.ngettext(
            "That erases {count} name with all photos and texts. Are you sure?",
            "That erases {count} names with all photos and texts. Are you sure?",
            len(concepts),
        )
        if not concepts:
            question = translator.gettext("That erases all photos that I've kept here. Are you sure?")
        yes = Button(translator.gettext("Yes, forget everything"), f"/forgetall yes {request.revision}")
        return Reply(question, buttons=(yes,))
    seconds = services.chat_options.undo_seconds
    services.under_way.stop(request.chat, request.sender)
    change_id = await services.store.forget_all(request.chat, request.sender, undo_seconds=seconds, asked_at=asked_at)
    services.conversations.drop(request.chat)
    if not seconds:
        return Reply(translator.gettext("I've forgotten everything for good."))
    said = translator.ngettext(
        "I've forgotten everything. You can take that back for {count} second.",
        "I've forgotten everything. You can take that back for {count} seconds.",
        seconds,
    )
    return Reply(said, buttons=request.undo_button(change_id, ChangeKind.FORGET_ALL))


@command(
    "undo",
    read_undo,
    purpose=gettext_noop("take the last change back; what you taught me, only for a short while"),
    rights=Rights.EDITOR,
    edits=True,
)
async def undo(services: Services, request: Request, given: tuple[int | None, bool]) -> Reply:
    """Take the person's last change back, or the one that a button names."""
    (change_id, corrected), translator = given, request.translator
    # Who goes on with "no, that's Max" has no Undo in mind, and no time to heed.
    seconds = None if corrected else services.chat_options.teaching_undo_seconds
    undone = await services.store.undo(request.chat, request.sender, change_id, seconds=seconds)
    if undone.kind is ChangeKind.FORGET_ALL and not undone.count:
        return Reply(translator.gettext("The photos are back."))
    if undone.kind is ChangeKind.FORGET_ALL:
        return Reply(translator.ngettext("{count} name is back.", "{count} names are back.", undone.count))
    if undone.kind is ChangeKind.IMPORT:
        said = translator.ngettext(
            "I've taken back what came in with that file about {count} name.",
            "I've taken back what came in with that file about {count} names.",
            undone.count,
        )
        return Reply(said)
    if undone.kind is ChangeKind.FORGET and undone.before:
        said = gettext_noop("There is another {before} here by now, so this one is back as {name}.")
    elif undone.kind is ChangeKind.REMEMBER and undone.gone:
        said = gettext_noop("I've taken that back: I don't know {name} any more.")
    else:
        said = _TAKEN_BACK.get(undone.kind, _CHANGED_BACK)
    return Reply(translator.gettext(said, name=undone.name, before=undone.before or ""))


@command(
    "settings",
    read_settings,
    purpose=gettext_noop("when I speak, in which language, and who may change what"),
)
async def settings(services: Services, request: Request, change: tuple[str, str | None, bool] | None) -> Reply:
    """Show the chat's settings, or one with all that it can be, to anyone; an admin may change one.

    Turning the diary off erases it, and asks first; so does turning training on, and then asks everybody.
    """
    chosen = request.settings
    asked = change[0] if change and change[1] is None and change[0] in MEANINGS else None
    if change is not None and asked is None:
        key, value = check_setting(*change[:2])
        asks = not change[2] and is_admin(request.sender, request.chat)
        allows = (key, value) == ("training", TrainingUse.ON)
        if asks and (key, value) == ("diary", Diary.OFF):
            if count := await services.store.count_notes(request.chat):
                return _diary_question(count, request.translator)
        elif asks and allows:
            return whether_to_allow(request)
        chosen = ChatSettings.of(await services.store.set_setting(request.chat, key, value, request.sender))
        if allows:
            return allowed(request)
        if (key, value) == ("faces", Faces.ON):
            return faces.allowed(request)
    translator = services.translators.of(chosen.language, request.sender.language)  # it may just have been set
    lines, buttons = [], []
    for key, meanings in {asked: MEANINGS[asked]}.items() if asked else MEANINGS.items():
        now = str(getattr(chosen, key))
        others = [one for one in meanings if one != now]
        lines.append(f"{key}{translator.colon}{now}{translator.in_brackets(translator.gettext(meanings[now]))}")
        buttons += [Button(f"{key}{translator.colon}{one}", f"/settings {key} {one}") for one in others]
        if asked:
            told = ((one, translator.in_brackets(translator.gettext(meanings[one]))) for one in others)
            lines += [f"/settings {key} {one}{meaning}" for one, meaning in told]
    return Reply("\n".join(lines), buttons=tuple(buttons))


def _diary_question(count: int, translator: Translator) -> Reply:
    question = translator.ngettext(
        "Then I erase my diary, too: {count} note of when I saw someone. Shall I?",
        "Then I erase my diary, too: {count} notes of when I saw someone. Shall I?",
        count,
    )
    yes = "/settings diary off yes"
    return Reply(
        question, buttons=(Button(translator.gettext("Yes, erase the diary"), yes),), question=Question(yes=yes)
    )
