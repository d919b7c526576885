import hashlib
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.errors import ConfigError, ModelError
from core.models.weights import hosted, sources
from core.models.weights.hosted import File, Hosted
from core.models.weights.presets import PRESETS

CONTENT = bytes(range(256)) * 4096  # 1 MiB


@dataclass
class Site:
    """A web server with one file; it hangs up after so many bytes, once for each entry of `breaks`."""

    address: str = ""
    breaks: list[int] = field(default_factory=list)
    ranges: list[str | None] = field(default_factory=list)
    content: bytes = CONTENT


@pytest.fixture
def site() -> Iterator[Site]:
    state = Site()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.ranges.append(self.headers["Range"])
            if self.path != "/weights.bin":
                self.send_error(404)
                return
            start = int((self.headers["Range"] or "bytes=0-").removeprefix("bytes=").removesuffix("-"))
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(state.content) - start))
            self.end_headers()
            end = start + state.breaks.pop() if state.breaks else None
            self.wfile.write(state.content[start:end])

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        state.address = f"http://127.0.0.1:{server.server_address[1]}/weights.bin"
        yield state
        server.shutdown()


def entry(site: Site, digest: str | None = None) -> Hosted:
    file = File("weights.bin", site.address, hashlib.sha256(CONTENT).hexdigest() if digest is None else digest)
    return Hosted("toy", "encoder", "open_clip", "for tests", "none", (file,))


def test_a_fetched_file_is_whole_and_told_of_as_it_grows(site: Site, tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    toy = entry(site)
    assert not hosted.installed(toy, tmp_path)
    hosted.fetch(toy, tmp_path, lambda done, total: heard.append((done, total)))
    assert (tmp_path / "toy" / "weights.bin").read_bytes() == CONTENT
    assert heard[-1] == (len(CONTENT), len(CONTENT))
    assert hosted.installed(toy, tmp_path)
    assert hosted.verify(toy, tmp_path)


def test_a_line_that_breaks_is_taken_up_where_it_broke(site: Site, tmp_path: Path) -> None:
    site.breaks = [300_000, 200_000]
    hosted.fetch(entry(site), tmp_path)
    assert (tmp_path / "toy" / "weights.bin").read_bytes() == CONTENT
    assert site.ranges == [None, "bytes=200000-", "bytes=500000-"]


def test_a_line_that_breaks_too_often_keeps_what_came_for_the_next_pull(site: Site, tmp_path: Path) -> None:
    site.breaks = [1000] * 3
    with pytest.raises(ModelError, match="what has come so far is kept"):
        hosted.fetch(entry(site), tmp_path)
    assert not hosted.installed(entry(site), tmp_path)
    hosted.fetch(entry(site), tmp_path)
    assert site.ranges[-1] == "bytes=3000-"


def test_a_file_with_another_checksum_is_refused_and_not_kept(site: Site, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="checksum differs"):
        hosted.fetch(entry(site, "0" * 64), tmp_path)
    assert not list((tmp_path / "toy").iterdir())


def test_an_unpinned_file_is_compared_with_what_came_first(site: Site, tmp_path: Path) -> None:
    toy = entry(site, "")
    assert not toy.pinned
    hosted.fetch(toy, tmp_path)
    assert hosted.verify(toy, tmp_path)
    (tmp_path / "toy" / "weights.bin").write_bytes(b"something else")
    assert hosted.installed(toy, tmp_path)
    assert not hosted.verify(toy, tmp_path)


def test_a_file_that_has_moved_is_told_with_its_address(site: Site, tmp_path: Path) -> None:
    site.address += ".gone"
    with pytest.raises(ModelError, match=r"\(404\).*weights\.bin\.gone"):
        hosted.fetch(entry(site), tmp_path)


def test_removed_weights_are_gone_and_may_be_removed_again(site: Site, tmp_path: Path) -> None:
    hosted.fetch(entry(site), tmp_path)
    hosted.remove(entry(site), tmp_path)
    hosted.remove(entry(site), tmp_path)
    assert not (tmp_path / "toy").exists()


def test_every_hosted_entry_names_its_commit_its_licence_and_a_family_that_can_be_read() -> None:
    families = {"detector": sources.DETECTORS, "encoder": sources.ENCODERS}
    for one in hosted.hosted():
        assert one.licence
        assert one.family in families[one.kind]
        for file in one.files:
            assert "/main/" not in file.url
            assert len(file.sha256) in (0, 64)


def test_every_preset_names_entries_that_there_are() -> None:
    for preset in PRESETS.values():
        assert sources.family_of(preset.detector, "detector")
        for _, name in sources.parts(preset.encoder):
            assert sources.family_of(name, "encoder")


def test_the_words_of_a_yolo_world_are_fetched_with_it_and_nothing_twice() -> None:
    words = "clip-vit-b-32"
    assert sources.names("yolov8x-worldv2", "2 * dinov2-base + clip-vit-b-32", words) == (
        "yolov8x-worldv2",
        "dinov2-base",
        "clip-vit-b-32",
    )
    assert sources.names("yolo-world:/data/mine.pt", "mobilenetv2", words) == ("mobilenetv2", words)
    assert sources.names("ultralytics:/data/mine.pt", "mobilenetv2", words) == ("mobilenetv2",)


def test_encoders_are_summed_with_weights() -> None:
    assert sources.parts("2 * a + 0.5*b + open_clip:x:/y") == ((2, "a"), (0.5, "b"), (1, "open_clip:x:/y"))
    with pytest.raises(ConfigError, match=r"2 \* a \+ b"):
        sources.parts("a +  + b")


@pytest.mark.parametrize(
    ("name", "kind", "error", "sentence"),
    [
        ("yolo12", "detector", ModelError, "no model 'yolo12'; there are: yolo11n"),
        ("dinov2-base", "detector", ConfigError, "which is a encoder"),
        ("detr:/x.pt", "detector", ConfigError, "no detector 'detr'"),
        ("dinov2-base", "encoder", ModelError, "models pull"),
        ("open_clip:ViT-B-32:/nowhere/x.pt", "encoder", ModelError, "no file /nowhere/x.pt"),
    ],
)
def test_a_model_that_is_not_here_is_told_with_what_to_do(
    tmp_path: Path, name: str, kind: str, error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        sources.source(name, kind, tmp_path)


def test_a_file_of_the_hosts_own_is_read_by_the_family_before_it(tmp_path: Path) -> None:
    weights = tmp_path / "mine.pt"
    weights.touch()
    found = sources.source(f"open_clip:ViT-H-14:{weights}", "encoder", tmp_path)
    assert (found.family, found.architecture, found.path) == ("open_clip", "ViT-H-14", weights)
    assert sources.source(f"ultralytics:{weights}", "detector", tmp_path).path == weights
