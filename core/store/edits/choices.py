"""What a chat has chosen and its people have agreed to."""

from __future__ import annotations

from sqlalchemy import Connection, select

from core.commands.settings import ChatSettings, Diary, Faces, TrainingUse
from core.errors import NotAllowed, UserError
from core.i18n.lazy_strings import gettext_noop
from core.policy.consent import WORDING, may_agree
from core.policy.faces import compares_faces
from core.store import faces
from core.store.edits.edit import Edit
from core.store.edits.rows import write_setting
from core.store.kept import seen
from core.store.schema import chats
from core.store.training import consents

_MAY_SET = gettext_noop("Only an admin of this chat may change the settings.")


def set_setting(edit: Edit, key: str, value: str) -> dict[str, str]:
    """Write one of the chat's settings beside the others; returns all of them.

    Turned off, the diary is erased, the embeddings of faces are, and with training everybody's consent. Who is alone
    with the bot agrees by turning training on.
    """
    edit.require_admin(_MAY_SET)
    if (key, value) == ("diary", Diary.OFF.value):
        seen.clear_notes(edit.db, edit.chat)
    if key == "faces" and value != Faces.ON.value:
        faces.erase(edit.db, edit.chat)
    if (key, value) == ("training", TrainingUse.OFF.value):
        consents.clear(edit.db, edit.chat)
    if (key, value) == ("training", TrainingUse.ON.value):
        if edit.settings.training is TrainingUse.OFF:  # nobody's word from before counts again
            consents.clear(edit.db, edit.chat)
        consents.add(edit.db, edit.chat, edit.by, edit.at, opened=True)
        if edit.scope.private and may_agree(edit.by):
            consents.add(edit.db, edit.chat, edit.by, edit.at, opened=False)
    return write_setting(edit.db, edit.chat, key, value)


def close_training(db: Connection, chat: str) -> None:
    """Turn training off in a chat where it is on; nobody's consent is left."""
    stored = db.scalar(select(chats.c.settings).where(chats.c.key == chat)) or {}
    consents.clear(db, chat)
    if ChatSettings.of(stored).training is TrainingUse.ON:
        write_setting(db, chat, "training", TrainingUse.OFF.value)


def agree(edit: Edit, wording: int) -> None:
    """Let who asks agree to the wording of that number. Raises `UserError` where training is off, or has another one.

    Nobody agrees for others: whoever is anonymous, or writes as a channel or a group, gets `NotAllowed`.
    """
    if not may_agree(edit.by):
        raise NotAllowed("Only you yourself can agree to that: write as a person, not as a channel or a group.")
    if edit.settings.training is TrainingUse.OFF:
        raise UserError("Nothing is used for training here, so there is nothing to agree to.")
    if wording != WORDING:
        raise UserError("What that means has changed since I asked. Read it with /consent, and agree there.")
    consents.add(edit.db, edit.chat, edit.by, edit.at, opened=False)


def withdraw(edit: Edit) -> bool:
    """Take the consent of who asks back, and let them turn training off where they are alone; whether there was one."""
    there = bool(edit.by.id) and consents.withdraw(edit.db, edit.chat, edit.by.id)
    if edit.scope.private:
        close_training(edit.db, edit.chat)
    return there


def offer_faces(edit: Edit) -> bool:
    """Whether nobody has said yet if faces are compared here; from now on a group doesn't until an admin says so."""
    if edit.settings.faces is not Faces.AUTO or compares_faces(edit.settings, edit.scope):
        return False
    write_setting(edit.db, edit.chat, "faces", Faces.OFF.value)
    return True
