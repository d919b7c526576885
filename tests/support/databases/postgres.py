"""A PostgreSQL cluster of the tests' own: on a socket in a temporary folder, as another user where root runs them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import psutil
import pytest

OWNER = "rapport"
_PATIENCE = 120.0  # seconds that a program of PostgreSQL's may take
# Nothing here has to outlive the machine. The time zone and the order of letters are unlike SQLite's on purpose.
_SETTINGS = """
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum = off
max_connections = 200
shared_buffers = 64MB
listen_addresses = '{host}'
port = 5432
unix_socket_directories = '{folder}'
timezone = 'Asia/Kolkata'
log_destination = 'stderr'
"""
_LETS_IN = "local all asked scram-sha-256\nlocal all stranger reject\nlocal all all trust\n"


def programs() -> Path:
    """The folder with PostgreSQL's programs. Without one a stranger's test is skipped; in CI, which installs it, it
    fails."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not found and (there := shutil.which("initdb")):
        found = [Path(there).resolve().parent]
    if not found:
        sentence = "these tests need PostgreSQL (Debian: apt-get install postgresql)"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(sentence)
        raise AssertionError(sentence)
    return max(found, key=lambda path: int(path.parent.name) if path.parent.name.isdigit() else 0)


class Cluster:
    """A running server. `url` is a new database for each folder it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._programs, self._numbers = folder, programs(), count()
        self._databases: dict[Path, str] = {}
        self.template = "template1"

    def start(self) -> None:
        """Start the server, which has been made already or not."""
        if not (self.folder / "data").exists():
            if os.getuid() == 0:
                shutil.chown(self.folder, "postgres")
            order = ["--locale-provider=icu", "--icu-locale=en-US", "--locale=C.UTF-8", "--encoding=UTF8"]
            self.run("initdb", "--no-sync", "--auth=trust", "--username=postgres", "-D", "data", *order)
            with (self.folder / "data/postgresql.conf").open("a") as file:
                file.write(_SETTINGS.format(folder=self.folder, host=""))
            (self.folder / "data/pg_hba.conf").write_text(_LETS_IN)
        self.run("pg_ctl", "start", "-D", "data", "-w", "-l", "log", "-s")

    def stop(self, how: str = "immediate") -> None:
        """Stop it: by "immediate" as a crash would."""
        self.run("pg_ctl", "stop", "-D", "data", "-w", "-m", how, "-s")

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Let none of its processes do anything meanwhile."""
        first = psutil.Process(int((self.folder / "data/postmaster.pid").read_text().split()[0]))
        processes = [first, *first.children()]
        try:
            for one in processes:
                one.suspend()
            yield
        finally:
            for one in processes:
                one.resume()

    def sql(self, statement: str, database: str = "postgres") -> str:
        """What `psql` prints of a statement."""
        told = ["-h", str(self.folder), "-U", "postgres", "-qAtX", "-v", "ON_ERROR_STOP=1", "-d", database]
        return self.run("psql", *told, "-c", statement).strip()

    def run(self, program: str, *arguments: str) -> str:
        """What a program of PostgreSQL's prints, as the user that the server belongs to."""
        command = [str(self._programs / program), *arguments]
        if os.getuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        with (self.folder / "said").open("w+") as said:  # no pipe: the server would hold it open
            done = subprocess.run(
                command, cwd=self.folder, stdout=said, stderr=subprocess.STDOUT, check=False, timeout=_PATIENCE
            )
            said.seek(0)
            text = said.read()
        assert done.returncode == 0, f"{program}: {text}"
        return text

    def address(self, database: str, role: str = OWNER) -> str:
        """The URL of a database."""
        return f"postgresql+asyncpg://{role}@/{database}?host={self.folder}"

    def name(self, folder: Path) -> str:
        """The database that belongs to a folder, made when it is first asked for."""
        if folder not in self._databases:
            name = f"test{next(self._numbers)}"
            self.sql(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {self.template}")
            self._databases[folder] = name
        return self._databases[folder]

    def url(self, folder: Path) -> str:
        """The URL of the database that belongs to a folder."""
        return self.address(self.name(folder))

    def drop(self) -> None:
        """Drop the databases of all folders."""
        for name in self._databases.values():
            self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._databases.clear()


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A running cluster, which is gone afterwards."""
    folder = Path(mkdtemp(prefix="pg", dir="/tmp"))
    server = Cluster(folder)
    try:
        server.start()
        server.sql(f"CREATE ROLE {OWNER} LOGIN")
        yield server
    finally:
        if (folder / "data/postmaster.pid").exists():
            server.stop()
        shutil.rmtree(folder)
