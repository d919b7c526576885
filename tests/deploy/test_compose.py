from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import make_url

from bot import config
from bot.config import Config
from tests.house.source import HOUSE

FILES = sorted(one.name for one in HOUSE.glob("compose*.yaml"))
OURS = [name for name in FILES if name != "compose.vllm.yaml"]
_SECRETS_OF_OTHERS = {"postgres_password"}
_GIVEN = re.compile(r"\$\{(\w+):-([^}]*)\}")


def parts(name: str) -> dict[str, Any]:
    """A compose file with what it includes and extends, and with variables that nobody has set."""
    read: dict[str, Any] = yaml.safe_load(_GIVEN.sub(r"\2", (HOUSE / name).read_text()))
    for service in read["services"].values():
        if other := service.pop("extends", None):
            service |= {**parts(other["file"])["services"][other["service"]], **service}
    for other in read.pop("include", []):
        for section, found in parts(other).items():
            if section in {"services", "volumes", "secrets", "networks"}:
                assert not set(found) & set(read.get(section, {}))  # Compose refuses that
                read.setdefault(section, {}).update(found)
    return read


def services(name: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = parts(name)["services"]
    return found


def bots(name: str) -> dict[str, dict[str, Any]]:
    """Those of a file's services that are bot processes."""
    of_ray = {"ray", "pool"}
    ours = {key: one for key, one in services(name).items() if str(one.get("image", "")).startswith("rapport")}
    return {key: one for key, one in ours.items() if key not in of_ray}


@pytest.mark.parametrize("name", FILES)
def test_a_compose_file_keeps_the_schema_of_compose(name: str) -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", name]
    done = subprocess.run(check, cwd=HOUSE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", OURS)
def test_its_settings_and_secrets_are_settings_of_ours(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    secrets = parts(name)["secrets"]
    for service in bots(name).values():
        assert service["secrets"]
        assert set(service["secrets"]) <= set(secrets) - _SECRETS_OF_OTHERS
        for variable, value in service.get("environment", {}).items():
            monkeypatch.setenv(variable, str(value))
        for secret in service["secrets"]:
            section, _, key = secret.partition(".")
            assert key in type(Config.model_fields[section].default).model_fields, secret
        config.load()


@pytest.mark.parametrize("name", OURS)
def test_our_services_are_shut_in_and_reach_the_database_when_it_is_there(name: str) -> None:
    for service in bots(name).values():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["depends_on"]["postgres"] == {"condition": "service_healthy"}
        assert int(service["stop_grace_period"].removesuffix("s")) > Config().limits.stop_seconds
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


@pytest.mark.parametrize("name", OURS)
def test_the_database_is_reached_by_no_one_else(name: str) -> None:
    read = parts(name)
    assert "ports" not in read["services"]["postgres"]
    assert read["services"]["postgres"]["networks"] == ["database"]
    assert read["networks"]["database"] == {"internal": True}


@pytest.mark.parametrize("name", FILES)
def test_whatever_a_service_names_is_defined_and_used(name: str) -> None:
    read = parts(name)
    used: dict[str, set[str]] = {"secrets": set(), "networks": set(), "volumes": set()}
    for service in read["services"].values():
        assert set(service.get("depends_on", ())) <= set(read["services"])
        used["secrets"] |= set(service.get("secrets", ()))
        used["networks"] |= set(service.get("networks", ()))
        sources = {one.partition(":")[0] for one in service.get("volumes", ()) if one[0] not in "./~$"}
        used["volumes"] |= sources
    for section, names in used.items():
        assert names == set(read.get(section, {})), section


@pytest.mark.ray
def test_the_pools_commands_are_ones_that_ray_takes() -> None:
    scripts = pytest.importorskip("ray.scripts.scripts")
    found = services("compose.cluster.yaml")
    _, _, joining, _ = found["pool-worker"]["entrypoint"]
    commands = [found["ray"]["entrypoint"], found["pool"]["entrypoint"], shlex.split(joining.partition("&&")[0])]
    commands += [found[name]["healthcheck"]["test"][1:] for name in ("ray", "pool")]
    for program, command, *arguments in commands:
        assert program == "ray"
        scripts.cli.commands[command].make_context(command, arguments)  # raises for what it doesn't know


def test_the_secrets_that_the_script_makes_are_read_as_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make = [HOUSE / "deploy/secrets.sh", tmp_path]
    subprocess.run(make, check=True)
    folder = tmp_path / "secrets"
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    made = config.load(web={"host": "0.0.0.0"})  # noqa: S104 - in the container
    made.web.require_token()
    url = make_url(made.store.url)
    password = (folder / "postgres_password").read_text()
    assert (url.password, url.host, url.database, len(password)) == (password, "postgres", "rapport", 48)
    assert folder.stat().st_mode & 0o777 == 0o700  # what keeps others of the machine out
    assert {one.stat().st_mode & 0o777 for one in folder.iterdir()} == {0o644}  # a container's user is another one
    subprocess.run(make, check=True)
    assert config.load().store.url == made.store.url


def test_the_database_is_the_one_that_the_script_writes_an_address_for() -> None:
    postgres, script = services("compose.yaml")["postgres"], (HOUSE / "deploy/secrets.sh").read_text()
    user, database = postgres["environment"]["POSTGRES_USER"], postgres["environment"]["POSTGRES_DB"]
    assert f"postgresql+asyncpg://{user}:$(cat postgres_password)@postgres/{database}" in script
    assert {f"--username={user}", f"--dbname={database}"} <= set(postgres["healthcheck"]["test"])


def test_no_secret_is_kept_in_the_repository() -> None:
    listed = subprocess.run(["git", "check-ignore", "secrets/web.token"], cwd=HOUSE, check=False)  # noqa: S607
    assert listed.returncode == 0
    assert os.access(HOUSE / "deploy/secrets.sh", os.X_OK)
