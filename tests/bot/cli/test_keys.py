"""`python -m bot keys`: real processes and files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.build.rapport import keys_of
from bot.config import Config
from core.store import Store
from tests.bot.cli.test_store import bot
from tests.support.stores import ANN, HOME, reference


@pytest.fixture
def chosen(tmp_path: Path) -> Mapping[str, str]:
    return {"RAPPORT_KEYS__HOST_FILE": str(tmp_path / "etc" / "host.key")}


async def test_keys_are_shown_exported_imported_and_closed_with_another_host_key(
    tmp_path: Path, chosen: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    file, host = tmp_path / "a.db", Path(chosen["RAPPORT_KEYS__HOST_FILE"])

    async def opened() -> Store:
        url = f"sqlite+aiosqlite:///{file}"
        return await Store.open(url, encoder="e1", keys=keys_of(Config(), url))

    code, said = bot("keys", "show", "--store", file, env=chosen)
    assert (code, "are gone" in said) == (1, True)
    assert not host.exists()
    store = await opened()
    await store.remember(HOME, "bo", by=ANN, references=[reference()])
    gone = (await store.remember(HOME, "mia", by=ANN, references=[reference()])).concept
    await store.forget(HOME, gone.id, ANN, undo_seconds=0)
    code, said = bot("keys", "rotate", "--store", file, env=chosen)
    assert (code, "A Rapport is running" in said) == (1, True)
    await store.aclose()
    secret = host.read_text().strip()
    code, said = bot("keys", "show", "--store", file, env=chosen)
    assert (code, "4 that were destroyed" in said, secret in said) == (0, True, False), said
    code, said = bot("keys", "export", tmp_path / "copy", "--store", file, env=chosen)
    assert (code, "BEWARE" in said) == (0, True), said
    code, said = bot("keys", "rotate", "--store", file, env=chosen)
    assert code == 0, said
    assert host.read_text().strip() != secret
    Path(f"{file}-keys").rename(tmp_path / "lost")
    code, said = bot("keys", "import", tmp_path / "copy", "--store", file, env=chosen)
    assert (code, "doesn't open the keys" in said) == (1, True), said
    code, said = bot("keys", "import", tmp_path / "lost", "--store", file, env=chosen)
    assert code == 0, said
    store = await opened()
    assert [one.name for one in await store.concepts(HOME)] == ["bo"]
    await store.aclose()
