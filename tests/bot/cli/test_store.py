"""`python -m bot store` beside a bot that is running, and after its store was damaged: real processes and files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.build.rapport import keys_of
from bot.config import Config
from core.models.weights.catalogue import find
from core.store import Store
from core.store.recovery import checking
from tests.support.databases.chosen import url
from tests.support.photos import photo
from tests.support.stores import ANN, HOME, reference

HOUSE = Path(__file__).parents[3]


def bot(*words: str | Path, env: Mapping[str, str] | None = None) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "bot", *map(str, words)],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **(env or {})},
    )
    return done.returncode, " ".join((done.stdout + done.stderr).split())


class Talk:
    """A bot at work on a pipe."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self.process, self._folder, self._said = process, folder, 0

    def say(self, text: str, *photos: str) -> str:
        self._said += 1
        files = []
        for name in photos:
            path = self._folder / f"{name}.jpg"
            path.write_bytes(photo(name))
            files.append(str(path))
        assert self.process.stdin
        assert self.process.stdout
        line = {"id": str(self._said), "text": text, "photos": files, "chat": "home"}
        self.process.stdin.write(json.dumps(line).encode() + b"\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return str(answer.get("text", answer))


@contextmanager
def talking(store: Path | str, folder: Path | None = None) -> Iterator[Talk]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "pipe", "--store", str(store)],
        cwd=HOUSE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        try:
            yield Talk(process, folder or Path(store).parent)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(300)


def test_a_backup_is_made_while_the_bot_runs_and_put_back_when_it_doesnt(tmp_path: Path, weights_dir: Path) -> None:
    store, backup = tmp_path / "bot.db", tmp_path / "backup.db"
    with talking(store) as talk:
        talk.say("/remember bo | dog", "cat")
        talk.say("/remember mia | cup", "coffee")
        code, said = bot("store", "backup", backup, "--store", store)
        assert code == 0
        assert f"{backup} is a backup of {store}" in said
        assert "bo" in talk.say("/list")
        talk.say("/forget bo")
        code, said = bot("store", "restore", backup, "--store", store)
        assert (code, said) == (1, f"A Rapport is running with {store}. Stop it first.")
        assert "mia" in talk.say("/list")
    store.write_bytes(store.read_bytes()[:8192])
    code, said = bot("store", "check", "--store", store)
    assert code == 1
    assert "python -m bot store restore BACKUP" in said
    code, said = bot("pipe", "--store", store)
    assert code == 1
    assert f"{store} is damaged" in said
    assert "python -m bot store restore BACKUP" in said
    code, said = bot("store", "restore", backup, "--store", store)
    assert code == 0
    assert "1 name," in said
    assert "forgetting doesn't reach it" in said
    with talking(store) as talk:
        listed = talk.say("/list")
    assert "mia" in listed
    assert "bo" not in listed.replace("about", "")


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.2])
def test_a_restore_that_is_killed_leaves_the_old_store_or_the_backup(
    tmp_path: Path, weights_dir: Path, seconds: float
) -> None:
    store, backup = tmp_path / "bot.db", tmp_path / "backup.db"
    with talking(store) as talk:
        talk.say("/remember bo | dog", "cat")
        assert bot("store", "backup", backup, "--store", store)[0] == 0
        talk.say("/remember mia | cup", "coffee")
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "store", "restore", backup, "--store", store],
        cwd=HOUSE,
        stdout=subprocess.DEVNULL,
    )
    while process.poll() is None and not list(tmp_path.glob("bot.db-restoring*")):
        time.sleep(0.001)
    time.sleep(seconds)
    process.kill()
    process.wait()
    with talking(store) as talk:  # finishes what was begun
        assert "bo" in talk.say("/list")
    kept = [path for path in (store, *tmp_path.glob("bot.db-before-*")) if not path.name.endswith(("-wal", "-shm"))]
    assert max(checking.examine(path).counts["names"][0] for path in kept) == 2
    assert bot("store", "restore", backup, "--store", store)[0] == 0


def test_damaged_weights_are_fetched_again_or_the_start_ends_with_a_sentence(tmp_path: Path, weights_dir: Path) -> None:
    entry, cache = find("yolo11n"), tmp_path / "cache"
    copy = entry.path(cache)
    copy.parent.mkdir(parents=True)
    data = bytearray(entry.path(weights_dir).read_bytes())
    data[-1000] ^= 1
    copy.write_bytes(data)
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "RAPPORT_MODELS__CACHE": str(cache)}
    code, said = bot("pipe", "--store", tmp_path / "bot.db", env=nowhere)
    assert code == 1
    assert "The weights of yolo11n are damaged: they are fetched again." in said
    assert copy.read_bytes() == data


async def fill(place: str) -> None:
    """Remember more than a move carries at once."""
    store = await Store.open(place, encoder="e1", keys=keys_of(Config(), place))
    for number in range(150):
        await store.remember(HOME, f"bo {number}", by=ANN, info="barks", references=[reference(seed=number)])
    await store.aclose()


async def names(place: str) -> list[str]:
    store = await Store.open(place, encoder="e1", keys=keys_of(Config(), place))
    known = [f"{one.name} {one.infos} {one.photos}" for one in await store.concepts(HOME)]
    await store.aclose()
    return known


def ended_after(line: str, *words: str) -> None:
    """Run a command and kill it when it has printed a line that begins so."""
    order = [sys.executable, "-u", "-m", "bot", *words]
    with subprocess.Popen(order, cwd=HOUSE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert next(said for said in process.stdout if said.startswith(line))
        process.kill()


@pytest.mark.postgres
@pytest.mark.parametrize("to_it", [True, False], ids=["to a server", "from a server"])
async def test_a_store_is_moved_by_the_command_though_that_is_killed(
    tmp_path: Path, database: str, to_it: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    file = f"sqlite+aiosqlite:///{tmp_path / 'file.db'}"
    source, target = (file, url(tmp_path)) if to_it else (url(tmp_path), file)
    await fill(source)
    before = await names(source)
    ended_after("concepts:", "store", "move", source, target)
    code, said = bot("pipe", "--store", target)
    assert (code, "isn't finished" in said) == (1, True)
    code, said = bot("store", "move", source, target)
    assert code == 0, said
    assert "references: 150" in said
    assert "the same in both" in said
    assert await names(target) == before == await names(source)


@pytest.mark.postgres
def test_the_store_of_a_command_is_a_url_as_well(tmp_path: Path, weights_dir: Path, database: str) -> None:
    with talking(url(tmp_path), tmp_path) as talk:
        talk.say("/remember bo | dog", "cat")
    with talking(url(tmp_path), tmp_path) as talk:
        assert "bo" in talk.say("/list")
    assert not [path for path in tmp_path.iterdir() if path.suffix != ".jpg"]
    code, said = bot("store", "check", "--store", url(tmp_path))
    assert code == 1
    assert "the server's own tools" in said
    gone = "postgresql+asyncpg://bo:sesame@127.0.0.1:9/db"
    code, said = bot("pipe", "--store", gone)
    assert (code, "Nothing listens" in said, "sesame" in said) == (1, True, False)
