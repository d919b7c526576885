"""Access control in front of every route: the Host header, the Origin header, and the token."""

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
    "Referrer-Policy": "same-origin",  # with less, our own forms would come without an Origin
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class AccessMiddleware:
    """ASGI middleware that refuses requests before any route sees them, and adds security headers to responses.

    Against DNS rebinding the Host must be ours (https://owasp.org/www-community/attacks/DNS_Rebinding);
    against cross-site requests and sockets the Origin of whatever changes or streams must be that Host.
    """

    def __init__(self, app: ASGIApp, options: WebOptions) -> None:
        self._app = app
        self._options = options
        self._hosts = {_bare(name) for name in options.hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with status 400 (Host), 403 (Origin) or 401 (token)."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        target = self._refusal(connection) or self._app
        await target(scope, receive, _SendWithHeaders(send, private=scope["path"].startswith(_PRIVATE)))

    def _refusal(self, connection: HTTPConnection) -> JSONResponse | None:
        scope = connection.scope
        host = connection.headers.get("host", "")
        name = _bare(host)
        others_may_connect = not is_loopback(self._options.host)
        if not (is_loopback(name) or name in self._hosts or (others_may_connect and is_address(name))):
            return _refuse(400, f"This page isn't meant to be opened as {name[:100]!r}: add that name to web.hosts.")
        if scope["type"] == "websocket" or scope["method"] not in {"GET", "HEAD"}:
            origin = urlsplit(connection.headers.get("origin", ""))
            if origin.scheme not in {"http", "https"} or origin.netloc.casefold() != host.casefold():
                return _refuse(403, "That came from another page. Open Rapport's own page and try again.")
        if scope["path"].startswith(_PRIVATE) and not is_trusted(connection, self._options):
            return _refuse(401, "Please sign in again: reload the page and enter the token.")
        return None


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


def is_trusted(connection: HTTPConnection, options: WebOptions) -> bool:
    """Whether the request has the session cookie or the bearer token, or no token is configured."""
    if not options.token:
        return True
    scheme, _, bearer = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and is_token(bearer.strip(), options):
        return True
    shown = connection.cookies.get(SESSION_COOKIE, "")
    return hmac.compare_digest(shown.encode(), session_for(options.token.get_secret_value()).encode())


def is_owner(connection: HTTPConnection) -> bool:
    """Whether the request comes from this machine: from a loopback address, and not through a proxy."""
    proxied = {"forwarded", "x-forwarded-for", "x-real-ip"} & set(connection.headers)
    return connection.client is not None and is_loopback(connection.client.host) and not proxied


def is_token(shown: str, options: WebOptions) -> bool:
    """Whether `shown` is the token, compared in constant time."""
    return hmac.compare_digest(session_for(shown), session_for(options.token.get_secret_value()))


def session_for(token: str) -> str:
    """The value of the session cookie: a keyed digest (64 hex digits) from which the token can't be computed."""
    return hmac.new(token.encode(), b"rapport web session", hashlib.sha256).hexdigest()


def cookie(connection: HTTPConnection, name: str, value: str) -> dict[str, object]:
    """The arguments of `Response.set_cookie` for a cookie that scripts and other sites can't read or send."""
    safety = {"httponly": True, "samesite": "strict", "secure": connection.url.scheme == "https"}
    return {"key": name, "value": value, "max_age": _YEAR, **safety}


def _refuse(status: int, sentence: str) -> JSONResponse:
    return JSONResponse({"error": sentence}, status)


def _bare(host: str) -> str:
    """The name in a Host header, without its port and in lower case; empty when it can't be parsed."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
