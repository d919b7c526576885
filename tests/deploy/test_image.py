from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from dockerfile_parse import DockerfileParser

from bot.config import Config
from tests.deploy.programs import program
from tests.deploy.steps import Image, admitted, carried_out
from tests.house.source import HOUSE

DOCKERFILE = HOUSE / "Dockerfile"
# The network namespace has nothing but loopback. The loop ends with the bot, whose state is the script's.
_START = """
ip link set lo up || exit 90
{as_user} "$@" >log 2>&1 &
bot=$!
until {as_user} {healthcheck}; do
    kill -0 $bot || { wait $bot; exit $?; }
    sleep 0.2
done
echo healthy
kill -TERM $bot
wait $bot
"""


@pytest.fixture(scope="session")
def image() -> Iterator[Image]:
    # Not in pytest's own folder, which is closed to the user that the image runs as.
    folder = Path(tempfile.mkdtemp(prefix="rapport-image-"))
    folder.chmod(0o755)
    try:
        yield carried_out(DOCKERFILE, folder, UID=str(_uid()))
    finally:
        shutil.rmtree(folder)


def _uid() -> int:
    """The image's own user where that can be taken on, else whoever runs this."""
    return 10001 if os.getuid() == 0 else os.getuid()


@pytest.mark.deploy
def test_what_the_steps_make_starts_as_another_user_without_a_network_and_is_healthy(image: Image) -> None:
    unshare, setpriv = program("unshare", "util-linux"), program("setpriv", "util-linux")
    program("ip", "iproute2")
    root = os.getuid() == 0
    shut_in = "--no-new-privs --bounding-set=-all"
    user = f"{setpriv} --reuid={_uid()} --regid={_uid()} --clear-groups {shut_in}" if root else ""
    healthcheck = " ".join(f"'{word}'" if " " not in word else '"$HEALTH"' for word in image.command("HEALTHCHECK"))
    script = _START.replace("{as_user}", user).replace("{healthcheck}", f"{healthcheck} 2>/dev/null")
    start = [*image.command("ENTRYPOINT"), *image.command("CMD")]
    done = subprocess.run(
        [
            unshare,
            *(["--net"] if root else ["--user", "--map-current-user", "--net"]),
            "sh",
            "-c",
            script,
            "sh",
            *start,
        ],
        cwd=image.workdir,
        check=False,
        env={
            **{"PATH": os.environ["PATH"], "HEALTH": image.command("HEALTHCHECK")[-1]},
            **image.environment,
            "RAPPORT_WEB__TOKEN": "a-token-of-sixteen",
            "PIP_INDEX_URL": "http://127.0.0.1:9/",  # nothing is fetched
        },
        capture_output=True,
        text=True,
        timeout=300,
    )
    log = (image.workdir / "log").read_text()
    assert (done.returncode, done.stdout) == (0, "healthy\n"), done.stderr + log
    assert (image.root / "data/.local/share/rapport/rapport.db").exists()


@pytest.mark.deploy
def test_without_a_token_the_image_says_what_is_missing(image: Image) -> None:
    start = [*image.command("ENTRYPOINT"), *image.command("CMD")]
    environment = {"PATH": os.environ["PATH"], **image.environment, "HOME": str(image.root / "none")}
    done = subprocess.run(
        start, check=False, cwd=image.workdir, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1
    assert "set web.token" in done.stderr


@pytest.mark.deploy
def test_the_driver_for_postgresql_is_in_the_image(image: Image) -> None:
    python = Path(image.command("ENTRYPOINT")[0]).parent / "python"
    subprocess.run([python, "-c", "import asyncpg"], check=True, cwd=image.root)


def test_the_base_image_is_of_the_python_that_the_tests_run_on() -> None:
    bases = {value.split()[0] for value in instructions("FROM")}
    assert bases == {f"python:{sys.version_info[0]}.{sys.version_info[1]}-slim-bookworm"}


def test_the_image_says_its_port_and_ends_as_another_user_than_root() -> None:
    assert instructions("EXPOSE") == [str(Config().web.port)]
    assert f"'127.0.0.1', {Config().web.port}" in instructions("HEALTHCHECK")[0]
    order = [step["instruction"] for step in DockerfileParser(path=str(DOCKERFILE)).structure]
    assert "RUN" not in order[order.index("USER") :]
    assert instructions("USER") == ["$UID:$UID"]
    assert "UID=10001" in instructions("ARG")


@pytest.mark.parametrize("name", ["config.toml", "secrets", ".git", "data", ".venv", "tests"])
def test_nothing_of_the_hosts_own_goes_to_the_engine(name: str) -> None:
    assert not admitted(HOUSE, name)


def instructions(word: str) -> list[str]:
    """What an instruction is given, each time that it is there."""
    steps = DockerfileParser(path=str(DOCKERFILE)).structure
    return [step["value"] for step in steps if step["instruction"] == word]
