"""The host key in the system's keyring, by the library keyring with a keyring in memory in place of the system's."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from core.errors import StoreError
from core.store import Store
from core.store.keys.folder import KeyFolder
from core.store.keys.host import KEYRING, HostKeyPlace
from tests.support.databases import chosen
from tests.support.stores import ANN, HOME

keyring: Any = import_module("keyring")  # whose types only an environment for tests has
Backend: Any = import_module("keyring.backend").KeyringBackend
KeyringLocked: Any = import_module("keyring.errors").KeyringLocked


class InMemory(Backend):  # type: ignore[misc]
    """A keyring as the library keyring knows them, which may be locked."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        self._unlock()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._unlock()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]

    def _unlock(self) -> None:
        if self.locked:
            raise KeyringLocked("the person has closed the window")


@pytest.fixture
def ring() -> Iterator[InMemory]:
    before, ring = keyring.get_keyring(), InMemory()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


async def test_the_host_key_is_kept_in_the_systems_keyring(tmp_path: Path, ring: InMemory) -> None:
    def store_with_it() -> Any:
        keys = KeyFolder(tmp_path / "keys", HostKeyPlace(file=KEYRING))
        return Store.open(chosen.url(tmp_path), encoder="e1", keys=keys)

    store = await store_with_it()
    await store.remember(HOME, "bo", by=ANN, info="barks")
    await store.aclose()
    [(place, first)] = ring.kept.items()
    assert (place, len(first.strip())) == (("rapport", "host key"), 64)
    keys = KeyFolder(tmp_path / "keys", HostKeyPlace(file=KEYRING))
    keys.open()
    assert (keys.host_place, keys.rotate()) == ("the keyring", 1)
    assert ring.kept[place] != first
    store = await store_with_it()
    assert (await store.concept(HOME, "bo")).info == "barks"
    await store.aclose()
    ring.locked = True
    with pytest.raises(StoreError, match=r"keyring can't be used \(KeyringLocked\).*keys\.host_file"):
        await store_with_it()
    ring.locked = False
    ring.kept[place] = first
    with pytest.raises(StoreError, match="The host key, the keyring, doesn't open the keys"):
        await store_with_it()
    ring.kept.clear()
    with pytest.raises(StoreError, match="the host key, keyring, is gone"):
        await store_with_it()
    assert ring.kept == {}
    assert {one.name for one in tmp_path.iterdir() if "key" in one.name} == {"keys"}  # and in no file
