"""Weights from a hub: the real client against a small hub that speaks its protocol."""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import ModelError
from core.models.weights import hub
from core.models.weights.catalogue import Weights
from core.models.weights.hub import HubFile
from tests.support.peers.hub import COMMIT, Hub, hub_peer

WEIGHTS = bytes(range(256)) * 2400
FILES = {
    "config.json": b"{}",
    "README.md": b"hello",
    "model.safetensors": WEIGHTS,
    "pytorch_model.bin": b"pickled",
    "model.gguf": b"other",
    "onnx/model.onnx": b"other",
}


@pytest.fixture
async def peer() -> AsyncIterator[Hub]:
    async with hub_peer(Hub(files=dict(FILES))) as running:
        yield running


async def pull(peer: Hub, cache: Path, name: str = "tiny/llava", revision: str = "") -> Path:
    def both() -> Path:
        offer = hub.look_up(name, revision, endpoint=peer.url)
        return hub.fetch(offer, cache=cache, endpoint=peer.url)

    return await asyncio.to_thread(both)


async def test_an_offer_tells_commit_licence_and_size_before_anything_is_fetched(peer: Hub) -> None:
    offer = await asyncio.to_thread(hub.look_up, "tiny/llava", "v1", endpoint=peer.url)
    assert (offer.commit, offer.licence) == (COMMIT, "apache-2.0")
    assert offer.bytes == len(WEIGHTS) + len(b"{}") + len(b"hello")
    assert not peer.asked


@pytest.mark.parametrize("revision", ["", "v1", COMMIT])
async def test_what_is_pulled_is_found_without_a_network(peer: Hub, tmp_path: Path, revision: str) -> None:
    with pytest.raises(ModelError, match="models pull tiny/llava"):
        hub.find("tiny/llava", revision, cache=tmp_path)
    folder = await pull(peer, tmp_path, revision=revision)
    assert hub.find("tiny/llava", revision, cache=tmp_path) == folder
    assert {file.name for file in folder.rglob("*") if file.is_file()} == {
        "config.json",
        "README.md",
        "model.safetensors",
    }
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert hub.damaged("tiny/llava", revision, cache=tmp_path) == []


async def test_bin_files_are_pulled_where_there_is_nothing_safer(peer: Hub, tmp_path: Path) -> None:
    del peer.files["model.safetensors"]
    assert (await pull(peer, tmp_path) / "pytorch_model.bin").is_file()


async def test_progress_ends_at_the_whole(peer: Hub, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    offer = await asyncio.to_thread(hub.look_up, "tiny/llava", endpoint=peer.url)
    await asyncio.to_thread(
        hub.fetch, offer, lambda done, total: told.append((done, total)), cache=tmp_path, endpoint=peer.url
    )
    assert told[-1] == (offer.bytes, offer.bytes)
    assert all(done <= total for done, total in told)


async def test_a_line_that_breaks_is_taken_up_where_it_broke(peer: Hub, tmp_path: Path) -> None:
    peer.files["model.safetensors"] = large = bytes(range(256)) * (48 << 10)  # 12 MB; it comes by tens
    peer.breaks = [11 << 20]
    folder = await pull(peer, tmp_path)
    assert (folder / "model.safetensors").read_bytes() == large
    ranges = [wanted for path, wanted in peer.asked if path == "model.safetensors"]
    assert ranges == [None, f"bytes={10 << 20}-"]


async def test_half_a_snapshot_is_not_found_and_its_whole_files_are_kept(peer: Hub, tmp_path: Path) -> None:
    peer.fails = "model.safetensors"
    with pytest.raises(ModelError, match="files that are whole stay"):
        await pull(peer, tmp_path)
    with pytest.raises(ModelError, match=r"not all of them.*models pull tiny/llava"):
        hub.find("tiny/llava", cache=tmp_path)
    peer.fails = ""
    peer.asked.clear()
    folder = await pull(peer, tmp_path)
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert [path for path, _ in peer.asked] == ["model.safetensors"]


async def test_what_is_here_is_listed_and_can_be_removed(peer: Hub, tmp_path: Path) -> None:
    assert hub.held(cache=tmp_path / "none") == []
    folder = await pull(peer, tmp_path)
    (held,) = hub.held(cache=tmp_path)
    assert (held.source, held.commits) == ("tiny/llava", (COMMIT,))
    assert held.bytes >= len(WEIGHTS)
    for source, revision in (("tiny/other", ""), ("tiny/llava", "v9")):
        with pytest.raises(ModelError, match=f"no {source}.*models list"):
            hub.remove(source, revision, cache=tmp_path)
    assert hub.remove("tiny/llava", "main", cache=tmp_path) >= len(WEIGHTS)
    assert not folder.exists()
    assert hub.held(cache=tmp_path) == []
    with pytest.raises(ModelError, match="models pull tiny/llava"):
        hub.find("tiny/llava", cache=tmp_path)


async def test_a_damaged_file_is_named(peer: Hub, tmp_path: Path) -> None:
    folder = await pull(peer, tmp_path)
    (folder / "model.safetensors").resolve().write_bytes(b"x" * len(WEIGHTS))
    assert hub.damaged("tiny/llava", cache=tmp_path) == ["model.safetensors"]
    with pytest.raises(ModelError, match=r"model\.safetensors isn't the one that was fetched"):
        hub.sound("tiny/llava", cache=tmp_path)


async def test_what_is_loaded_from_a_hub_is_what_was_fetched(peer: Hub, tmp_path: Path) -> None:
    folder = await pull(peer, tmp_path)
    assert hub.sound("tiny/llava", cache=tmp_path) == folder
    (folder / "config.json").resolve().write_text('{"a": "other"}')
    with pytest.raises(ModelError, match=r"config\.json isn't the one that was fetched"):
        hub.sound("tiny/llava", cache=tmp_path)
    assert hub.sound(str(tmp_path)) == tmp_path  # a folder of one's own


@pytest.mark.parametrize(
    ("name", "revision", "sentence"),
    [
        ("tiny/nothing", "", "The hub has no tiny/nothing"),
        ("tiny/llava", "v9", "has no revision v9"),
        ("not an id", "", "no hub id either"),
    ],
)
async def test_what_the_hub_lacks_is_a_sentence(
    peer: Hub, tmp_path: Path, name: str, revision: str, sentence: str
) -> None:
    with pytest.raises(ModelError, match=sentence):
        await pull(peer, tmp_path, name, revision)


async def test_a_gated_model_says_what_to_accept(peer: Hub, tmp_path: Path) -> None:
    peer.gated = True
    with pytest.raises(ModelError, match=r"accept its licence.*HF_TOKEN"):
        await pull(peer, tmp_path)


def test_a_folder_stands_in_for_a_hub_id(tmp_path: Path) -> None:
    assert hub.find(str(tmp_path)) == tmp_path
    assert hub.damaged(str(tmp_path)) == []
    with pytest.raises(ModelError, match="no hub id either"):
        hub.find("/no/such/folder")


def listed(peer: Hub, digest: str = hashlib.sha256(WEIGHTS).hexdigest()) -> Weights:
    """An entry of the catalogue with two files of the hub, one of them without a known checksum."""
    small = HubFile(name="config.json", repository="tiny/llava", revision=COMMIT, endpoint=peer.url)
    large = replace(small, name="weights.bin", path_in_repository="model.safetensors", sha256=digest)
    return Weights("toy", "encoder", "for tests", "none", (small, large))


async def test_a_listed_model_s_files_are_fetched_into_our_own_cache(peer: Hub, tmp_path: Path) -> None:
    toy = listed(peer)
    told: list[tuple[int, int]] = []
    await asyncio.to_thread(toy.fetch, tmp_path, lambda done, total: told.append((done, total)))
    assert toy.is_sound(tmp_path)
    assert toy.path(tmp_path) == tmp_path / "toy"
    assert (tmp_path / "toy" / "weights.bin").read_bytes() == WEIGHTS
    assert {file.name for file in (tmp_path / "toy").iterdir()} == {"config.json", "weights.bin", "checksums.json"}
    assert told[-1] == (len(WEIGHTS), len(WEIGHTS))
    peer.asked.clear()
    await asyncio.to_thread(toy.fetch, tmp_path)
    assert not peer.asked
    toy.remove(tmp_path)
    assert not list(tmp_path.iterdir())


async def test_a_listed_file_with_another_checksum_is_refused_and_the_good_ones_stay(peer: Hub, tmp_path: Path) -> None:
    toy = listed(peer, "0" * 64)
    with pytest.raises(ModelError, match=r"came for toy \(tiny/llava@c0ffee.* checksum differs"):
        await asyncio.to_thread(toy.fetch, tmp_path)
    assert {file.name for file in (tmp_path / "toy").iterdir()} == {"config.json", "checksums.json"}
    assert not toy.is_here(tmp_path)


async def test_a_listed_file_that_the_hub_fails_to_give_is_a_sentence(peer: Hub, tmp_path: Path) -> None:
    peer.fails = "model.safetensors"
    with pytest.raises(ModelError, match="Check the connection and pull it again"):
        await asyncio.to_thread(listed(peer).fetch, tmp_path)


def rapport(tmp_path: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "HF_HOME": str(tmp_path / "hf"), "COLUMNS": "200", **environment},
    )


async def test_the_command_pulls_shows_the_licence_and_verifies(peer: Hub, tmp_path: Path) -> None:
    done = await asyncio.to_thread(rapport, tmp_path, "models", "pull", "tiny/llava", HF_ENDPOINT=peer.url)
    assert done.returncode == 0, done.stderr
    assert "apache-2.0" in done.stdout
    assert COMMIT in done.stdout
    again = await asyncio.to_thread(
        rapport, tmp_path, "models", "verify", "tiny/llava", HF_HUB_OFFLINE="1", HF_ENDPOINT=peer.url
    )
    assert again.returncode == 0, again.stderr
    assert "tiny/llava: good" in again.stdout
    listed = await asyncio.to_thread(rapport, tmp_path, "models", "list")
    assert "tiny/llava" in listed.stdout
    removed = await asyncio.to_thread(rapport, tmp_path, "models", "remove", "tiny/llava")
    assert "tiny/llava is removed" in removed.stdout
    assert "tiny/llava" not in (await asyncio.to_thread(rapport, tmp_path, "models", "list")).stdout


async def test_offline_the_command_says_what_to_do(peer: Hub, tmp_path: Path) -> None:
    done = await asyncio.to_thread(rapport, tmp_path, "models", "pull", "tiny/llava", HF_HUB_OFFLINE="1")
    assert done.returncode == 1
    assert "HF_HUB_OFFLINE is set" in done.stderr
    listed = await asyncio.to_thread(
        rapport, tmp_path, "models", "pull", "dinov2-small", HF_HUB_OFFLINE="1", RAPPORT_MODELS__CACHE=str(tmp_path)
    )
    assert listed.returncode == 1
    assert "HF_HUB_OFFLINE is set" in listed.stderr
