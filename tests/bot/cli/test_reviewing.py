"""`python -m bot data look` as a program: its link, and its end."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.samples_on_disk import concept, sample, small_build

HOUSE = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def heeded() -> Iterator[None]:
    """Whoever starts the tests in the background has them ignore Ctrl-C, which children inherit."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_printed_link_opens_the_page_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    out = small_build(tmp_path / "out", {"train": [sample("1", concept("bo"))]})
    command = [sys.executable, "-m", "bot", "data", "look", str(out)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=HOUSE, stdout=pipe, stderr=pipe, text=True) as page:
        assert page.stdout
        assert page.stderr
        link = page.stdout.readline().split()[-1]
        with httpx.Client(follow_redirects=True, timeout=300, trust_env=False) as visitor:
            assert "Samples to judge" in visitor.get(link).text
            assert visitor.get(f"{link.partition('/?')[0]}/api/samples").json() == {"numbers": [0]}
        page.send_signal(signal.SIGINT)
        assert page.wait(300) == 0
        assert page.stderr.read() == ""
