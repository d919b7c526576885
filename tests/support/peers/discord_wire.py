"""Discord's gateway and HTTP API, as far as direct messages need them, for a bot that is a process of its own.

`tests.support.peers.discord` is the whole of Discord, but inside the bot's process: that can't be killed.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import discord
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.support.peers.listening import listening

BOT, ANN = "4242", "77"
_DISPATCH, _HEARTBEAT, _IDENTIFY, _HELLO, _ACK = 0, 1, 2, 10, 11
_DM = 1
_API = "/api/v10"


def _user(id: str) -> dict[str, Any]:
    names = {BOT: "rapport", ANN: "ann"}
    return {
        "id": id,
        "username": names[id],
        "discriminator": "0",
        "avatar": None,
        "global_name": None,
        "bot": id == BOT,
    }


@dataclass(slots=True)
class DiscordWire:
    """Ann's direct messages with the bot, each in a channel of its own name, and what the bot says there."""

    url: str = ""
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)  # of all channels, in their order
    responses: list[dict[str, Any]] = field(default_factory=list)  # to interactions
    files: dict[str, bytes] = field(default_factory=dict)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _sockets: list[WebSocket] = field(default_factory=list)
    _count: itertools.count[int] = field(default_factory=itertools.count)

    async def send(self, channel: str, text: str, photo: bytes = b"") -> str:
        """Ann writes a message; returns its id."""
        message = self._message(channel, ANN, {"content": text})
        if photo:
            self.files[message["id"]] = photo
            message["attachments"] = [
                {
                    "id": message["id"],
                    "filename": "photo.png",
                    "size": len(photo),
                    "content_type": "image/png",
                    "url": f"{self.url}/files/{message['id']}",
                    "proxy_url": f"{self.url}/files/{message['id']}",
                }
            ]
        await self._dispatch("MESSAGE_CREATE", message)
        return str(message["id"])

    async def use(self, channel: str, command: str) -> None:
        """Ann uses a slash command."""
        id = self._new_id()
        given = {"id": id, "application_id": BOT, "type": 2, "token": f"token-{id}", "version": 1, "context": 1}
        place = {"channel_id": channel, "channel": {"id": channel, "type": _DM}, "user": _user(ANN), "locale": "en-US"}
        more = {"entitlements": [], "authorizing_integration_owners": {}, "attachment_size_limit": 10 << 20}
        data = {"id": "1", "name": command, "type": 1, "options": []}
        await self._dispatch("INTERACTION_CREATE", {**given, **place, **more, "data": data})

    def said(self, channel: str) -> list[str]:
        """What the bot says in a channel, from old to new."""
        return [one["content"] for one in self._of_bot(channel)]

    def answers(self, id: str) -> list[str]:
        """What the bot has answered to a message."""
        return [
            one["content"]
            for one in self._of_bot(self.messages[id]["channel_id"])
            if str(one.get("message_reference", {}).get("message_id")) == id
        ]

    async def until(self, condition: Any) -> None:
        """Wait until something that the bot did makes it true."""
        async with self.changed:
            await self.changed.wait_for(condition)

    @property
    def connected(self) -> bool:
        """Whether a bot listens."""
        return bool(self._sockets)

    def _of_bot(self, channel: str) -> list[dict[str, Any]]:
        return [one for one in self.messages.values() if one["channel_id"] == channel and one["author"]["id"] == BOT]

    def _new_id(self) -> str:
        return str(discord.utils.time_snowflake(datetime.now(UTC)) + next(self._count))

    def _message(self, channel: str, author: str, body: dict[str, Any]) -> dict[str, Any]:
        id = self._new_id()
        message = {
            "id": id,
            "channel_id": channel,
            "author": _user(author),
            "timestamp": datetime.now(UTC).isoformat(),
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "components": [],
            "pinned": False,
            "type": 0,
            "content": body.get("content") or "",
            **({"message_reference": body["message_reference"]} if body.get("message_reference") else {}),
        }
        self.messages[id] = message
        return message

    async def _dispatch(self, event: str, data: dict[str, Any]) -> None:
        for socket in self._sockets:
            await socket.send_json({"op": _DISPATCH, "s": next(self._count), "t": event, "d": data})

    # ── what the bot asks ─────────────────────────────────────────────────────────────────────────

    async def gateway(self, socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_json({"op": _HELLO, "d": {"heartbeat_interval": 40_000}})
        try:
            while True:
                given = await socket.receive_json()
                if given["op"] == _HEARTBEAT:
                    await socket.send_json({"op": _ACK})
                elif given["op"] == _IDENTIFY:
                    ready = {"v": 10, "user": _user(BOT), "guilds": [], "session_id": "s", "shard": [0, 1]}
                    ready |= {"application": {"id": BOT, "flags": 0}, "resume_gateway_url": self.url}
                    await socket.send_json({"op": _DISPATCH, "s": 1, "t": "READY", "d": ready})
                    self._sockets.append(socket)
                    await self._tell()
        except WebSocketDisconnect:
            with suppress(ValueError):
                self._sockets.remove(socket)

    async def me(self, _: Request) -> Response:
        return JSONResponse(_user(BOT))

    async def application(self, _: Request) -> Response:
        told = {"id": BOT, "name": "rapport", "description": "", "bot_public": True, "bot_require_code_grant": False}
        return JSONResponse({**told, "icon": None, "verify_key": "", "flags": 0, "owner": _user(ANN)})

    async def channel(self, request: Request) -> Response:
        return JSONResponse({"id": request.path_params["channel"], "type": _DM, "recipients": [_user(ANN)]})

    async def message(self, request: Request) -> Response:
        id = request.path_params["id"]
        if id not in self.messages:
            return JSONResponse({"code": 10008, "message": "Unknown Message"}, 404)
        if request.method == "DELETE":
            del self.messages[id]
            await self._tell()
            return Response(status_code=204)
        if request.method == "PATCH":
            self.messages[id]["content"] = (await _body(request)).get("content") or ""
            await self._tell()
        return JSONResponse(self.messages[id])

    async def post(self, request: Request) -> Response:
        message = self._message(request.path_params["channel"], BOT, await _body(request))
        await self._tell()
        return JSONResponse(message)

    async def typing(self, _: Request) -> Response:
        return Response(status_code=204)

    async def respond(self, request: Request) -> Response:
        body = await _body(request)
        self.responses.append(body)
        await self._tell()
        told = {"id": request.path_params["id"], "type": 2, "response_message_loading": body["type"] == 5}
        return JSONResponse({"interaction": told, "resource": {"type": body["type"]}})

    async def file(self, request: Request) -> Response:
        return Response(self.files[request.path_params["id"]], media_type="image/png")

    async def _tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()


async def _body(request: Request) -> dict[str, Any]:
    if request.headers["content-type"].startswith("multipart"):
        async with request.form() as form:
            return dict(json.loads(str(form["payload_json"])))
    return dict(await request.json())


@asynccontextmanager
async def discord_wire() -> AsyncIterator[DiscordWire]:
    """The server, for as long as the block runs."""
    wire = DiscordWire()
    channel = f"{_API}/channels/{{channel}}"
    routes = [
        WebSocketRoute("/gateway/", wire.gateway),
        Route(f"{_API}/users/@me", wire.me),
        Route(f"{_API}/oauth2/applications/@me", wire.application),
        Route(channel, wire.channel),
        Route(f"{channel}/messages", wire.post, methods=["POST"]),
        Route(f"{channel}/messages/{{id}}", wire.message, methods=["GET", "PATCH", "DELETE"]),
        Route(f"{channel}/typing", wire.typing, methods=["POST"]),
        Route(f"{_API}/interactions/{{id}}/{{token}}/callback", wire.respond, methods=["POST"]),
        Route("/files/{id}", wire.file),
    ]
    async with listening(routes) as wire.url:
        yield wire
