import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from core.errors import ModelError
from core.models.weights.catalogue import Weights
from core.models.weights.npm import NpmFile, extract, registry

CONTENT = b"weights " * 1000


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a registry that the environment names, as npm's own client would be told of it."""
    folder = tmp_path / "registry"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{server.server_address[1]}")
        yield folder
        server.shutdown()


def packed(site: Path, content: bytes = CONTENT, member: str = "package/toy.onnx", **changed: Any) -> Weights:
    archive = site / "@ann" / "toy" / "-" / "toy-1.0.0.tgz"
    archive.parent.mkdir(parents=True)
    with tarfile.open(archive, "w:gz") as package:
        for name, data in ((member, content), ("../../escaped.txt", b"out of the folder"), ("package/run.js", b"!")):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            package.addfile(entry, io.BytesIO(data))
    data = archive.read_bytes()
    file = NpmFile(
        npm="@ann/toy",
        version="1.0.0",
        member="package/toy.onnx",
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        bytes=len(CONTENT),
        archive_bytes=len(data),
        archive_sha256=hashlib.sha256(data).hexdigest(),
    )
    return Weights("toy", "saliency", "for tests", "none", (replace(file, **changed),))


def test_one_file_of_the_package_is_taken_and_nothing_else_is_written(site: Path, tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    toy = packed(site)
    toy.fetch(tmp_path / "cache", lambda done, total: heard.append((done, total)))
    assert [one.read_bytes() for one in (tmp_path / "cache").iterdir()] == [CONTENT]
    assert toy.is_sound(tmp_path / "cache")
    assert not list(tmp_path.rglob("escaped.txt"))
    assert heard[-1][0] == heard[-1][1]


@pytest.mark.parametrize("other", [b"other weights " * 500, CONTENT[:-1], CONTENT + b"more"])
def test_a_file_with_another_checksum_is_refused_and_not_kept(site: Path, tmp_path: Path, other: bytes) -> None:
    with pytest.raises(ModelError, match="checksum differs"):
        packed(site, other).fetch(tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


def test_a_package_with_another_checksum_is_refused(site: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"package npm:@ann/toy@1\.0\.0 that came"):
        packed(site, archive_sha256="0" * 64).fetch(tmp_path / "cache")


def test_a_package_without_the_file_and_a_registry_without_the_package_are_told(site: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"holds no package/toy\.onnx"):
        packed(site, member="package/other.onnx").fetch(tmp_path / "cache")
    (site / "@ann" / "toy" / "-" / "toy-1.0.0.tgz").unlink()
    toy = Weights(
        "toy",
        "saliency",
        "for tests",
        "none",
        (
            NpmFile(
                npm="@ann/toy", version="1.0.0", member="a", archive_bytes=1, archive_sha256="0" * 64, sha256="0" * 64
            ),
        ),
    )
    with pytest.raises(ModelError, match=r"\(404\)"):
        toy.fetch(tmp_path / "cache")


def test_a_damaged_archive_is_told(tmp_path: Path) -> None:
    for content in (b"no archive", b"\x1f\x8b" + bytes(50)):
        (tmp_path / "archive").write_bytes(content)
        with pytest.raises(ModelError, match="damaged"):
            extract(tmp_path / "archive", ["package/toy.onnx"], tmp_path / "out", 10)


def test_the_registry_is_the_one_that_npm_was_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("npm_config_registry", "NPM_CONFIG_REGISTRY"):
        monkeypatch.delenv(key, raising=False)
    monkeypatch.setenv("NPM_CONFIG_USERCONFIG", str(tmp_path / "npmrc"))
    assert registry() == "https://registry.npmjs.org/"
    (tmp_path / "npmrc").write_text("# mine\nregistry = https://mirror.example/npm\n//mirror.example/:_authToken=x\n")
    assert registry() == "https://mirror.example/npm/"
    monkeypatch.setenv("npm_config_registry", "http://here.example/")
    assert registry() == "http://here.example/"
    assert registry("@ann/toy") == "http://here.example/"
    (tmp_path / "npmrc").write_text("@ann:registry=https://ann.example/\n")
    assert registry("@ann/toy") == "https://ann.example/"
    assert registry("@ben/toy") == "http://here.example/"


def test_more_files_of_a_package_are_kept_behind_the_first(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "archive", "w:gz") as package:
        for name in ("a", "b", "c"):
            entry = tarfile.TarInfo(name)
            entry.size = 2
            package.addfile(entry, io.BytesIO(name.encode() * 2))
    extract(tmp_path / "archive", ["c", "a"], tmp_path / "out", 4)
    assert (tmp_path / "out").read_bytes() == b"ccaa"
    with pytest.raises(ModelError, match="holds no d"):
        extract(tmp_path / "archive", ["a", "d"], tmp_path / "out", 4)
