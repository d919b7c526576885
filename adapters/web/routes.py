"""The routes: what a browser may ask, and what each question is in our words."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from adapters.web import translate, uploads
from adapters.web.gate import SESSION_COOKIE, cookie, is_owner, is_token, is_trusted, session_for
from core.commands.registry import USAGES
from core.errors import Busy, UserError
from core.messages import Chat, Message, Sender

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection, Request
    from starlette.routing import BaseRoute

    from adapters.web.answers import Answers
    from adapters.web.assets import Asset
    from adapters.web.options import Figures, Health, WebOptions
    from adapters.web.transcript import Transcript, Transcripts

_SENDER_COOKIE = "rapport_sender"
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SENDER = re.compile(r"[A-Za-z0-9_-]{16,64}")
_LONGEST_NAME = 40
_NAMELESS = "someone"
# Drafts come faster than an eye can follow: between two looks at the transcript a window rests this long.
_REST = 0.03
_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
_TRY_AGAIN = '<p class="problem" role="alert">That isn\'t the token. Look for web.token in the configuration.</p>'


@dataclass(frozen=True, slots=True)
class Routes:
    """All routes over the parts they need."""

    options: WebOptions
    answers: Answers
    transcripts: Transcripts
    assets: dict[str, Asset]
    health: Health | None = None
    metrics: Figures | None = None

    def table(self) -> list[BaseRoute]:
        """What Starlette dispatches on."""
        chat = "/api/chats/{chat}"
        return [
            Route("/", self.page),
            Route("/login", self.login, methods=["POST"]),
            Route("/health", self.report_health),
            Route("/metrics", self.report_metrics),
            Route("/static/{name:path}", self.asset),
            Route("/api/session", self.session),
            Route(f"{chat}/messages", self.send, methods=["POST"]),
            Route(f"{chat}/concepts", self.concepts),
            Route(f"{chat}/files/{{entry}}/{{index:int}}", self.file),
            WebSocketRoute(f"{chat}/events", self.events),
        ]

    async def page(self, request: Request) -> Response:
        """The page; the login page for who is not let in yet; with `?token=` once, the way in."""
        if self.options.token and (shown := request.query_params.get("token")) is not None:
            return self._enter(request, shown)
        if not is_trusted(request, self.options):
            return self._login_page()
        response = self.assets["index.html"].response(request)
        if _SENDER.fullmatch(request.cookies.get(_SENDER_COOKIE, "")) is None:
            fresh = cookie(request, _SENDER_COOKIE, secrets.token_urlsafe(24))
            response.set_cookie(**fresh)  # type: ignore[arg-type]  # its values are as mixed as the arguments
        return response

    async def login(self, request: Request) -> Response:
        """Take the token out of the login form."""
        form = await request.form(max_fields=2, max_part_size=4096)
        return self._enter(request, str(form.get("token", "")))

    async def report_health(self, request: Request) -> Response:
        """Whether all is well; the particulars only for who is let in."""
        if self.health is None:
            return JSONResponse({"ok": True})
        try:
            report = dict(await self.health())
        except Exception:  # noqa: BLE001 - the platform's edge: a check that fails is an answer, too
            report = {"ok": False}
        well = bool(report.setdefault("ok", True))
        shown = report if is_trusted(request, self.options) else {"ok": well}
        return JSONResponse(shown, 200 if well else 503, headers={"Cache-Control": "no-store"})

    async def report_metrics(self, request: Request) -> Response:
        """The figures for Prometheus, for who is let in: with the cookie, or the token as a bearer's."""
        if self.metrics is None:
            return JSONResponse({"error": "There are no figures here."}, 404)
        if not is_trusted(request, self.options):
            return JSONResponse({"error": "Send web.token as the bearer token."}, 401)
        return Response(self.metrics(), media_type=_PROMETHEUS, headers={"Cache-Control": "no-store"})

    async def asset(self, request: Request) -> Response:
        """A file of the page; they hold nothing private."""
        asset = self.assets.get(request.path_params["name"])
        return asset.response(request) if asset else JSONResponse({"error": "There is no such file."}, 404)

    async def session(self, _: Request) -> Response:
        """What the page must know before the first message: the commands and the limits."""
        limits = {
            "photos": self.options.max_photos,
            "photoBytes": self.options.max_photo_bytes,
            "fileBytes": self.options.max_file_bytes,
            "text": self.options.max_text,
        }
        return JSONResponse({"commands": [asdict(usage) for usage in USAGES], "limits": limits})

    async def send(self, request: Request) -> Response:
        """Take a message; its reply comes over the socket."""
        try:
            chat, sender = _chat_id(request), _sender_key(request)
            upload = await uploads.read(request, self.options)
            transcript = self.transcripts.of(chat)
            self._accept(transcript, _message(transcript, upload, sender, admin=is_owner(request)), upload)
        except uploads.TooLarge as error:
            return JSONResponse({"error": str(error)}, 413)
        except Busy as error:
            return JSONResponse({"error": str(error)}, 429)
        except UserError as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({"ok": True}, 202)

    async def concepts(self, request: Request) -> Response:
        """The gallery, or one card of it with `?name=`: the replies to /list and /show."""
        try:
            chat, sender = _chat_id(request), _sender_key(request)
            name = request.query_params.get("name")
            text = "/list" if name is None else f"/show {name}"
            asking = Sender(sender, "", admin=is_owner(request))
            reply = await self.answers.ask(Message(Chat("web", chat), asking, text))
        except UserError as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse(translate.reply_body(reply, translate.inline))

    async def file(self, request: Request) -> Response:
        """A photo, an annotated picture, or a file to download."""
        try:
            entry = self.transcripts.of(_chat_id(request)).entries.get(request.path_params["entry"])
            reader = _sender_key(request)
        except UserError as error:
            return JSONResponse({"error": str(error)}, 400)
        index = request.path_params["index"]
        if entry is None or not entry.is_for(reader) or index >= len(entry.blobs):
            return JSONResponse({"error": "That picture is no longer kept."}, 404)
        blob = entry.blobs[index]
        how = "inline" if blob.media_type.startswith("image/") else "attachment"
        headers = {"Content-Disposition": f"{how}; filename*=UTF-8''{quote(blob.name, safe='')}"}
        return Response(blob.data, media_type=blob.media_type, headers=headers)

    async def events(self, socket: WebSocket) -> None:
        """Everything of a chat after `?after=`, then whatever happens in it."""
        try:
            transcript, reader = self.transcripts.of(_chat_id(socket)), _sender_key(socket)
        except UserError as error:
            await socket.send_denial_response(JSONResponse({"error": str(error)}, 400))
            return
        await socket.accept()
        talking = asyncio.create_task(_tell(socket, transcript, reader))
        try:
            while True:  # the page says nothing; this is how we learn that it has gone
                await socket.receive_text()
        except WebSocketDisconnect:
            pass
        finally:
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)

    def _accept(self, transcript: Transcript, message: Message, upload: uploads.Upload) -> None:
        """Put the message and let it be answered, unless it is one that came before."""
        if message.id in transcript.entries:
            return
        if not (message.text or message.photos or message.files or message.unreadable):
            raise UserError("Write something, or add a photo.")
        if len(message.text) > self.options.max_text:
            raise uploads.TooLarge(f"That text is too long: {self.options.max_text:,} characters are the most I read.")
        about, label = upload.fields.get("reply_to"), upload.fields.get("label", "")[:64]
        self.answers.submit(transcript, message, translate.message_entry(message, about=about, label=label))
        self.transcripts.shrink()

    def _enter(self, request: Request, shown: str) -> Response:
        if not is_token(shown, self.options):
            return self._login_page(_TRY_AGAIN)
        response = RedirectResponse("/", 303)
        made = cookie(request, SESSION_COOKIE, session_for(self.options.token))
        response.set_cookie(**made)  # type: ignore[arg-type]  # its values are as mixed as the arguments
        return response

    def _login_page(self, problem: str = "") -> Response:
        html = self.assets["login.html"].data.decode().replace("<!-- problem -->", problem)
        return HTMLResponse(html, 401, headers={"Cache-Control": "no-store"})


async def _tell(socket: WebSocket, transcript: Transcript, reader: str) -> None:
    """Send what the reader has not got, again and again; each entry as it is by then."""
    known = socket.query_params.get("epoch") == transcript.epoch
    after = _number(socket.query_params.get("after")) if known else 0
    await socket.send_json({"kind": "hello", "epoch": transcript.epoch, "gap": transcript.has_gap(after)})
    with transcript.listen() as listener:
        while True:
            for entry in transcript.since(after, reader):
                own = entry.author == reader
                await socket.send_json({**entry.body, "number": entry.number, "own": own})
                after = max(after, entry.number)
            await listener.changed()
            await asyncio.sleep(_REST)


def _message(transcript: Transcript, upload: uploads.Upload, sender: str, *, admin: bool) -> Message:
    """What was posted, as the assistant wants it."""
    fields = upload.fields
    message_id = fields.get("id", "")
    if _ID.fullmatch(message_id) is None:
        raise UserError("That message has no name of its own. Reload the page and send it again.")
    # A reply to an answer is about the photo that answer was about.
    reply_to, quoted = transcript.source(fields.get("reply_to"))
    return Message(
        chat=Chat("web", transcript.chat),
        sender=Sender(sender, fields.get("name", "").strip()[:_LONGEST_NAME] or _NAMELESS, admin=admin),
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


def _chat_id(connection: HTTPConnection) -> str:
    chat = str(connection.path_params["chat"])
    if _ID.fullmatch(chat) is None:
        raise UserError("This chat's address isn't one of ours. Choose a chat from the list.")
    return chat


def _sender_key(connection: HTTPConnection) -> str:
    """Who this browser is. The cookie is a secret and this is not: people see it in an export."""
    secret = connection.cookies.get(_SENDER_COOKIE, "")
    if _SENDER.fullmatch(secret) is None:
        raise UserError("Rapport needs its cookie to know you again: allow it for this page and reload.")
    return hashlib.sha256(secret.encode()).hexdigest()[:24]


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 16 else 0
