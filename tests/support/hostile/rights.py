"""Every edit × role × way there is: who may do it, and how to try it.

For the tests (of the store, and of the assistant before it), and for whoever attacks a running bot: `attempts` tries
all of them and says of each what came of it and what should have.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import count, product
from types import MappingProxyType
from typing import Any

import numpy as np

from bot.build.rapport import Rapport
from core.concepts import Box
from core.messages import Attachment, Chat, Message, Reply, Sender
from core.policy.consent import WORDING
from core.store.store import Store
from core.store.values import NewConcept, NewInfo, NewKept
from tests.support.fakes import blocks
from tests.support.stores import embedding, reference

CREATOR = Sender("7", "Ann")
ROOT = Sender("9", "Root", admin=True)
ROLES = MappingProxyType(
    {
        "creator": CREATOR,
        "member": Sender("8", "Ben"),
        "admin": ROOT,
        "nobody": Sender(""),
        "channel": Sender("-1009", "Snow News", is_chat=True),
        "anonymous admin": Sender("-5", "The group", admin=True, is_chat=True),
        "webhook": Sender("4711", "Ann"),  # whatever it calls itself
    }
)
BLOCKED = MappingProxyType(
    {"blocked": Sender("66", "Mallory"), "blocked channel": Sender("-66", "Mallory's", is_chat=True)}
)
STRANGERS = MappingProxyType({"not allowed": Sender("77", "Eve"), "not allowed admin": Sender("78", "Eve", admin=True)})
ACCESS = MappingProxyType(
    {"allow": ["guild:telegram:let in"], "block": ["user:telegram:66", "chat:telegram:-66", "user:telegram:67"]}
)
"""The lists that make the roles so: `attempts` wants a bot that is set up with them."""

UNLIMITED = MappingProxyType(
    dict.fromkeys(("person_photos_minute", "chat_photos_minute", "person_names", "chat_names"), 0)
)
"""Nor must quotas stop it."""


class Needs(StrEnum):
    """What an edit of Ann's bo takes."""

    NOTHING = "nothing"
    PERSON = "person"  # somebody with an id of their own: no channel, nobody anonymous
    EDITOR = "editor"  # who made it, or an admin
    ADMIN = "admin"

    def met_by(self, role: str, edits: str = "creator") -> bool:
        """Whether a role may, with a chat's `/settings edits`."""
        admin = role in {"admin", "anonymous admin"}
        if self is Needs.PERSON:
            return role not in {"nobody", "channel", "anonymous admin"}
        if self is Needs.EDITOR:
            return admin or role == "creator" or edits == "anyone"
        return admin or self is Needs.NOTHING


# ── the store ─────────────────────────────────────────────────────────────────────────────────────

FACE = np.ones(128, np.float32)
IMPORTED = NewConcept("bo", "cat", (NewInfo("sings"),), (reference(),))
StoreEdit = Callable[[Store, Chat, int, int, Sender], Awaitable[object]]
"""Of a chat in which Ann has remembered bo with a photo, after him lu, and keeps a photo under number 1.

Training is on there.
"""

STORE_EDITS: MappingProxyType[str, tuple[StoreEdit, Needs]] = MappingProxyType(
    {
        "remember somebody new": (lambda s, c, bo, photo, by: s.remember(c, "mia", by=by), Needs.NOTHING),
        "add a photo": (
            lambda s, c, bo, photo, by: s.remember(c, "bo", by=by, references=[reference()]),
            Needs.NOTHING,
        ),
        "add what was detected": (
            lambda s, c, bo, photo, by: s.remember(c, "bo", by=by, detected="dog"),
            Needs.NOTHING,
        ),
        "remember with a text": (lambda s, c, bo, photo, by: s.remember(c, "bo", by=by, info="sings"), Needs.EDITOR),
        "remember with a category": (
            lambda s, c, bo, photo, by: s.remember(c, "bo", by=by, category="cat"),
            Needs.EDITOR,
        ),
        "remember under a twin": (lambda s, c, bo, photo, by: s.remember(c, "b\u200bO", by=by, info="x"), Needs.EDITOR),
        "take in": (lambda s, c, bo, photo, by: s.take_in(c, IMPORTED, by, concept_id=bo), Needs.NOTHING),
        "correct": (lambda s, c, bo, photo, by: s.add_reference(c, bo, reference(), by), Needs.NOTHING),
        "move": (
            lambda s, c, bo, photo, by: s.move_reference(c, photo, Box(0, 0, 5, 5), embedding(2), by),
            Needs.EDITOR,
        ),
        "merge": (lambda s, c, bo, photo, by: s.merge(c, bo, bo + 1, by), Needs.EDITOR),
        "merge into another": (lambda s, c, bo, photo, by: s.merge(c, bo + 1, bo, by), Needs.EDITOR),
        "remove a photo": (lambda s, c, bo, photo, by: s.remove_reference(c, photo, by, undo_seconds=30), Needs.EDITOR),
        "give a photo to another": (
            lambda s, c, bo, photo, by: s.reassign_reference(c, photo, "rex", by),
            Needs.EDITOR,
        ),
        "choose a cover": (lambda s, c, bo, photo, by: s.set_cover(c, photo, by), Needs.EDITOR),
        "rename": (lambda s, c, bo, photo, by: s.rename(c, bo, "rex", by), Needs.EDITOR),
        "describe": (lambda s, c, bo, photo, by: s.describe(c, bo, "sings", by), Needs.EDITOR),
        "let go of all texts": (lambda s, c, bo, photo, by: s.undescribe(c, bo, by, undo_seconds=30), Needs.EDITOR),
        "change some texts": (
            lambda s, c, bo, photo, by: s.retell(c, bo, by, gone=["barks"], new=["sings"], undo_seconds=30),
            Needs.EDITOR,
        ),
        "categorise": (lambda s, c, bo, photo, by: s.categorise(c, bo, "cat", by), Needs.EDITOR),
        "forget": (lambda s, c, bo, photo, by: s.forget(c, bo, by, undo_seconds=30), Needs.EDITOR),
        "keep a photo": (lambda s, c, bo, photo, by: s.keep(c, NewKept(b"kept", {bo: True}), by), Needs.NOTHING),
        "take a kept photo in": (
            lambda s, c, bo, photo, by: s.take_in_kept(c, NewKept(b"kept", {}), by),
            Needs.NOTHING,
        ),
        "let a kept photo go": (lambda s, c, bo, photo, by: s.unkeep(c, 1, by, undo_seconds=30), Needs.EDITOR),
        "undo": (lambda s, c, bo, photo, by: s.undo(c, by), Needs.EDITOR),
        "set a setting": (lambda s, c, bo, photo, by: s.set_setting(c, "replies", "all", by), Needs.ADMIN),
        "turn training on": (lambda s, c, bo, photo, by: s.set_setting(c, "training", "on", by), Needs.ADMIN),
        "agree": (lambda s, c, bo, photo, by: s.agree(c, by, WORDING), Needs.PERSON),
        "take a consent back": (lambda s, c, bo, photo, by: s.withdraw(c, by), Needs.NOTHING),
        "offer to compare faces": (lambda s, c, bo, photo, by: s.offer_faces(c, by), Needs.NOTHING),
        "compare faces": (lambda s, c, bo, photo, by: s.set_setting(c, "faces", "on", by), Needs.ADMIN),
        "refuse a face": (
            lambda s, c, bo, photo, by: s.refuse_face(c, FACE, [bo], by, undo_seconds=30),
            Needs.PERSON,
        ),
        "admit a face": (lambda s, c, bo, photo, by: s.admit_face(c, by), Needs.NOTHING),
        "forget everything": (lambda s, c, bo, photo, by: s.forget_all(c, by, undo_seconds=30), Needs.ADMIN),
    }
)

# ── the assistant ─────────────────────────────────────────────────────────────────────────────────


class Outcome(StrEnum):
    """What came of an attempt."""

    DONE = "done"
    REFUSED = "refused"  # with a sentence, and nothing is changed
    SILENT = "silent"  # without one


@dataclass(frozen=True, slots=True)
class ChatEdit:
    """An edit as a chat can ask for it. `text` may name the values of the buttons that Ann's own messages got."""

    text: str
    needs: Needs
    colours: tuple[str, ...] = ()
    file: bool = False
    photo: bool = False  # it takes one of bo, and one under discussion
    training: bool = False  # it takes that training is on


EDITS = MappingProxyType(
    {
        "remember somebody new": ChatEdit("/remember mia", Needs.NOTHING, ("green",)),
        "add a photo": ChatEdit("/remember bo", Needs.NOTHING, ("red", "pink")),
        "add a photo to a twin": ChatEdit("/remember B\u2060o", Needs.NOTHING, ("red", "pink")),
        "remember with a category": ChatEdit("/remember bo | cat", Needs.EDITOR, ("red", "pink")),
        "remember with a text": ChatEdit("/remember bo | | sings", Needs.EDITOR, ("red", "pink")),
        "remember a twin with a text": ChatEdit("/remember b\u200bo | | sings", Needs.EDITOR, ("red", "pink")),
        "rename": ChatEdit("/rename bo | rex", Needs.EDITOR),
        "describe": ChatEdit("/describe bo | sings", Needs.EDITOR),
        "let go of all texts": ChatEdit("{undescribe}", Needs.EDITOR),
        "change some texts": ChatEdit("/retell bo\n- barks\n+ sings", Needs.EDITOR),
        "categorise": ChatEdit("/category bo | cat", Needs.EDITOR),
        "take the category away": ChatEdit("/category bo |", Needs.EDITOR),
        "forget": ChatEdit("/forget bo", Needs.EDITOR),
        "forget a twin": ChatEdit("/forget \uff22\u00adO", Needs.EDITOR),
        "aim": ChatEdit("{aim}", Needs.EDITOR),
        "merge": ChatEdit("/merge bo | lu", Needs.EDITOR),
        "merge into another": ChatEdit("/merge lu | bo", Needs.EDITOR),
        "remove a photo": ChatEdit("/remove bo 1", Needs.EDITOR, photo=True),
        "remove the photo of a button": ChatEdit("/remove #{photo}", Needs.EDITOR),
        "move a photo": ChatEdit("/move bo 1 | rex", Needs.EDITOR, photo=True),
        "choose a cover": ChatEdit("/cover bo 1", Needs.EDITOR, photo=True),
        "undo": ChatEdit("/undo", Needs.EDITOR),
        "undo that change": ChatEdit("{undo}", Needs.EDITOR),
        "keep a photo": ChatEdit("/keep", Needs.NOTHING, ("green",)),
        "let a kept photo go": ChatEdit("/unkeep 1", Needs.EDITOR),
        "yes": ChatEdit("{yes}", Needs.NOTHING),
        "no": ChatEdit("{no}", Needs.NOTHING),
        "wrong": ChatEdit("/wrong bo", Needs.NOTHING, photo=True),
        "name a place": ChatEdit("{point}", Needs.NOTHING),
        "remember in plain words": ChatEdit("this is Mia", Needs.NOTHING, ("green",)),
        "add a photo in plain words": ChatEdit("this is bo", Needs.NOTHING, ("red", "pink")),
        "rename in plain words": ChatEdit("rename bo to Rex", Needs.EDITOR),
        "describe in plain words": ChatEdit("bo is afraid of thunder", Needs.EDITOR),
        "merge in plain words": ChatEdit("bo and lu are the same", Needs.EDITOR),
        "forget in plain words": ChatEdit("please forget bo", Needs.EDITOR),
        "undo in plain words": ChatEdit("undo", Needs.EDITOR),
        "no in plain words": ChatEdit("that's not bo", Needs.NOTHING, photo=True),
        "import": ChatEdit("/import", Needs.NOTHING, file=True),
        "set a setting": ChatEdit("/settings replies all", Needs.ADMIN),
        "let anybody edit": ChatEdit("/settings edits anyone", Needs.ADMIN),
        "turn training on": ChatEdit("/settings training on yes", Needs.ADMIN),
        "agree": ChatEdit("/consent yes", Needs.PERSON, training=True),
        "agree as asked": ChatEdit("/consent yes 1", Needs.PERSON, training=True),
        "forget everything": ChatEdit("/forgetall yes", Needs.ADMIN),
        "forget everything as asked": ChatEdit("{forgetall}", Needs.ADMIN),
    }
)
WAYS: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "typed": {},
        "button": {"pressed": True},
        "reply": {"reply_to": "photo"},
        "not addressed": {"addressed": False},
        "the same message again": {"id": "photo"},  # as an edited one would come, if an adapter handed it on
    }
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: which edit, by whom, by which way, what came of it and what should have."""

    edit: str
    role: str
    way: str
    outcome: Outcome
    expected: Outcome
    said: str

    @property
    def held(self) -> bool:
        """Whether the bot did what it should."""
        return self.outcome is self.expected


async def attempts(
    running: Rapport,
    names: Iterable[str] = EDITS,
    ways: Iterable[str] = WAYS,
    edits: str = "creator",
    start: int = 100,
) -> AsyncIterator[Attempt]:
    """Try the named edits in every role by every way, in groups whose numbers count from `start`."""
    number, archive = count(start), await _archive(running, start)
    for name in names:
        edit, prepared = EDITS[name], None
        for way, role in product(ways, (*ROLES, *BLOCKED, *STRANGERS)):
            if prepared is None:  # what changes nothing needs no other group for the next try
                chat = Chat("telegram", f"-{next(number)}", guild="let in")
                prepared = await _prepare(running, chat, edits, with_photo=edit.photo or "{" in edit.text)
                if edit.training:
                    await running.store.set_setting(chat, "training", "on", ROOT)
            before = await known(running.store, chat)
            asking = {**ROLES, **BLOCKED, **STRANGERS}[role]
            message = Message(
                replace(chat, guild="") if role in STRANGERS else chat,
                asking,
                edit.text.format_map(prepared),
                (blocks(*edit.colours),) if edit.colours else (),
                (archive,) if edit.file else (),
                **{"id": f"{name} {role} {way}", **WAYS[way]},
            )
            reply = await _last(running, message)
            changed = await known(running.store, chat) != before
            outcome = Outcome.DONE if changed else Outcome.SILENT if reply.silent else Outcome.REFUSED
            yield Attempt(name, role, way, outcome, _expected(edit, role, way, edits), reply.text)
            prepared = None if changed else prepared


def _expected(edit: ChatEdit, role: str, way: str, edits: str) -> Outcome:
    if way == "not addressed" and edit.text[0] not in "/{":  # talk among people, which commands never are
        return Outcome.SILENT
    if role in ROLES and edit.needs.met_by(role, edits):
        return Outcome.DONE
    # Nobody is told what they didn't ask the bot.
    return Outcome.SILENT if role in BLOCKED or way == "not addressed" else Outcome.REFUSED


async def known(store: Store, chat: Chat) -> object:
    """All that a chat knows, to be compared."""
    concepts = await store.concepts(chat)
    references = [await store.references(chat, one.id) for one in concepts]
    agreed = [one.person for one in (await store.consents(chat)).agreed]
    return concepts, references, await store.kept(chat), dict((await store.state(chat)).settings), agreed


async def _archive(running: Rapport, start: int) -> Attachment:
    """What another group exports: a rex of its own."""
    away = Chat("telegram", f"-{start}000", guild="let in")
    await _last(running, Message(away, ROOT, "/remember rex", (blocks("green", "pink"),)))
    (archive,) = (await _last(running, Message(away, ROOT, "/export"))).attachments
    return archive


async def _prepare(running: Rapport, chat: Chat, edits: str, *, with_photo: bool) -> dict[str, str]:
    """Ann's bo and lu, and if wanted a photo of bo under discussion; returns what the buttons say that people got."""
    await running.store.set_setting(chat, "edits", edits, ROOT)
    await running.store.keep(chat, NewKept(b"kept", {}), CREATOR)
    await running.store.remember(chat, "lu", by=CREATOR, info="meows")
    if not with_photo:
        await running.store.remember(chat, "bo", by=CREATOR, category="dog", info="barks")
        return {}
    learnt = await _last(running, Message(chat, CREATOR, "/remember bo | dog | barks", (blocks("red", "blue"),)))
    seen = await _last(running, Message(chat, CREATOR, "", (blocks("red", "pink"),), id="photo"))
    asked = await _last(running, Message(chat, ROOT, "/forgetall"))
    values = [button.value for reply in (learnt, seen, asked) for button in reply.buttons]
    found = {word: next(one for one in values if one.startswith(f"/{word}")) for word in ("aim", "undo", "confirm no")}
    yes = found["confirm no"].replace(" no ", " yes ")
    bo = await running.store.concept(chat, "bo")
    [photo] = await running.store.photo_ids(chat, bo.id)
    found |= {"point": f"{seen.regions[0].value} | mia"}
    found |= {"photo": str(photo), "undescribe": f"/undescribe {bo.id}"}
    return {**found, "no": found["confirm no"], "yes": yes, "forgetall": asked.buttons[0].value}


async def _last(running: Rapport, message: Message) -> Reply:
    return [reply async for reply in running.assistant.answer(message)][-1]
