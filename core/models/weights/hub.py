"""Weights on a model hub: found in huggingface_hub's own cache without a network, fetched into it with one.

`HF_HOME`, `HF_TOKEN`, `HF_ENDPOINT` and `HF_HUB_OFFLINE` count as everywhere. What is fetched is a
snapshot at one commit; of the formats a repository offers, only the one that is read. Files of the
catalogue are fetched into our own cache. The library takes a third of a second to import: it is
imported when it is needed.
"""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import partialmethod
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx

from core.errors import ModelError
from core.models.weights.files import File, Progress

_POLL_SECONDS = 0.2
_OTHERS = ("*.gguf", "*.h5", "*.msgpack", "*.ot", "*.onnx", "onnx/*", "*.tflite", "original/*", "*.pth", ".*")
_PICKLED = ("*.bin", "*.pt")


@dataclass(frozen=True, kw_only=True)
class HubFile(File):
    """A file of a hub's repository at one commit. `path_in_repository` is `name` where it is empty."""

    repository: str
    revision: str
    path_in_repository: str = ""
    endpoint: str | None = None

    @property
    def origin(self) -> str:
        """The repository and its commit."""
        return f"{self.repository}@{self.revision[:12]}"

    def fetch(self, folder: Path, progress: Progress, /) -> Path:
        """As `File.fetch`. Raises `core.errors.ModelError` also when `HF_HUB_OFFLINE` is set."""
        with tempfile.TemporaryDirectory(dir=folder, prefix="fetch-") as scratch:

            def there() -> int:
                return sum(_size(path) for path in Path(scratch).rglob("*") if path.suffix == ".incomplete")

            with _explained(self.repository, self.revision), _watched(there, self.bytes, progress):
                file = import_module("huggingface_hub").hf_hub_download(
                    self.repository,
                    self.path_in_repository or self.name,
                    revision=self.revision,
                    local_dir=scratch,
                    endpoint=self.endpoint,
                    tqdm_class=_silent(),
                )
            size = Path(file).stat().st_size
            progress(size, size)
            return Path(file).replace(folder / f"{Path(scratch).name}.part")


@dataclass(frozen=True, slots=True)
class Offer:
    """What the hub has: the commit that a revision stands for, the licence, and the bytes to fetch."""

    source: str
    revision: str
    commit: str
    licence: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Held:
    """A model in the hub's cache on this machine: its commits, newest first, and its size on disk."""

    source: str
    commits: tuple[str, ...]
    bytes: int


def reachable(seconds: float = 5.0) -> bool:
    """Whether the hub answers at all, whatever it says. Blocks that long at most."""
    hub = import_module("huggingface_hub.constants")
    if hub.HF_HUB_OFFLINE:
        return False
    try:
        httpx.head(hub.ENDPOINT, timeout=seconds)
    except httpx.HTTPError:
        return False
    return True


def missing(what: str, library: str) -> str:
    """The sentence for a library that comes with an extra."""
    return f"{what} needs {library}, which isn't installed. My host can run: pip install '.[rap]'"


def as_arguments(source: str, revision: str) -> str:
    """How a model is named on the command line."""
    return f"{source} --revision {revision}" if revision else source


# ── without a network ─────────────────────────────────────────────────────────────────────────────


def find(source: str, revision: str = "", *, cache: Path | None = None) -> Path:
    """The folder that a path or a hub id stands for, whole.

    Raises `ModelError` when it isn't here, or not all of it, with the command that fetches it.
    """
    folder = Path(source).expanduser()
    if folder.is_dir():
        return folder
    hub = import_module("huggingface_hub")
    errors = import_module("huggingface_hub.errors")
    try:
        names = [file.path for file in _cached(source, revision, cache)]
        found = hub.snapshot_download(
            source,
            revision=revision or None,
            cache_dir=cache,
            local_files_only=True,
            allow_patterns=wanted(names) or None,
        )
    except errors.LocalEntryNotFoundError:
        raise ModelError(
            f"The weights of {source}{_at(revision)} aren't here yet, or not all of them. "
            f"Where there is a network, run: python -m bot models pull {as_arguments(source, revision)}"
        ) from None
    except errors.HFValidationError:
        raise ModelError(f"There is no folder {source}, and it is no hub id either.") from None
    return Path(found)


def damaged(source: str, revision: str = "", *, cache: Path | None = None) -> list[str]:
    """The files that don't hash to what the hub said when they were fetched: a minute for 30 GB.

    Raises as `find` does. A folder of your own has nothing to be compared with.
    """
    folder = find(source, revision, cache=cache)
    if Path(source).expanduser().is_dir():
        return []
    compute_file_hash = import_module("huggingface_hub.utils._verification").compute_file_hash
    wrong = []
    for file in _cached(source, revision, cache):
        path = folder / file.path
        if path.is_file():
            kind, told = ("sha256", file.lfs.sha256) if file.lfs else ("git-sha1", file.blob_id)
            if compute_file_hash(path, kind) != told:
                wrong.append(file.path)
    return wrong


def sound(source: str, revision: str = "", *, cache: Path | None = None) -> Path:
    """As `find`, for those who load it: every file is what the hub said. Blocks while they are hashed.

    Raises `ModelError` also for what was changed since it was fetched.
    """
    if wrong := damaged(source, revision, cache=cache):
        raise ModelError(
            "The model's file {name} isn't the one that was fetched: its checksum differs. "
            "Run: python -m bot models verify",
            name=wrong[0],
        )
    return find(source, revision, cache=cache)


def held(*, cache: Path | None = None) -> list[Held]:
    """The models in the hub's cache, by name."""
    found = []
    for model in _models(_scanned(cache)):
        newest = sorted(model.revisions, key=lambda one: one.last_modified, reverse=True)
        found.append(Held(model.repo_id, tuple(one.commit_hash for one in newest), model.size_on_disk))
    return sorted(found, key=lambda one: one.source.casefold())


def remove(source: str, revision: str = "", *, cache: Path | None = None) -> int:
    """Delete a model from the hub's cache, or one revision of it (a commit or a branch); bytes set free.

    Raises `ModelError` when it isn't here.
    """
    found = _scanned(cache)
    gone = [
        commit.commit_hash
        for model in _models(found)
        if model.repo_id == source
        for commit in model.revisions
        if not revision or revision == commit.commit_hash or revision in commit.refs
    ]
    if not gone:
        raise ModelError(f"There is no {source}{_at(revision)} here. python -m bot models list shows what there is.")
    plan = found.delete_revisions(*gone)
    plan.execute()
    return int(plan.expected_freed_size)


def needed_beside(folder: Path) -> list[str]:
    """The hub ids or folders that a checkpoint in LLaVA's layout names: its CLIP tower, a LoRA's base."""
    named = (("config.json", "mm_vision_tower"), ("adapter_config.json", "base_model_name_or_path"))
    told = [(folder / file, key) for file, key in named]
    beside = [json.loads(file.read_text("utf-8")).get(key) for file, key in told if file.is_file()]
    return [one for one in beside if one]


def wanted(names: Iterable[str]) -> list[str]:
    """Of a repository's files those that are read: safetensors, or .bin where there are none."""
    names = [name for name in names if not any(fnmatch(name, pattern) for pattern in _OTHERS)]
    safe = any(fnmatch(name, "model*.safetensors") for name in names)
    return [name for name in names if not (safe and any(fnmatch(name, pattern) for pattern in _PICKLED))]


# ── with a network ────────────────────────────────────────────────────────────────────────────────


def look_up(source: str, revision: str = "", *, endpoint: str | None = None) -> Offer:
    """Ask the hub what a revision holds. Blocks. Raises `ModelError` with what to do."""
    with _explained(source, revision):
        info = import_module("huggingface_hub").HfApi(endpoint=endpoint).model_info(source, revision=revision or None)
        files = _listed(source, info.sha, endpoint)
    licence = (info.card_data or {}).get("license") or "not stated"
    return Offer(source, revision, info.sha, str(licence), sum(file.size for file in files))


def fetch(
    offer: Offer,
    progress: Progress = lambda _done, _total: None,
    *,
    cache: Path | None = None,
    endpoint: str | None = None,
) -> Path:
    """The folder with what was offered, downloaded as far as it isn't there yet. Blocks.

    A line that breaks is taken up where it broke; a later call keeps the files that are whole. Raises
    `ModelError` with what to do.
    """
    hub = import_module("huggingface_hub")
    blobs = Path(cache or hub.constants.HF_HUB_CACHE) / f"models--{offer.source.replace('/', '--')}" / "blobs"
    with _explained(offer.source, offer.revision):
        files = _listed(offer.source, offer.commit, endpoint)
        hashes = {(file.lfs.sha256 if file.lfs else file.blob_id): file.size for file in files}

        def there() -> int:
            sizes = {path.name.split(".")[0]: _size(path) for path in blobs.glob("*")}
            return sum(min(sizes.get(name, 0), size) for name, size in hashes.items())

        with _watched(there, offer.bytes, progress):
            folder = hub.snapshot_download(
                offer.source,
                revision=offer.revision or None,
                cache_dir=cache,
                endpoint=endpoint,
                allow_patterns=[file.path for file in files],
                tqdm_class=_silent(),
            )
    progress(offer.bytes, offer.bytes)
    if wrong := damaged(offer.source, offer.revision, cache=cache):
        named = as_arguments(offer.source, offer.revision)
        raise ModelError(
            f"What came for {wrong[0]} of {offer.source} is damaged: its checksum differs. "
            f"Run: python -m bot models remove {named}; then pull it again."
        )
    return Path(folder)


# ── the library, as these functions use it ────────────────────────────────────────────────────────


def _at(revision: str) -> str:
    return f" at revision {revision}" if revision else ""


def _listed(source: str, commit: str, endpoint: str | None) -> list[Any]:
    """The files of a commit that are read, as the hub lists them."""
    hub = import_module("huggingface_hub")
    tree = hub.HfApi(endpoint=endpoint).list_repo_tree(source, recursive=True, revision=commit)
    files = {entry.path: entry for entry in tree if isinstance(entry, hub.RepoFile)}
    return [files[name] for name in wanted(files)]


def _cached(source: str, revision: str, cache: Path | None) -> list[Any]:
    """The files of the snapshot as they were listed when it was fetched; none where it wasn't."""
    hub = import_module("huggingface_hub")
    try:
        return list(hub.get_cached_repo_tree(source, revision=revision or None, cache_dir=cache))
    except import_module("huggingface_hub.errors").CachedRepoTreeNotFoundError:
        return []


def _scanned(cache: Path | None) -> Any:
    """What the cache holds; None where nothing was ever fetched."""
    try:
        return import_module("huggingface_hub").scan_cache_dir(cache)
    except import_module("huggingface_hub.errors").CacheNotFound:
        return None


def _models(found: Any) -> list[Any]:
    return [one for one in found.repos if one.repo_type == "model"] if found else []


@contextmanager
def _watched(there: Callable[[], int], total: int, progress: Progress) -> Iterator[None]:
    """Tell by the growing files how far it is: the library's own bars differ from version to version."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_POLL_SECONDS):
            done = there()
            progress(min(done, total or done), total or done)

    watcher = threading.Thread(target=watch, name="rapport-pull", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _silent() -> Any:
    """A bar that isn't drawn: `_watched` tells how far it is."""
    bar = import_module("tqdm").tqdm
    return type("Silent", (bar,), {"__init__": partialmethod(bar.__init__, disable=True)})


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # just renamed
        return 0


@contextmanager
def _explained(source: str, revision: str) -> Iterator[None]:
    """The library's errors as sentences; the order is from the special to the general."""
    errors = import_module("huggingface_hub.errors")
    try:
        yield
    except errors.HFValidationError:
        raise ModelError(f"There is no folder {source}, and it is no hub id either.") from None
    except errors.GatedRepoError as error:
        raise ModelError(
            f"{source} is given to those who accept its licence: do so at https://huggingface.co/{source}, "
            "then set HF_TOKEN to a token of that account."
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise ModelError(f"The hub has no {source}, or it is private and HF_TOKEN isn't set.") from error
    except errors.RevisionNotFoundError as error:
        raise ModelError(f"{source} has no revision {revision}.") from error
    except (errors.HfHubHTTPError, OSError, import_module("httpx2").HTTPError) as error:
        if import_module("huggingface_hub.constants").HF_HUB_OFFLINE:
            raise ModelError(
                f"{source} can't be fetched while HF_HUB_OFFLINE is set. Unset it, or fetch it on a machine with "
                "a network and copy the hub's cache (HF_HOME) and models.cache here, or name a folder in its place."
            ) from None
        raise ModelError(
            f"{source} couldn't be fetched ({type(error.__cause__ or error).__name__}). Check the connection and "
            "pull it again; the files that are whole stay. HF_ENDPOINT names a mirror of the hub."
        ) from error
