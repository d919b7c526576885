"""Faces in the store: kept only where a chat compares them, erased to the last byte, refused until taken back."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from core.concepts import FaceVector
from core.messages import Chat
from core.store.store import Store
from core.store.values import NewReference, ReferenceFace
from tests.support.databases.chosen import on_disk, url
from tests.support.stores import ANN, BEN, HOME, ROOT, WORK, Clock, reference

FACE = np.linspace(-0.3, 0.4, 128).astype(np.float32)
OTHER = np.linspace(0.4, -0.3, 128).astype(np.float32)
ALONE = Chat("test", "alone", private=True)


async def opened(folder: Path, faces: str = "faces:1", clock: Clock | None = None) -> Store:
    return await Store.open(url(folder), encoder="e1", faces=faces, clock=clock or Clock())


def of_person(face: FaceVector | None = FACE) -> NewReference:
    return replace(reference(), face=ReferenceFace(face))


async def faces(store: Store, chat: Chat = HOME) -> list[FaceVector | None]:
    return [one.face for one in (await store.memory(chat)).references]


async def test_a_face_is_kept_only_where_the_chat_compares_faces(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    await store.remember(HOME, "ann", by=ANN, references=[of_person()])
    assert await faces(store) == [None]
    assert FACE.tobytes() not in on_disk(tmp_path)
    await store.remember(ALONE, "ann", by=ANN, references=[of_person(), replace(of_person(), negative=True)])
    (face, negative) = await faces(store, ALONE)
    assert face is not None
    assert np.array_equal(face, FACE)
    assert negative is None
    assert (await store.state(ALONE)).settings["faces"] == "on"  # on record from the first face on
    await store.aclose()


async def test_turned_off_every_face_of_the_chat_is_erased_and_of_no_other(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    for chat, face in ((HOME, FACE), (WORK, OTHER)):
        await store.set_setting(chat, "faces", "on", ROOT)
        await store.remember(chat, "ann", by=ANN, references=[of_person(face)])
    forgotten = await store.remember(HOME, "ben", by=BEN, references=[of_person()])
    await store.forget(HOME, forgotten.concept.id, BEN, undo_seconds=30)
    assert FACE.tobytes() in on_disk(tmp_path)
    revision = await store.revision(HOME)
    await store.set_setting(HOME, "faces", "off", ROOT)
    changes = await store.memory_changes(HOME, revision)
    assert changes is not None
    assert [one.face for one in changes.references] == [None]
    assert FACE.tobytes() not in on_disk(tmp_path)
    assert [one is not None for one in await faces(store, WORK)] == [True]
    await store.aclose()


async def test_a_face_goes_with_its_concept(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    await store.set_setting(HOME, "faces", "on", ROOT)
    change = await store.remember(HOME, "ann", by=ANN, references=[of_person()])
    await store.forget(HOME, change.concept.id, ANN, undo_seconds=0)
    await store.aclose()
    assert FACE.tobytes() not in on_disk(tmp_path)


async def test_references_without_a_face_on_record_are_found_until_somebody_has_looked(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    await store.remember(HOME, "ann", by=ANN, references=[reference(), reference(negative=True), of_person()])
    assert await store.stale_faces(HOME, 9) == []
    assert await store.comparing_chats() == ()
    await store.set_setting(HOME, "faces", "on", ROOT)
    assert [one.key for one in await store.comparing_chats()] == [HOME.key]
    assert HOME.key in store.faces_due
    first, second = await store.stale_faces(HOME, 9)
    await store.store_face(HOME, first.reference.id, ReferenceFace(FACE))
    await store.store_face(HOME, second.reference.id, ReferenceFace())  # no person
    assert await store.stale_faces(HOME, 9) == []
    found = await faces(store)
    assert found[0] is not None
    assert found[1:] == [None, None]
    await store.set_setting(HOME, "faces", "off", ROOT)
    await store.store_face(HOME, first.reference.id, ReferenceFace(FACE))  # somebody was still looking
    assert await faces(store) == [None, None, None]
    await store.aclose()


async def test_a_refused_face_is_kept_for_who_asked_and_erased_when_taken_back(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    change = await store.remember(HOME, "ann", by=BEN, references=[reference()])
    gone = await store.refuse_face(HOME, FACE, [change.concept.id, 999], ANN, undo_seconds=30)
    assert gone is not None
    assert await store.concepts(HOME) == ()
    assert [one.tolist() for one in (await store.memory(HOME)).refused] == [FACE.tolist()]
    assert (await store.memory(WORK)).refused == ()
    assert not await store.admit_face(HOME, BEN)
    assert FACE.tobytes() in on_disk(tmp_path)
    assert await store.admit_face(HOME, ANN)
    assert (await store.memory(HOME)).refused == ()
    assert FACE.tobytes() not in on_disk(tmp_path)
    await store.aclose()


async def test_a_person_has_a_few_templates_and_forgetting_everything_erases_them(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    for step in range(8):
        await store.refuse_face(HOME, FACE + step, [], ANN, undo_seconds=30)
    await store.refuse_face(HOME, OTHER, [], BEN, undo_seconds=30)
    assert len((await store.memory(HOME)).refused) == 6
    await store.forget_all(HOME, ROOT, undo_seconds=0)
    assert (await store.memory(HOME)).refused == ()
    await store.aclose()
    assert OTHER.tobytes() not in on_disk(tmp_path)


async def test_a_group_is_asked_once_and_stays_off(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    assert await store.offer_faces(HOME, ANN)
    assert not await store.offer_faces(HOME, ANN)
    assert (await store.state(HOME)).settings["faces"] == "off"
    assert not await store.offer_faces(ALONE, ANN)
    await store.aclose()


async def test_a_host_that_compares_none_has_all_of_them_erased(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    await store.remember(ALONE, "ann", by=ANN, references=[of_person()])
    await store.refuse_face(HOME, OTHER, [], ANN, undo_seconds=30)
    await store.aclose()
    store = await opened(tmp_path, faces="")
    await store.erase_faces()
    await store.erase_faces()
    assert len((await store.memory(ALONE)).references) == 1
    await store.aclose()
    assert FACE.tobytes() not in on_disk(tmp_path)
    assert OTHER.tobytes() not in on_disk(tmp_path)


async def test_a_chat_that_goes_on_under_another_id_keeps_its_refusals(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    await store.refuse_face(HOME, FACE, [], ANN, undo_seconds=30)
    await store.move(HOME, WORK)
    assert len((await store.memory(WORK)).refused) == 1
    await store.aclose()
