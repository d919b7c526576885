import hashlib
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.errors import ModelError
from core.models.weights.addresses import AddressedFile
from core.models.weights.catalogue import Weights

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


def entry(site: Site, digest: str | None = None) -> Weights:
    known = hashlib.sha256(CONTENT).hexdigest() if digest is None else digest
    return Weights(
        "toy", "encoder", "for tests", "none", (AddressedFile(name="weights.bin", url=site.address, sha256=known),)
    )


def test_a_fetched_file_is_whole_and_told_of_as_it_grows(site: Site, tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    toy = entry(site)
    assert not toy.is_here(tmp_path)
    toy.fetch(tmp_path, lambda done, total: heard.append((done, total)))
    assert (tmp_path / "toy" / "weights.bin").read_bytes() == CONTENT
    assert heard[-1] == (len(CONTENT), len(CONTENT))
    assert toy.is_here(tmp_path)
    assert toy.is_sound(tmp_path)


def test_a_line_that_breaks_is_taken_up_where_it_broke(site: Site, tmp_path: Path) -> None:
    site.breaks = [300_000, 200_000]
    entry(site).fetch(tmp_path)
    assert (tmp_path / "toy" / "weights.bin").read_bytes() == CONTENT
    assert site.ranges == [None, "bytes=200000-", "bytes=500000-"]


def test_a_line_that_breaks_too_often_keeps_what_came_for_the_next_pull(site: Site, tmp_path: Path) -> None:
    site.breaks = [1000] * 3
    with pytest.raises(ModelError, match="what has come so far is kept"):
        entry(site).fetch(tmp_path)
    assert not entry(site).is_here(tmp_path)
    entry(site).fetch(tmp_path)
    assert site.ranges[-1] == "bytes=3000-"


def test_a_file_with_another_checksum_is_refused_and_not_kept(site: Site, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="checksum differs"):
        entry(site, "0" * 64).fetch(tmp_path)
    assert not list((tmp_path / "toy").iterdir())


def test_an_unpinned_file_is_compared_with_what_came_first(site: Site, tmp_path: Path) -> None:
    toy = entry(site, "")
    assert not toy.pinned
    toy.fetch(tmp_path)
    assert toy.is_sound(tmp_path)
    (tmp_path / "toy" / "weights.bin").write_bytes(b"something else")
    assert toy.is_here(tmp_path)
    assert not toy.is_sound(tmp_path)


def test_a_file_that_has_moved_is_told_with_its_address(site: Site, tmp_path: Path) -> None:
    site.address += ".gone"
    with pytest.raises(ModelError, match=r"\(404\).*weights\.bin\.gone"):
        entry(site).fetch(tmp_path)


def test_removed_weights_are_gone_and_may_be_removed_again(site: Site, tmp_path: Path) -> None:
    entry(site).fetch(tmp_path)
    entry(site).remove(tmp_path)
    entry(site).remove(tmp_path)
    assert not (tmp_path / "toy").exists()
