"""Access control in front of every route: the Host header, the Origin header, and who has signed in."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection

from adapters.http_server import network_of
from adapters.web.guesses import Guesses, TooManyGuesses
from adapters.web.options import is_address, is_loopback
from core.i18n.lazy_strings import gettext_noop

if TYPE_CHECKING:
    from starlette.responses import JSONResponse
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from adapters.web.languages import PageLanguages
    from adapters.web.options import WebOptions
    from adapters.web.sessions import Sessions
    from core.store.values import SignIn

SESSION_COOKIE = "rapport_session"
TOO_MANY_GUESSES = gettext_noop("Too many wrong tokens came from your address. Wait a minute, then try again.")
_PRIVATE = "/api/"
_FORWARDED = frozenset({"forwarded", "x-forwarded-for", "x-real-ip"})

# `require-trusted-types-for` makes the browser refuse any text that is about to become markup.
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' blob: data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # with less, our own forms would come without an Origin
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """Knows who asks: by the session's cookie, or the token as a bearer's.

    Browsers send a cookie to every port of a machine: another page than the chat's needs a name of its own for it.
    """

    options: WebOptions
    sessions: Sessions
    guesses: Guesses
    session_cookie: str = SESSION_COOKIE

    async def look_up(self, connection: HTTPConnection) -> None:
        """Learn what other processes know of the request's session."""
        await self.sessions.look_up(connection.cookies.get(self.session_cookie, ""))

    def session(self, connection: HTTPConnection) -> SignIn | None:
        """The live session whose cookie the request has."""
        return self.sessions.find(connection.cookies.get(self.session_cookie, ""))

    def is_owner(self, connection: HTTPConnection) -> bool:
        """Whether it is the owner who asks: signed in by the link, on this machine, and not declared as somebody else.

        The address alone would make an owner of everyone behind a proxy of this machine that says nothing of them.
        """
        session = self.session(connection)
        return session is not None and session.owner and is_from_here(connection)

    async def admits(self, connection: HTTPConnection) -> bool:
        """Whether the request may see what is private. Raises `TooManyGuesses` after many wrong bearer's tokens."""
        if not self.options.token or self.session(connection):
            return True
        scheme, _, bearer = connection.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and await self.is_token(bearer.strip(), connection)

    async def is_token(self, shown: str, connection: HTTPConnection) -> bool:
        """Whether `shown` is `web.token`. Raises `TooManyGuesses`."""
        return await self.guesses.is_right(shown, self.options.token.get_secret_value(), address_of(connection))

    async def is_key(self, shown: str, connection: HTTPConnection) -> bool:
        """Whether `shown` is the owner's key, and the request comes from this machine. Raises `TooManyGuesses`."""
        # Nobody tries 192 random bits out: whoever has them is let in, however many guesses come from the same proxy.
        right = hmac.compare_digest(shown.encode(), self.sessions.key.encode())
        right = right or await self.guesses.is_right(shown, self.sessions.key, address_of(connection))
        return right and is_from_here(connection)

    def cookie(self, connection: HTTPConnection, name: str, value: str, days: float) -> dict[str, object]:
        """The arguments of `Response.set_cookie` for a cookie that scripts and other sites can't read or send."""
        proxy_says = connection.headers.get("x-forwarded-proto", "") if _is_near(connection) else ""
        schemes = {connection.url.scheme, proxy_says.strip().lower(), urlsplit(self.options.public_url).scheme}
        safety = {"httponly": True, "samesite": "strict", "secure": "https" in schemes}
        return {"key": name, "value": value, "max_age": round(days * 86_400), **safety}


class AccessMiddleware:
    """ASGI middleware that refuses requests before any route sees them, and adds security headers to responses.

    Against DNS rebinding the Host must be ours (https://owasp.org/www-community/attacks/DNS_Rebinding);
    against cross-site requests and sockets the Origin of whatever changes or streams must be that Host.
    """

    def __init__(self, app: ASGIApp, doorkeeper: Doorkeeper, languages: PageLanguages) -> None:
        self._app, self._languages = app, languages
        self._doorkeeper = doorkeeper
        self._options = doorkeeper.options
        self._public = urlsplit(self._options.public_url.casefold())
        self._hosts = {_bare(name) for name in (*self._options.hosts, self._public.netloc)} - {""}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with status 400 (Host), 403 (Origin), 401 or 429 (token)."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        await self._doorkeeper.look_up(connection)
        target = await self._refusal(connection) or self._app
        await target(scope, receive, _SendWithHeaders(send, private=scope["path"].startswith(_PRIVATE)))

    async def _refusal(self, connection: HTTPConnection) -> JSONResponse | None:
        scope = connection.scope
        host = connection.headers.get("host", "")
        name = _bare(host)
        others_may_connect = not is_loopback(self._options.host)
        if not (is_loopback(name) or name in self._hosts or (others_may_connect and is_address(name))):
            sentence = gettext_noop("This page isn't meant to be opened as “{name}”: add that name to web.hosts.")
            return self._languages.error(connection, 400, sentence, name=name[:100])
        if (scope["type"] == "websocket" or scope["method"] not in {"GET", "HEAD"}) and not self._is_own(
            connection.headers.get("origin", ""), host
        ):
            sentence = gettext_noop("That came from another page. Open Rapport's own page and try again.")
            return self._languages.error(connection, 403, sentence)
        try:
            if scope["path"].startswith(_PRIVATE) and not await self._doorkeeper.admits(connection):
                sentence = gettext_noop("Please sign in again: reload the page and enter the token.")
                return self._languages.error(connection, 401, sentence)
        except TooManyGuesses:
            return self._languages.error(connection, 429, TOO_MANY_GUESSES)
        return None

    def _is_own(self, origin: str, host: str) -> bool:
        """Whether the page that asks is ours: at the request's Host, or at `web.public_url`."""
        try:
            parsed = urlsplit(origin.casefold())
        except ValueError:
            return False
        own = parsed.scheme in {"http", "https"} and parsed.netloc == host.casefold()
        return own or (bool(parsed.netloc) and parsed[:2] == self._public[:2])


class _SendWithHeaders:
    """An ASGI `send` that adds the security headers to the start of a response."""

    def __init__(self, send: Send, *, private: bool) -> None:
        self._send = send
        self._private = private

    async def __call__(self, message: Message) -> None:
        if message["type"] in {"http.response.start", "websocket.http.response.start"}:
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            if self._private:
                headers["Cache-Control"] = "no-store"
        await self._send(message)


def is_from_here(connection: HTTPConnection) -> bool:
    """Whether the request comes from a loopback address, and no proxy says that it does so for somebody else."""
    return _is_near(connection) and _FORWARDED.isdisjoint(connection.headers)


def address_of(connection: HTTPConnection) -> str:
    """Whose guesses and uploads are counted together: the peer's, or those of whom a proxy of this machine names."""
    peer = connection.client.host if connection.client else ""
    named = connection.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return network_of(named if named and _is_near(connection) else peer)


def _is_near(connection: HTTPConnection) -> bool:
    return connection.client is not None and is_loopback(connection.client.host)


def _bare(host: str) -> str:
    """The name in a Host header, without its port and in lower case; empty when it can't be parsed."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
