"""Who may see and judge: the first visitor of the printed link, on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from adapters.judging.page import JudgingPage, create_judging_app
from bot.data.output.judging import Judgements
from bot.data.output.looking import SampleBook
from core.errors import ConfigError
from tests.support.samples_on_disk import concept, sample, small_build

HERE = "http://127.0.0.1:5000"
ONE, TWO = sample("1", concept("bo"), concept("Mia", noise=True)), sample("2", concept("bo"), image="", kind="text")


@contextmanager
def visitor(out: Path, *, key: str | None = None, peer: str = "127.0.0.1") -> Iterator[TestClient]:
    """A browser that has opened the link, or the address with another key."""
    app = create_judging_app(SampleBook(out))
    app.state.sessions.address = HERE
    with TestClient(app, base_url=HERE, headers={"Origin": HERE}, client=(peer, 50000)) as browser:
        browser.get("/", params={"key": key or app.state.sessions.key})
        yield browser


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return small_build(tmp_path / "out", {"train": [ONE, TWO]})


def test_who_has_the_link_sees_and_judges(out: Path) -> None:
    with visitor(out) as browser:
        assert "Samples to judge" in browser.get("/").text
        assert browser.get("/api/samples").json() == {"numbers": [0, 1]}
        assert browser.get("/api/samples", params={"kind": "text"}).json() == {"numbers": [1]}
        told = browser.post("/api/samples/0/judgement", json={"keep": False, "reason": "too\n dark"}).json()
        assert (told["id"], told["keep"], told["reason"]) == ("1", False, "too dark")
        assert browser.get("/api/summary").json()["judged"] == {"left out": 1, "not judged": 1}
    judged = Judgements(out).of(ONE)
    assert judged
    assert (judged.keep, judged.reason) == (False, "too dark")


def test_the_link_works_once(out: Path) -> None:
    app = create_judging_app(SampleBook(out))
    link = f"/?key={app.state.sessions.key}"
    for expected in (200, 403):
        with TestClient(app, base_url=HERE, client=("127.0.0.1", 50000)) as browser:
            assert browser.get(link).status_code == expected


@pytest.mark.parametrize("path", ["/", "/api/summary", "/api/samples", "/api/samples/0", "/api/samples/0/pictures/0"])
@pytest.mark.parametrize(("key", "peer"), [("wrong", "127.0.0.1"), (None, "192.168.1.9")])
def test_nobody_else_sees_anything(out: Path, path: str, key: str | None, peer: str) -> None:
    with visitor(out, key=key, peer=peer) as browser:
        answer = browser.get(path)
        assert answer.status_code in (401, 403)
        assert "bo" not in answer.text.replace("bot", "")


def test_another_host_name_and_another_page_are_refused(out: Path) -> None:
    with visitor(out) as browser:
        assert browser.get("/api/samples", headers={"Host": "evil.example"}).status_code == 400
        for origin in ("http://evil.example", "null", "", "http://127.0.0.1:8420"):
            answer = browser.post("/api/samples/0/judgement", json={"keep": False}, headers={"Origin": origin})
            assert answer.status_code == 403
    assert Judgements(out).of(ONE) is None


def test_the_answers_forbid_whatever_the_page_does_not_need(out: Path) -> None:
    with visitor(out) as browser:
        for path in ("/", "/static/judging.js", "/api/samples/0", "/api/samples/0/pictures/0"):
            headers = browser.get(path).headers
            assert "default-src 'self'" in headers["Content-Security-Policy"]
            assert "require-trusted-types-for 'script'" in headers["Content-Security-Policy"]
            assert headers["X-Content-Type-Options"] == "nosniff"
        assert browser.get("/api/samples/0/pictures/0").headers["Cache-Control"] == "no-store"


def test_it_does_not_sign_the_owner_out_of_the_chats_page(out: Path) -> None:
    with visitor(out) as browser:
        assert "rapport_session" not in browser.cookies  # browsers send cookies to all ports of a machine
        assert "rapport_judging" in browser.cookies


@pytest.mark.parametrize(
    "path",
    ["/api/samples/2", "/api/samples/-1", "/api/samples/x", "/api/samples/0/pictures/3", "/api/samples/0/pictures/x",
     "/api/samples/1/pictures/0", "/static/../page.py", "/static/%2e%2e%2fpage.py", "/static/page.html"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(out: Path, path: str) -> None:
    with visitor(out) as browser:
        assert browser.get(path).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"[]", 400), (b"3", 400), (b'{"keep": 1}', 400), (b'{"keep": true, "reason": 3}', 400),
     (b'{"reason": "x"}', 400), (b'{"keep": true, "reason": "' + b"x" * 9000, 413), (b"\xff", 400)],
)  # fmt: skip
def test_a_judgement_that_is_none_is_refused(out: Path, body: bytes, status: int) -> None:
    with visitor(out) as browser:
        assert browser.post("/api/samples/0/judgement", content=body).status_code == status
    assert Judgements(out).of(ONE) is None


def test_a_path_in_a_file_of_samples_leads_nowhere_else(tmp_path: Path, out: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes((out / "pictures/1.jpg").read_bytes())
    (out / "rap" / "notes.txt").write_text("secret")
    outside = [
        sample(str(number), image=path)
        for number, path in enumerate(
            ("../secret.jpg", str(tmp_path / "secret.jpg"), "rap/notes.txt", "rap", "pictures")
        )
    ]
    small_build(out, {"train": outside})
    with visitor(out) as browser:
        assert [browser.get(f"/api/samples/{number}/pictures/0").status_code for number in range(5)] == [404] * 5


def test_a_port_that_is_taken_is_a_sentence(out: Path) -> None:
    page = JudgingPage(SampleBook(out))
    page.open()
    port = int(page.link.split(":")[2].split("/")[0])
    with pytest.raises(ConfigError, match=f"Port {port} can't be had"):
        JudgingPage(SampleBook(out), port).open()
    page.close()
