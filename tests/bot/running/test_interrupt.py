"""Ctrl-C, odd bytes and readers that go away, before the real program."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def heeded() -> Iterator[None]:
    """Whoever starts the tests in the background has them ignore Ctrl-C, which children inherit."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def started(command: str, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "bot", command, "--store", str(folder / "bot.db")],
        cwd=HOUSE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize(("command", "line"), [("pipe", b'{"text": "/help"}\n'), ("console", b"/help\n")])
def test_ctrl_c_ends_it_while_it_waits_for_a_line(tmp_path: Path, weights_dir: Path, command: str, line: bytes) -> None:
    with started(command, tmp_path) as bot:
        assert bot.stdin
        assert bot.stdout
        bot.stdin.write(line)
        bot.stdin.flush()
        assert any(b"/help" in line for line in iter(bot.stdout.readline, b""))
        bot.send_signal(signal.SIGINT)
        assert bot.wait(300) == 0
        assert bot.stderr
        assert bot.stderr.read() == b""


@pytest.mark.parametrize(("command", "line"), [("pipe", b'{"text": "/help"}\n'), ("console", b"/help\n")])
def test_a_service_managers_signal_ends_it_in_order(
    tmp_path: Path, weights_dir: Path, command: str, line: bytes
) -> None:
    with started(command, tmp_path) as bot:
        assert bot.stdin
        assert bot.stdout
        assert bot.stderr
        bot.stdin.write(line)
        bot.stdin.flush()
        assert any(b"/help" in line for line in iter(bot.stdout.readline, b""))
        bot.send_signal(signal.SIGTERM)
        assert bot.wait(300) == 0
        assert bot.stderr.read() == b""


def test_a_console_takes_any_bytes(tmp_path: Path, weights_dir: Path) -> None:
    with started("console", tmp_path) as bot:
        out, errors = bot.communicate(b"\xff\xfe who\n@\xff\n" + b"x" * 5_000_000 + b"\n@'\n\0\n/help\n", timeout=300)
    assert b"/help all" in out
    assert (bot.returncode, errors) == (0, b"")


def test_a_line_that_is_not_utf_8_gets_an_error_and_the_next_is_served(tmp_path: Path, weights_dir: Path) -> None:
    with started("pipe", tmp_path) as bot:
        out, _ = bot.communicate(b'{"text": "\xff"}\n{"id": "2", "text": "/help"}\n', timeout=300)
    first, second = (json.loads(line) for line in out.splitlines())
    assert first == {"id": None, "error": "I can't read that line: it isn't UTF-8."}
    assert second["id"] == "2"


def test_a_reader_that_goes_away_ends_the_pipe_quietly(tmp_path: Path, weights_dir: Path) -> None:
    with started("pipe", tmp_path) as bot:
        assert bot.stdin
        assert bot.stdout
        assert bot.stderr
        bot.stdin.write(b'{"text": "/help"}\n')
        bot.stdin.flush()
        bot.stdout.readline()
        bot.stdout.close()
        bot.stdin.write(b'{"text": "/help"}\n')
        bot.stdin.flush()
        assert bot.wait(300) == 0
        assert b"Traceback" not in bot.stderr.read()


@pytest.mark.parametrize("command", ["pipe", "console"])
def test_without_an_input_it_says_so(tmp_path: Path, weights_dir: Path, command: str) -> None:
    bot = [sys.executable, "-m", "bot", command, "--store", str(tmp_path / "bot.db")]
    done = subprocess.run(["/bin/sh", "-c", '"$@" <&-', "sh", *bot], cwd=HOUSE, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"This needs a standard input and output")


def test_a_full_disk_under_the_output_is_told(tmp_path: Path, weights_dir: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "bot", "pipe", "--store", str(tmp_path / "bot.db")],
            cwd=HOUSE,
            input=b'{"text": "/help"}\n',
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == b"Lines can't be read or written any more: No space left on device.\n"
