"""The gate in front of every route: whose name we are called by, which page calls, and who is let in."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse

from adapters.web.options import is_address, is_loopback

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from adapters.web.options import WebOptions

SESSION_COOKIE = "rapport_session"
_PRIVATE = "/api/"
_YEAR = 365 * 24 * 3600

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
    "Referrer-Policy": "same-origin",  # with less, a form of ours would not say where it comes from
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Gate:
    """ASGI middleware that refuses strangers before any route sees them, and puts safe headers on answers.

    Against DNS rebinding the Host must be ours (https://owasp.org/www-community/attacks/DNS_Rebinding);
    against cross-site requests and sockets the Origin of whatever changes or streams must be that Host.
    """

    def __init__(self, app: ASGIApp, options: WebOptions) -> None:
        self._app = app
        self._options = options
        self._hosts = {_bare(name) for name in options.hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer it with a refusal."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        target = self._refusal(connection) or self._app
        await target(scope, receive, _Headed(send, private=scope["path"].startswith(_PRIVATE)))

    def _refusal(self, connection: HTTPConnection) -> JSONResponse | None:
        scope = connection.scope
        host = connection.headers.get("host", "")
        if not self._is_ours(_bare(host)):
            name = _bare(host)[:100]
            return _refuse(400, f"This page isn't meant to be opened as {name!r}: add that name to web.hosts.")
        changes = scope["type"] == "websocket" or scope["method"] not in {"GET", "HEAD"}
        if changes and not _same_origin(connection.headers.get("origin", ""), host):
            return _refuse(403, "That came from another page. Open Rapport's own page and try again.")
        if scope["path"].startswith(_PRIVATE) and not is_trusted(connection, self._options):
            return _refuse(401, "Please sign in again: reload the page and enter the token.")
        return None

    def _is_ours(self, name: str) -> bool:
        if is_loopback(name) or name in self._hosts:
            return True
        return not is_loopback(self._options.host) and is_address(name)


class _Headed:
    """A `send` that adds our headers to the start of a response."""

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


def is_trusted(connection: HTTPConnection, options: WebOptions) -> bool:
    """Whether the visitor has shown the token, by cookie or as a bearer's, or none is asked for."""
    if not options.token:
        return True
    scheme, _, bearer = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and is_token(bearer.strip(), options):
        return True
    shown = connection.cookies.get(SESSION_COOKIE, "")
    return hmac.compare_digest(shown.encode(), session_for(options.token).encode())


def is_owner(connection: HTTPConnection) -> bool:
    """Whether the visitor sits at this machine: a loopback peer that no proxy speaks for."""
    proxied = {"forwarded", "x-forwarded-for", "x-real-ip"} & set(connection.headers)
    return connection.client is not None and is_loopback(connection.client.host) and not proxied


def is_token(shown: str, options: WebOptions) -> bool:
    """Whether `shown` is the token; takes as long for a near miss as for a far one."""
    return hmac.compare_digest(session_for(shown), session_for(options.token))


def session_for(token: str) -> str:
    """The cookie of those who know the token: it proves that without giving the token away."""
    return hmac.new(token.encode(), b"rapport web session", hashlib.sha256).hexdigest()


def cookie(connection: HTTPConnection, name: str, value: str) -> dict[str, object]:
    """The arguments of `Response.set_cookie` for a cookie no script and no other site gets to use."""
    safety = {"httponly": True, "samesite": "strict", "secure": connection.url.scheme == "https"}
    return {"key": name, "value": value, "max_age": _YEAR, **safety}


def _refuse(status: int, sentence: str) -> JSONResponse:
    return JSONResponse({"error": sentence}, status)


def _bare(host: str) -> str:
    """The name in a Host header, without its port and in lower case; nonsense gives an empty one."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _same_origin(origin: str, host: str) -> bool:
    parts = urlsplit(origin)
    return parts.scheme in {"http", "https"} and parts.netloc.casefold() == host.casefold()
