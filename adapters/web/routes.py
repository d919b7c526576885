"""The HTTP and WebSocket routes of the web chat."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import secrets
from dataclasses import dataclass
from html import escape
from itertools import accumulate
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote

from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from adapters.status.answers import figures_answer, health_answer
from adapters.web import serialization, uploads
from adapters.web.access import SESSION_COOKIE, TOO_MANY_GUESSES, address_of, is_from_here
from adapters.web.guesses import TooManyGuesses
from adapters.web.languages import language_of
from adapters.web.transcript import FORGOTTEN
from core.assistant.commands import COMMANDS
from core.commands.settings import LABELS, MEANINGS
from core.errors import Busy, RapportError, StoreError, UnknownConcept, UserError
from core.i18n.lazy_strings import gettext_noop
from core.messages import Chat, Message, Reply, Sender
from core.platforms.sentences import sentence_about

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from starlette.requests import HTTPConnection, Request
    from starlette.routing import BaseRoute

    from adapters.web.access import Doorkeeper
    from adapters.web.assets import Asset, Assets
    from adapters.web.languages import PageLanguages
    from adapters.web.options import Bounds, Figures, Health
    from adapters.web.responder import Responder
    from adapters.web.transcript import Subscription, Transcript, Transcripts
    from core.i18n.translator import Translator

_SENDER_COOKIE = "rapport_sender"
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SIZE = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})")
_INDEX = re.compile(r"[0-9]{1,4}")
_SENDER = re.compile(r"[A-Za-z0-9_-]{16,64}")
_LONGEST_NAME = 40
_SEND_INTERVAL = 0.03  # seconds: drafts come faster than an eye can follow
_YEAR = 365  # days
_PIECE = 1 << 16  # bytes of a file that are sent at a time
_LONGEST_FORM = 8192  # bytes
_FORM = "application/x-www-form-urlencoded"
_SIGNED_OUT_CHECK = 60  # seconds between looks whether a window's session is over
_NOTHING_EXPECTED = 1008  # WebSocket's close code "policy violation"
_NOT_THE_TOKEN = gettext_noop("That isn't the token. Whoever runs this Rapport can tell you.")


@dataclass(frozen=True, slots=True)
class Routes:
    """All routes over the parts they need."""

    doorkeeper: Doorkeeper
    bounds: Bounds
    responder: Responder
    transcripts: Transcripts
    assets: Assets
    languages: PageLanguages
    arriving: uploads.Arriving
    health: Health | None = None
    metrics: Figures | None = None

    def table(self) -> list[BaseRoute]:
        """What Starlette dispatches on."""
        chat = "/api/chats/{chat}"
        return [
            Route("/", self.page),
            Route("/login", self.login, methods=["POST"]),
            Route("/logout", self.logout, methods=["GET", "POST"]),
            Route("/health", self.report_health),
            Route("/metrics", self.report_metrics),
            Route("/static/{name:path}", self.asset),
            Route("/sw.js", self.worker),
            Route("/offline", self.offline),
            Route("/api/session", self.session),
            Route(f"{chat}/messages", self.send, methods=["POST"]),
            Route(f"{chat}/concepts", self.concepts),
            Route(f"{chat}/settings", self.settings),
            Route(f"{chat}/ask", self.ask, methods=["POST"]),
            Route(f"{chat}/files/{{entry}}/{{index}}", self.file),
            WebSocketRoute(f"{chat}/events", self.events),
        ]

    async def page(self, request: Request) -> Response:
        """The page, or the login page (401) without the token. `?token=` signs in, `?key=` makes the owner, once."""
        shown = request.query_params
        if "key" in shown and request.method == "GET":
            return await self._take_key(request, shown["key"])
        if "token" in shown:
            return await self._sign_in(request, shown["token"])
        if not await self.doorkeeper.admits(request):
            return self._login_page(request)
        response = self._page(request, "index.html").response(request)
        if _SENDER.fullmatch(request.cookies.get(_SENDER_COOKIE, "")) is None:
            self._set_cookie(response, request, _SENDER_COOKIE, secrets.token_urlsafe(24), _YEAR)
        return response

    async def login(self, request: Request) -> Response:
        """Sign in by the login form. Nothing but a form is read (415), and no more than a few kilobytes (413)."""
        if not request.headers.get("content-type", "").startswith(_FORM):
            return self._login_page(request, _NOT_THE_TOKEN, 415)
        form = bytearray()
        async for chunk in request.stream():
            form += chunk
            if len(form) > _LONGEST_FORM:
                return self._login_page(request, _NOT_THE_TOKEN, 413)
        fields = parse_qs(form.decode(errors="replace"), max_num_fields=_LONGEST_FORM)
        return await self._sign_in(request, fields.get("token", [""])[0])

    async def logout(self, request: Request) -> Response:
        """End the session, here and in the browser; not where another site's page, or another port's, asks for it."""
        response = RedirectResponse("/", 303, {"Cache-Control": "no-store"})
        if request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
            return response
        if cookie := request.cookies.get(SESSION_COOKIE):
            await self.doorkeeper.sessions.end(cookie)
            response.delete_cookie(SESSION_COOKIE)
        return response

    async def report_health(self, request: Request) -> Response:
        """The health report, with status 503 unless `ok`; without the token nothing but `ok`."""
        if self.health is None:
            return JSONResponse({"ok": True})
        return await health_answer(self.health, admitted=await self.doorkeeper.admits(request))

    async def report_metrics(self, request: Request) -> Response:
        """The metrics in Prometheus' text format; needs the session cookie or the bearer token."""
        if self.metrics is None:
            return self.languages.error(request, 404, gettext_noop("There are no figures here."))
        if not await self.doorkeeper.admits(request):
            return self.languages.error(request, 401, gettext_noop("Send web.token as the bearer token."))
        return figures_answer(self.metrics)

    async def asset(self, request: Request) -> Response:
        """A static file of the page, which needs no token."""
        if asset := self.assets.files.get(request.path_params["name"]):
            return asset.response(request)
        return self.languages.error(request, 404, gettext_noop("There is no such file."))

    async def worker(self, request: Request) -> Response:
        """The service worker, which rules over the whole page from here alone."""
        return self.assets.files["sw.js"].response(request)

    async def offline(self, request: Request) -> Response:
        """What the service worker keeps for when we can't be reached."""
        return self._page(request, "offline.html").response(request)

    async def session(self, request: Request) -> Response:
        """The commands, the limits and who asks, which the page needs before the first message."""
        limits = {
            "photos": self.bounds.limits.photos,
            "photoBytes": self.bounds.limits.photo_bytes,
            "fileBytes": self.bounds.max_file_bytes,
            "text": self.bounds.max_text,
            "undoSeconds": self.bounds.chat.undo_seconds,
        }
        said = self.languages.of(request).gettext
        commands = [
            {"word": one.name, "arguments": said(one.arguments), "purpose": said(one.purpose)}
            for one in COMMANDS.listed
        ]
        owner = self.doorkeeper.is_owner(request)
        who = {
            "owner": owner,
            "signedIn": self.doorkeeper.session(request) is not None,
            "mayBecomeOwner": not owner and is_from_here(request),
        }
        return JSONResponse({"commands": commands, "limits": limits, "who": who})

    async def send(self, request: Request) -> Response:
        """Accept a message (202); its reply comes over the socket. A refusal is a sentence in `error`."""
        try:
            chat, sender = _chat_id(request), _sender_key(request)
            with self.arriving.of(address_of(request)) as take:
                upload = await uploads.read(request, self.bounds, take)
            transcript = self.transcripts.of(chat)
            with transcript.subscribe():  # until its answer is on its way: no idle chat, to be let go
                await self.responder.recall(transcript)
                message = _message(transcript, upload, self._sender(request, sender, upload.fields.get("name", "")))
                if not (message.text or message.photos or message.files or message.unreadable):
                    raise UserError("Write something, or add a photo.")
                if len(message.text) > (most := self.bounds.max_text):
                    raise uploads.TooLarge(uploads.TEXT_TOO_LONG, most=most)
                again = (message.photos or message.files) and transcript.asking_again(message.id, sender)
                if again or message.id not in transcript.entries:  # else it came once more as our answer got lost
                    about, label = upload.fields.get("reply_to"), upload.fields.get("label", "")[:64]
                    entry = serialization.message_entry(message, about=about, label=label, sizes=_sizes(upload.fields))
                    await self.responder.submit(transcript, message, entry)
                    self.transcripts.shrink()
        except UserError as error:
            status = {uploads.TooLarge: 413, Busy: 429}.get(type(error), 400)
            return self._refusal(request, error, status)
        except StoreError:  # nobody can tell whose the chat is: the page sends it again by itself
            return Response(status_code=503)
        return JSONResponse({"ok": True}, 202)

    async def concepts(self, request: Request) -> Response:
        """The reply to /list as JSON; with `?name=`, that to /show, or `missing`: why there is none of that name."""
        try:
            chat, sender = _chat_id(request), _sender_key(request)
            name = request.query_params.get("name")
            text = "/list" if name is None else f"/show {name}"
            reply = await self.responder.ask(Message(Chat("web", chat), self._sender(request, sender), text))
        except UnknownConcept as error:  # no fault of the page's: it was renamed or forgotten just now
            return JSONResponse({"missing": self.languages.of(request).gettext(error.message)})
        except UserError as error:
            return self._refusal(request, error, 400)
        return JSONResponse(serialization.reply_body(reply, serialization.inline))

    async def settings(self, request: Request) -> Response:
        """What the chat can choose, what it has chosen, and whether the visitor may change it (by /settings)."""
        try:
            chosen = await self.responder.settings(_chat_id(request))
        except RapportError as error:
            return self._refusal(request, error, 400)
        said = self.languages.of(request).gettext
        settings = [
            {
                "key": key,
                "label": said(LABELS[key]),
                "value": str(getattr(chosen, key)),
                "choices": [{"value": value, "meaning": said(meaning)} for value, meaning in meanings.items()],
            }
            for key, meanings in MEANINGS.items()
        ]
        return JSONResponse({"settings": settings, "mayChange": self.doorkeeper.is_owner(request)})

    async def ask(self, request: Request) -> Response:
        """Carry a command out that stays out of the conversation, as the gallery's do; its reply as JSON."""
        try:
            chat, sender = _chat_id(request), _sender_key(request)
            with self.arriving.of(address_of(request)) as take:
                fields = (await uploads.read(request, self.bounds, take)).fields
            command = fields.get("text", "").strip()
            if not command.startswith("/"):
                raise UserError("Write something, or add a photo.")
            asking = self._sender(request, sender, fields.get("name", ""))
        except UserError as error:
            return self._refusal(request, error, 400)
        try:
            reply = await self.responder.ask(
                Message(Chat("web", chat), asking, command, pressed=fields.get("pressed") == "true")
            )
        except UserError as error:
            reply = Reply(self.languages.of(request).gettext(error.message), private=True)
        return JSONResponse(serialization.reply_body(reply, serialization.inline))

    async def file(self, request: Request) -> Response:
        """A photo (its pixels alone), an annotated picture, or a file to download; nothing of what is forgotten."""
        try:
            transcript, reader = self.transcripts.find(_chat_id(request)), _sender_key(request)
        except UserError as error:
            return self._refusal(request, error, 400)
        entry, index, blob = request.path_params["entry"], request.path_params["index"], None
        try:
            if transcript and _INDEX.fullmatch(index):
                blob = await self.responder.file(transcript, entry, int(index), reader)
        except RapportError as error:
            return self._refusal(request, error, 503 if isinstance(error, Busy) else 404)
        if blob is None:
            return self.languages.error(request, 404, gettext_noop("That picture is no longer kept."))
        how = "inline" if blob.media_type.startswith("image/") else "attachment"
        headers = {"Content-Disposition": f"{how}; filename*=UTF-8''{quote(blob.name, safe='')}"}
        headers["Content-Length"] = str(len(blob.data))
        return StreamingResponse(_pieces(blob.data), media_type=blob.media_type, headers=headers)

    async def events(self, socket: WebSocket) -> None:
        """The chat's entries after number `?after=` (of `?epoch=`), then each as it changes."""
        with contextlib.ExitStack() as watching:
            try:
                transcript, reader = self.transcripts.of(_chat_id(socket)), _sender_key(socket)
                subscription = watching.enter_context(transcript.subscribe())  # no idle chat from here on, to be let go
                await self.responder.refresh(transcript)
                transcript.settle()
            except RapportError as error:
                await socket.send_denial_response(self._refusal(socket, error, 400))
                return
            await socket.accept()
            heard = asyncio.create_task(socket.receive())
            others = [
                asyncio.create_task(one)
                for one in (
                    _send_entries(socket, transcript, subscription, reader, self.languages.of(socket)),
                    self._until_signed_out(socket),
                )
            ]
            try:
                await asyncio.wait([heard, *others], return_when=asyncio.FIRST_COMPLETED)
                if not heard.done() or heard.result()["type"] == "websocket.receive":  # the page sends nothing
                    with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # it has gone by itself
                        await socket.close(_NOTHING_EXPECTED)
            finally:
                for task in (heard, *others):
                    task.cancel()
                await asyncio.gather(heard, *others, return_exceptions=True)

    async def _until_signed_out(self, socket: WebSocket) -> None:
        ended = self.doorkeeper.sessions.ended
        while await self.doorkeeper.admits(socket):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), _SIGNED_OUT_CHECK)
            ended = self.doorkeeper.sessions.ended
            await self.doorkeeper.look_up(socket)

    async def _take_key(self, request: Request, shown: str) -> Response:
        """Make whoever shows the key the owner; it's then gone from the address, and of no use to anybody else."""
        response: Response = RedirectResponse("/", 303, {"Cache-Control": "no-store"})
        if await self.doorkeeper.is_key(shown, request):
            made = await self.doorkeeper.sessions.open(owner=True)
            self._set_cookie(response, request, SESSION_COOKIE, made, self.doorkeeper.options.session_days)
        elif not self.doorkeeper.is_owner(request):
            response = self._page(request, "link.html").response(request, 403)
        return response

    async def _sign_in(self, request: Request, shown: str) -> Response:
        if not self.doorkeeper.options.token:
            return RedirectResponse("/", 303)
        try:
            if not await self.doorkeeper.is_token(shown, request):
                return self._login_page(request, _NOT_THE_TOKEN)
        except TooManyGuesses:
            return self._login_page(request, TOO_MANY_GUESSES, 429)
        response = RedirectResponse("/", 303, {"Cache-Control": "no-store"})
        if not self.doorkeeper.session(request):  # else it may be the owner's
            made = await self.doorkeeper.sessions.open(owner=False)
            self._set_cookie(response, request, SESSION_COOKIE, made, self.doorkeeper.options.session_days)
        return response

    def _sender(self, request: Request, key: str, name: str = "") -> Sender:
        """Who asks; whoever gives no name has none."""
        called = name.strip()[:_LONGEST_NAME]
        return Sender(key, called, admin=self.doorkeeper.is_owner(request), language=language_of(request))

    def _set_cookie(self, response: Response, request: Request, name: str, value: str, days: float) -> None:
        made = self.doorkeeper.cookie(request, name, value, days)
        response.set_cookie(**made)  # type: ignore[arg-type]  # its values are as mixed as the arguments

    def _page(self, request: Request, name: str) -> Asset:
        return self.assets.pages[language_of(request), name]

    def _login_page(self, request: Request, problem: str = "", status: int = 401) -> Response:
        said = escape(self.languages.of(request).gettext(problem), quote=False)
        alert = f'<p class="problem" role="alert">{said}</p>' if said else ""
        html = self._page(request, "login.html").data.decode().replace("<!-- problem -->", alert)
        return HTMLResponse(html, status, headers={"Cache-Control": "no-store"})

    def _refusal(self, request: HTTPConnection, error: RapportError, status: int) -> Response:
        """What a visitor may read of an error. One for the host names files and addresses: of it only that it was."""
        return self.languages.error(request, status, sentence_about(error, "web.refused"))


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    """The data bit by bit: whoever doesn't read it holds up one bit, not a copy of all."""
    for start in range(0, len(data), _PIECE):
        yield data[start : start + _PIECE]


async def _send_entries(
    socket: WebSocket, transcript: Transcript, subscription: Subscription, reader: str, translator: Translator
) -> None:
    """Send the entries that the reader has not got, until another process answers the chat.

    An entry that changed meanwhile is sent once.
    """
    after, asked = 0, socket.query_params.get("after", "")
    if socket.query_params.get("epoch") == transcript.epoch and asked.isdecimal() and len(asked) < 16:
        after = int(asked)
    await socket.send_json({"kind": "hello", "epoch": transcript.epoch, "gap": transcript.has_gap(after)})
    revision = transcript.known.revision
    while not transcript.given_up:
        if revision != transcript.known.revision:  # the gallery, the settings: whatever a window shows of them
            revision = transcript.known.revision
            await socket.send_json({"kind": "changed"})
        newer = transcript.since(after)
        newest = max((entry.number for entry in newer), default=after)
        # An old entry that has changed comes early with a high number: a window that is cut off in the middle
        # must ask from the lowest one that it has not got.
        left = [*accumulate((entry.number for entry in reversed(newer)), min)][::-1]
        for entry, following in zip(newer, [*(number - 1 for number in left[1:]), newest], strict=False):
            body, own = serialization.body_for(entry, reader), entry.author == reader
            forgotten = body["kind"] == "reply" and body["text"] == FORGOTTEN
            said = {"text": translator.gettext(FORGOTTEN)} if forgotten else {}
            await socket.send_json({**body, **said, "number": following, "own": own})
        after = newest
        await subscription.changed()
        await asyncio.sleep(_SEND_INTERVAL)


def _message(transcript: Transcript, upload: uploads.Upload, sender: Sender) -> Message:
    """The upload as a message. Raises `UserError` when it has no valid id."""
    fields = upload.fields
    message_id = fields.get("id", "")
    if _ID.fullmatch(message_id) is None:
        raise UserError("That message has no name of its own. Reload the page and send it again.")
    # A reply to an answer is about the photo that answer was about.
    reply_to, quoted = transcript.source(fields.get("reply_to"))
    return Message(
        chat=Chat("web", transcript.chat),
        sender=sender,
        text=fields.get("text", "").replace("\r\n", "\n").strip(),  # forms send line ends that way
        photos=upload.photos,
        files=upload.files,
        unreadable=upload.unreadable,
        id=message_id,
        reply_to=reply_to,
        quoted=quoted.photos if quoted else (),
        quoted_unreadable=quoted.unreadable if quoted else (),
        pressed=fields.get("pressed") == "true",
    )


def _sizes(fields: Mapping[str, str]) -> list[tuple[int, int] | None]:
    """What the page has measured, as "640x480,,1024x768": only for the place that a picture will take."""
    read = (_SIZE.fullmatch(one) for one in fields.get("sizes", "").split(","))
    return [(int(one[1]), int(one[2])) if one else None for one in read]


def _chat_id(connection: HTTPConnection) -> str:
    chat = str(connection.path_params["chat"])
    if _ID.fullmatch(chat) is None:
        raise UserError("This chat's address isn't one of ours. Choose a chat from the list.")
    return chat


def _sender_key(connection: HTTPConnection) -> str:
    """The sender's id: a digest of the browser's cookie, since people see it in an export. Raises `UserError`."""
    secret = connection.cookies.get(_SENDER_COOKIE, "")
    if _SENDER.fullmatch(secret) is None:
        raise UserError("Rapport needs its cookie to know you again: allow it for this page and reload.")
    return hashlib.sha256(secret.encode()).hexdigest()[:24]
