"""Who agrees that what they taught in a chat is used for training. Plain functions on a connection.

A consent holds for one person, one chat and one wording (`core.policy.consent`). Nothing is left of one that was taken
back.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, select

from core.commands.settings import ChatSettings, TrainingUse
from core.messages import Sender
from core.policy.consent import WORDING
from core.store.keys.sealing import ask, insert_row
from core.store.schema import chats, consents
from core.store.values import Consent, Consents


def read_consents(db: Connection, chat: str) -> Consents:
    """Who has turned training on in a chat, and who agrees to the present wording, in the order in which they did."""
    rows = ask(db, select(consents).where(consents.c.chat == chat).order_by(consents.c.id)).all()
    opened = [_consent(row) for row in rows if row.opened]
    agreed = tuple(_consent(row) for row in rows if not row.opened and row.wording == WORDING)
    return Consents(opened[-1] if opened else None, agreed)


def _consent(row: Row[Any]) -> Consent:
    return Consent(row.person, row.name, row.at, row.wording)


def add(db: Connection, chat: str, by: Sender, at: datetime, *, opened: bool) -> None:
    """Note that a person agrees to the present wording, or turns training on; what was noted of that before goes."""
    mine = (consents.c.chat == chat) & (consents.c.opened == opened)
    db.execute(delete(consents).where(mine if opened else mine & (consents.c.person == by.id)))
    row = {"chat": chat, "at": at, "wording": WORDING, "opened": opened, "person": by.id, "name": by.name}
    insert_row(db, consents, row)


def agreed_in(chat: str) -> ColumnElement[bool]:
    """The condition for the consents of a chat that count."""
    return (consents.c.chat == chat) & ~consents.c.opened & (consents.c.wording == WORDING)


def withdraw(db: Connection, chat: str, person: str) -> bool:
    """Take a person's consent in a chat back; returns whether there was one."""
    mine = (consents.c.chat == chat) & ~consents.c.opened & (consents.c.person == person)
    return bool(db.execute(delete(consents).where(mine)).rowcount)


def clear(db: Connection, chat: str) -> None:
    """Erase all consents of a chat, with who has turned training on."""
    db.execute(delete(consents).where(consents.c.chat == chat))


def read_agreed_of(db: Connection, platform: str, person: str) -> list[str]:
    """The keys of a platform's chats in which a person agrees, to whichever wording."""
    here = consents.c.chat.startswith(f"{platform}:", autoescape=True) & ~consents.c.opened
    return list(db.scalars(select(consents.c.chat).where(here, consents.c.person == person).distinct()))


def read_open_chats(db: Connection) -> list[str]:
    """The keys of all chats in which training is on and somebody agrees; of none that the bot was removed from."""
    agreed = select(consents.c.chat).where(~consents.c.opened, consents.c.wording == WORDING)
    rows = db.execute(select(chats).where(chats.c.key.in_(agreed), chats.c.erase_at.is_(None)).order_by(chats.c.key))
    return [row.key for row in rows if ChatSettings.of(row.settings).training is TrainingUse.ON]
