"""Indexes kept in memory: as fresh as the store, brought up by what an edit has changed, within their budget."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.concepts import Box
from core.errors import RapportError
from core.recognition.index import ChatIndex
from core.recognition.retriever import Retriever
from core.store.store import Store
from core.store.values import NewConcept, NewInfo, NewReference
from tests.support.stores import HOME, ROOT, WORK, Clock, embedding, opened, reference

NAMES = ["bo", "mia", "rex", "lu", "the red kettle"]


class Editing:
    """Edits that somebody may ask for, each of what there is at that moment, chosen at random."""

    def __init__(self, stores: tuple[Store, ...], random: Random, clock: Clock) -> None:
        self._stores, self._random, self._clock = stores, random, clock
        self._store = stores[0]

    async def step(self) -> None:
        """One edit by one of the stores; what the store refuses changes nothing."""
        self._store = self._random.choice(self._stores)
        edit = self._random.choice(self.edits())
        try:
            await edit()
        except RapportError:
            return

    def edits(self) -> list[Callable[[], Awaitable[object]]]:
        return [
            self.remember,
            self.remember,
            self.remember,
            self.take_in,
            self.add_reference,
            self.move_reference,
            self.merge,
            self.remove_reference,
            self.reassign,
            self.set_cover,
            self.rename,
            self.describe,
            self.undescribe,
            self.retell,
            self.categorise,
            self.forget,
            self.forget,
            self.forget_all,
            self.set_setting,
            self.undo,
            self.undo,
            self.undo,
            self.erase,
            self.reembed,
            self.move_chat,
        ]

    async def _concept(self) -> int:
        known = [one.id for one in await self._store.concepts(HOME)]
        return self._random.choice(known or [0])

    async def _reference(self) -> int:
        known = [one.id for one in (await self._store.memory(HOME)).references]
        return self._random.choice(known or [0])

    def _new(self) -> NewReference:
        return reference(seed=self._random.randrange(40), negative=self._random.random() < 0.3)

    def _seconds(self) -> int:
        return self._random.choice([0, 30])

    async def remember(self) -> None:
        new = [self._new() for _ in range(self._random.randrange(3))]
        info = self._random.choice([None, "barks", "Sleeps"])
        chat = self._random.choice([HOME, HOME, WORK])
        name = self._random.choice(NAMES)
        await self._store.remember(chat, name, by=ROOT, detected="dog", info=info, references=new)

    async def take_in(self) -> None:
        new = NewConcept(self._random.choice(NAMES), "cat", (NewInfo("purrs"),), (self._new(),))
        await self._store.take_in(HOME, new, ROOT)

    async def add_reference(self) -> None:
        await self._store.add_reference(HOME, await self._concept(), self._new(), ROOT)

    async def move_reference(self) -> None:
        box = Box(0, 0, self._random.randrange(9, 99), 9)
        new = embedding(self._random.randrange(40))
        await self._store.move_reference(HOME, await self._reference(), box, new, ROOT)

    async def merge(self) -> None:
        against = [await self._reference()]
        await self._store.merge(HOME, await self._concept(), await self._concept(), ROOT, contradicting=against)

    async def remove_reference(self) -> None:
        await self._store.remove_reference(HOME, await self._reference(), ROOT, undo_seconds=self._seconds())

    async def reassign(self) -> None:
        await self._store.reassign_reference(HOME, await self._reference(), self._random.choice(NAMES), ROOT)

    async def set_cover(self) -> None:
        await self._store.set_cover(HOME, await self._reference(), ROOT)

    async def rename(self) -> None:
        await self._store.rename(HOME, await self._concept(), self._random.choice(NAMES), ROOT)

    async def describe(self) -> None:
        await self._store.describe(HOME, await self._concept(), self._random.choice(["digs", "is old"]), ROOT)

    async def undescribe(self) -> None:
        await self._store.undescribe(HOME, await self._concept(), ROOT, undo_seconds=self._seconds())

    async def retell(self) -> None:
        gone, new = self._random.sample(["digs", "is old", "barks", "howls"], 2)
        seconds = self._seconds()
        await self._store.retell(HOME, await self._concept(), ROOT, gone=[gone], new=[new], undo_seconds=seconds)

    async def categorise(self) -> None:
        await self._store.categorise(HOME, await self._concept(), self._random.choice(["dog", None]), ROOT)

    async def forget(self) -> None:
        await self._store.forget(HOME, await self._concept(), ROOT, undo_seconds=self._seconds())

    async def forget_all(self) -> None:
        await self._store.forget_all(HOME, ROOT, undo_seconds=self._seconds())

    async def set_setting(self) -> None:
        await self._store.set_setting(HOME, "language", "de", ROOT)

    async def undo(self) -> None:
        await self._store.undo(HOME, ROOT)

    async def erase(self) -> None:
        self._clock.turn(self._random.choice([1, 40]))
        await self._store.erase_expired(self._clock())

    async def reembed(self) -> None:
        await self._store.store_embedding(await self._reference(), embedding(self._random.randrange(40)))

    async def move_chat(self) -> None:
        await self._store.move(WORK, HOME)


def seen_by(index: ChatIndex) -> object:
    """All that an index answers, of the references that there may be."""
    photo = [embedding(seed) for seed in range(4)]
    found = index.compare(photo)
    table, near = index.search(np.stack([one.vector for one in photo]), 100)
    return (
        index.revision,
        index.concepts,
        index.known,
        len(index),
        (found.concepts, found.scores.tolist(), found.denied.tolist()),
        (table.tolist(), near.tolist()),
        [(row.id, row.concept_id, row.embedding.to_bytes()) for row in index.positives()],
        [index.likeness(photo[0], one.id) for one in index.concepts],
        [[row.id for row in index.negatives_of(one.id)] for one in index.concepts],
        index.size,
    )


async def edited(seed: int, steps: int) -> None:
    """Two processes edit one file; after each edit, or some, the index that was kept is as one that is made anew."""
    random, clock = Random(seed), Clock()  # noqa: S311 - repeatable
    with tempfile.TemporaryDirectory() as folder:
        async with opened(Path(folder), clock=clock) as store, opened(Path(folder), clock=clock) as other:
            kept, editing = Retriever(store), Editing((store, other), random, clock)
            for _ in range(steps):
                await editing.step()
                if random.random() < 0.6:
                    assert seen_by(await kept.index(HOME)) == seen_by(ChatIndex(await store.memory(HOME)))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_an_index_kept_through_any_edits_is_as_one_that_is_loaded_anew(seed: int) -> None:
    asyncio.run(edited(seed, steps=25))
