"""After a change of encoder every stored photo is embedded anew, however busy the models are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from core.concepts import Embedding, Region
from core.errors import FULL, Busy, ModelError
from core.images.decoding import Image
from core.ports import View
from core.recognition.calibration import Calibration
from core.recognition.recognizer import Recognizer
from core.recognition.reembedding import reembed
from core.recognition.retriever import Retriever
from core.store.store import Store
from tests.support.fakes import blocks
from tests.support.stores import ANN, HOME, embedding, opened, reference

CALIBRATION = Calibration(bias=0, slope=1, lead=0, sure=0.9, maybe=0.5)


async def _nothing(_: Image, __: str) -> list[Region]:
    return []


def _recognizer(store: Store, encode: Callable[[View, str], Awaitable[list[Embedding]]]) -> Recognizer:
    return Recognizer(_nothing, encode, Retriever(store), CALIBRATION)


async def _taught(folder: Path, photos: Sequence[bytes]) -> None:
    async with opened(folder, encoder="old") as store:
        new = [reference(photo) for photo in photos]
        await store.remember(HOME, "bo", by=ANN, references=new)


async def test_while_the_queue_is_full_it_waits_and_leaves_none_out(tmp_path: Path) -> None:
    await _taught(tmp_path, [blocks("red").data] * 3)
    pauses: list[float] = []
    refusals = [Busy(FULL)] * 5

    async def encode(_: View, __: str) -> list[Embedding]:
        if refusals:
            raise refusals.pop()
        return [embedding(7)]

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async with opened(tmp_path, encoder="new") as store:
        assert await reembed(store, _recognizer(store, encode), sleep) == 3
        assert await store.count_stale() == 0
    assert len(pauses) == 5


async def test_what_could_not_be_embedded_now_is_the_next_tries_work_and_what_is_no_picture_is_left_out(
    tmp_path: Path,
) -> None:
    await _taught(tmp_path, [blocks("red").data, b"no picture", blocks("blue").data])
    failures = [ModelError("the weights are missing")]

    async def encode(_: View, __: str) -> list[Embedding]:
        await asyncio.sleep(0)
        if failures:
            raise failures.pop()
        return [embedding(7)]

    async with opened(tmp_path, encoder="new") as store:
        recognizer = _recognizer(store, encode)
        with pytest.raises(ModelError, match="weights are missing"):
            await reembed(store, recognizer)
        assert await store.count_stale() == 2
        assert await reembed(store, recognizer) == 1
        assert await store.count_stale() == 1
