"""No message and no edit makes the database read a whole table: what is asked for is indexed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from core.concepts import Box
from core.messages import Chat
from core.store.schema import metadata
from core.store.store import Store
from core.store.values import NewConcept, NewInfo, NewKept, SaidLine, SightingNote
from tests.support.stores import ANN, HOME, ROOT, WORK, Clock, embedding, opened, reference

pytestmark = pytest.mark.sqlite  # files alone

# Partial indexes of what is hidden until its time comes: there is never much of it.
HIDDEN = ("ix_concepts_erase_at", "ix_kept_photos_erase_at", "ix_chats_erase_at", "pk_dead_keys")

PRIVATE = Chat("test", "a", private=True)
SMALL = {"inbox", "dead_keys", "sealing"}  # what is under way: a row goes with its answer, or its key; and one row


@contextmanager
def statements() -> Iterator[dict[str, Any]]:
    """The statements that are sent to a database inside, each with parameters that it had."""
    sent: dict[str, Any] = {}

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        sent[statement] = parameters

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def story(store: Store, clock: Clock) -> None:
    """All that messages, buttons, quotas, inline typing, edits and the timers ask of the store."""
    await store.set_setting(HOME, "diary", "on", ROOT)
    bo = (await store.remember(HOME, "bo", by=ANN, info="barks", references=[reference()])).concept
    mia = (await store.remember(HOME, "mia", by=ANN, category="cat", references=[reference(seed=1)])).concept
    await store.add_reference(HOME, bo.id, reference(negative=True), ANN, question="1", shown=("1", 0))
    revision = await store.revision(HOME)
    [photo, *_] = await store.photo_ids(HOME, bo.id)
    await store.say(HOME, [SaidLine("m1", "bo!", clock()), SaidLine("r1", "Hi", clock(), reply=True)], revision)
    await store.lines(HOME, 9)
    await store.note(HOME, [bo.id], "Ann", "1")
    await store.notes(HOME, bo.id)
    await store.count_notes(HOME)
    _, kept = await store.keep(HOME, NewKept(b"x", {bo.id: True}, "1 0"), ANN)
    await store.kept_pixels(HOME, [one.id for one in await store.kept(HOME, [bo.id])])
    await store.memory(HOME)
    await store.rename(HOME, bo.id, "Bo", ANN)
    await store.move_reference(HOME, photo, Box(0, 0, 9, 9), embedding(3), ANN)
    assert await store.memory_changes(HOME, revision)
    await store.concepts(HOME)
    await store.find(HOME, "bo")
    await store.references(HOME, bo.id)
    await store.reference(HOME, photo)
    await store.first_references(HOME)
    await store.first_references(HOME, [bo.id])
    await store.usage(HOME)
    await store.usage_of(HOME, ANN)
    await store.named_like(HOME, "b", 20)
    await store.homes(HOME, ANN)
    await store.set_setting(PRIVATE, "training", "on", ANN)
    await store.withdraw(PRIVATE, ANN)
    await store.consents(HOME)
    await store.describe(HOME, bo.id, "is old", ANN)
    await store.undescribe(HOME, bo.id, ANN, undo_seconds=30)
    await store.undo(HOME, ANN)
    await store.categorise(HOME, bo.id, "dog", ANN)
    await store.set_cover(HOME, photo, ANN)
    await store.undo(HOME, ANN)
    await store.merge(HOME, bo.id, mia.id, ANN)
    await store.undo(HOME, ANN)
    await store.reassign_reference(HOME, photo, "rex", ANN)
    await store.undo(HOME, ANN)
    await store.remove_reference(HOME, photo, ANN, undo_seconds=30)
    await store.undo(HOME, ANN)
    archive = NewConcept("lu", "dog", (NewInfo("sings"),), (reference(seed=5),), (SightingNote(clock()),))
    await store.take_in(HOME, archive, ANN)
    await store.undo(HOME, ANN)
    await store.undo(HOME, ANN, kept)
    for _ in range(20):  # every so often older changes go
        await store.categorise(HOME, mia.id, "cat", ANN)
    await store.forget(HOME, mia.id, ANN, undo_seconds=30)
    await store.undo(HOME, ANN)
    await store.forget(HOME, mia.id, ANN, undo_seconds=0)
    await store.forget_all(HOME, ROOT, undo_seconds=30)
    clock.turn(60)
    await store.erase_expired(clock())
    await store.remember(WORK, "bo", by=ANN, references=[reference()])
    await store.left(WORK, None)
    await store.erase_lines(timedelta(0))
    await store.erase_expired(clock())


async def test_nothing_that_a_message_or_a_timer_asks_reads_a_whole_table(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        with statements() as sent:
            await story(store, clock)
    scanned = []
    with closing(sqlite3.connect(tmp_path / "store.db")) as db:
        for statement, parameters in sent.items():
            if "temp." in statement or not statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
                continue
            plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            whole = [step for step in plan if step.startswith("SCAN") and not step.endswith(HIDDEN)]
            scanned += [f"{step}: {statement}" for step in whole if step.split()[1] in {*metadata.tables} - SMALL]
    assert len(sent) > 80
    assert not scanned, "\n\n".join(scanned)
