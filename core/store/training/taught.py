"""What of a chat may be used for training: what people who agree have taught there themselves, and nothing else.

Left out is whatever can't be told for sure: photos and texts of an archive, or so old that it isn't on record who has
taught them; photos that say what somebody does not look like; a concept whose creator doesn't agree.
"""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import Connection, select

from core.commands.settings import ChatSettings, TrainingUse
from core.concepts import Info, Reference
from core.store.keys.sealing import ask
from core.store.reading import living_in, reference_of
from core.store.schema import changes, chats, concepts, consents, info_authors, infos, reference_authors, references
from core.store.training.consents import agreed_in
from core.store.values import ChangeKind, TaughtConcept


def read_taught(db: Connection, chat: str) -> tuple[TaughtConcept, ...]:
    """The concepts of a chat of which something may be used, in the order they were made, each with a photo at least.

    All of one moment, and only of a chat where training is on and which the bot was not removed from.
    """
    row = db.execute(select(chats).where(chats.c.key == chat, chats.c.erase_at.is_(None))).first()
    if row is None or ChatSettings.of(row.settings).training is TrainingUse.OFF:
        return ()
    agreed = select(consents.c.person).where(agreed_in(chat), consents.c.person != "")
    mine = living_in(chat) & concepts.c.creator_id.in_(agreed)
    photos = defaultdict[int, list[Reference]](list)
    shown = select(references).join(concepts).join(reference_authors).where(mine, ~references.c.negative)
    own = reference_authors.c.taught & reference_authors.c.person.in_(agreed)
    for one in ask(db, shown.where(own).order_by(references.c.id)):
        photos[one.concept].append(reference_of(one))
    texts = defaultdict[int, list[Info]](list)
    told = select(infos).join(concepts).join(info_authors).where(mine, info_authors.c.person.in_(agreed))
    for one in ask(db, told.order_by(infos.c.at, infos.c.id)):
        texts[one.concept].append(Info(one.text, one.author, one.at))
    rows = ask(db, select(concepts).where(mine, concepts.c.id.in_(photos)).order_by(concepts.c.id)).all()
    names = _names(db, chat)
    return tuple(
        TaughtConcept(
            one.id,
            one.category,
            tuple(dict.fromkeys((one.name, *names))),
            tuple(texts[one.id]),
            tuple(photos[one.id]),
        )
        for one in rows
    )


def _names(db: Connection, chat: str) -> list[str]:
    """Every name that a text of the chat may speak of: of concepts, former and forgotten ones too, and of people."""
    here = concepts.c.chat == chat
    authors = select(infos.c.author).join(concepts).where(here), select(references.c.author).join(concepts).where(here)
    queries = (
        select(concepts.c.name).where(here),
        select(concepts.c.creator_name).where(here),
        *authors,
        select(consents.c.name).where(consents.c.chat == chat),
    )
    names = {name for query in queries for name in ask(db, query).scalars()}
    renamed = (changes.c.chat == chat) & (changes.c.kind == ChangeKind.RENAME)
    for detail in ask(db, select(changes.c.detail).where(renamed)).scalars():
        names |= {(detail or {}).get(key) for key in ("before", "after")}
    return sorted(name for name in names if name)
