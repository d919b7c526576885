"""Who has signed in: sessions that outlive a restart, and the key in the link that makes whoever opens it the owner."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import os
import secrets
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from core.errors import StoreError
from core.store.values import SignIn

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.store.sharing.signing_in import StoredSignIns

_MOST_VISITORS = 1000  # beyond that the oldest sessions end
_LINK = "link"
_SESSIONS = "sessions"


class Sessions:
    """The sessions, by digests of the cookies, in a file (mode 0600) beside the memories; without one in memory alone.

    `token` is what visitors must show now: a session that another one opened has ended. `shared` has the sessions of
    all processes that serve the page.
    """

    def __init__(
        self,
        file: Path | None = None,
        *,
        token: str = "",
        days: float = 30,
        clock: Callable[[], float] = time.time,
        shared: StoredSignIns | None = None,
    ) -> None:
        self._file, self._seconds, self._clock, self._shared = file, days * 86_400, clock, shared
        self._token = _digest(token) if token else ""
        self._sessions: dict[str, SignIn] = {}
        self._saving = asyncio.Lock()
        self.key = secrets.token_urlsafe(24)
        self.address = ""  # of the page on this machine, once it is served there
        self.ended = asyncio.Event()  # set, and replaced, when a session ends

    @property
    def link(self) -> str:
        """The address that makes whoever opens it the owner; empty while there is none."""
        return f"{self.address}/?key={self.key}" if self.address else ""

    async def load(self) -> None:
        """Take up what the file has, and put this start's link into it."""
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
            if self._file:
                kept = json.loads(await asyncio.to_thread(self._file.read_text, "utf-8"))
                self._sessions = {digest: SignIn(**one) for digest, one in kept[_SESSIONS].items()}
        await self._save()

    async def look_up(self, cookie: str) -> None:
        """Learn of the session whose cookie that is what other processes know; nothing while the store fails."""
        if self._shared is None or not cookie:
            return
        digest = _digest(cookie)
        with contextlib.suppress(StoreError):
            if found := await self._shared.find(digest):
                self._note(digest, found)
            else:
                self._sessions.pop(digest, None)

    def find(self, cookie: str) -> SignIn | None:
        """The session whose cookie that is, unless its time is over or the token was changed."""
        session = self._sessions.get(_digest(cookie))
        if session is None or session.until < self._clock():
            return None
        return session if session.owner or hmac.compare_digest(session.token, self._token) else None

    async def open(self, *, owner: bool) -> str:
        """Begin a session; returns its cookie. An owner's uses the key up, and there is another one."""
        cookie = secrets.token_urlsafe(32)
        digest, session = _digest(cookie), SignIn(owner, self._clock() + self._seconds, self._token)
        if self._shared:
            await self._shared.open(digest, session, self._clock(), _MOST_VISITORS)
        self._note(digest, session)
        if owner:
            self.key = secrets.token_urlsafe(24)
        await self._save()
        return cookie

    def _note(self, digest: str, session: SignIn) -> None:
        if self._sessions.get(digest) == session:
            return
        self._sessions[digest] = session
        living = {digest: one for digest, one in self._sessions.items() if one.until >= self._clock()}
        visitors = [digest for digest, one in living.items() if not one.owner]
        surplus = set(visitors[:-_MOST_VISITORS])
        self._sessions = {digest: one for digest, one in living.items() if digest not in surplus}

    async def end(self, cookie: str) -> None:
        """End the session whose cookie that is, also for its windows that are open. Raises `StoreError`."""
        if self._shared:
            await self._shared.end(_digest(cookie))
        if self._sessions.pop(_digest(cookie), None):
            self.look_again()
            await self._save()

    def look_again(self) -> None:
        """Have windows that are open look whether their session has ended."""
        self.ended.set()
        self.ended = asyncio.Event()

    async def aclose(self) -> None:
        """Take the link out of the file: it opens nothing any more."""
        self.address = ""
        await self._save()

    async def _save(self) -> None:
        if self._file is None:
            return
        kept = {_LINK: self.link, _SESSIONS: {digest: asdict(one) for digest, one in self._sessions.items()}}
        async with self._saving:
            try:
                await asyncio.to_thread(_write, self._file, json.dumps(kept))
            except OSError as error:
                structlog.get_logger(__name__).warning("web.sessions_not_kept", error=type(error).__name__)


def read_link(file: Path) -> str:
    """The link of the Rapport that runs with that file; empty when none does."""
    try:
        return str(json.loads(file.read_text("utf-8"))[_LINK])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.new")
    fresh.unlink(missing_ok=True)  # it might have another mode
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as target:
        target.write(text)
    fresh.replace(file)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
