"""Discord's gateway and HTTP API, as far as messages need them, for bots that are processes of their own.

`tests.support.peers.discord` is the whole of Discord, but inside the bot's process: that can't be killed.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import discord
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.support.peers.listening import listening

BOT, ANN = "424242424242424242", "77"
_DISPATCH, _HEARTBEAT, _IDENTIFY, _INVALID_SESSION, _HELLO, _ACK = 0, 1, 2, 9, 10, 11
_DM, _TEXT = 1, 0
_RIGHTS = str(0x400 | 0x800 | 0x8000 | 0x10000)  # of everybody: see, write, attach, read what was written
_SPACING = 4.5  # seconds; Discord wants five between two connections of one bucket
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


def _member() -> dict[str, Any]:
    return {"roles": [], "joined_at": "2024-01-01T00:00:00+00:00", "deaf": False, "mute": False, "flags": 0}


def server_on(shard: int, shards: int) -> str:
    """The id of a server that is on a shard; its one channel is one further."""
    return str((1000 * shards + shard) << 22)


@dataclass(slots=True)
class DiscordWire:
    """Ann's direct messages with the bot, each in a channel of its own name, and what the bot says there.

    A channel that is one further than one of `servers` is in it. `at_once` connections may begin within five seconds.
    """

    url: str = ""
    servers: tuple[str, ...] = ()
    at_once: int = 16
    shards: int = 1  # that Discord recommends
    violations: list[str] = field(default_factory=list)
    begun: list[int] = field(default_factory=list)  # the shards for which connections have begun
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)  # of all channels, in their order
    responses: list[dict[str, Any]] = field(default_factory=list)  # to interactions
    files: dict[str, bytes] = field(default_factory=dict)
    silent: asyncio.Event = field(default_factory=asyncio.Event)  # set: what was written is told to nobody who asks
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _sockets: dict[WebSocket, tuple[int, int]] = field(default_factory=dict)  # each with its shard, and of how many
    _connected_at: dict[int, float] = field(default_factory=dict)  # when the last connection of a bucket began
    _count: itertools.count[int] = field(default_factory=itertools.count)

    async def send(self, channel: str, text: str, photo: bytes = b"") -> str:
        """Ann writes a message; returns its id."""
        message = self._message(channel, ANN, {"content": text})
        if f"<@{BOT}>" in text:
            message["mentions"] = [_user(BOT)]
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
        await self._tell_of(message)
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

    @property
    def connected_for(self) -> list[int]:
        """The shards for which somebody listens."""
        return sorted(shard for shard, _ in self._sockets.values())

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

    def _server_of(self, channel: str) -> str | None:
        return next((one for one in self.servers if int(channel) == int(one) + 1), None)

    async def _tell_of(self, message: dict[str, Any]) -> None:
        if server := self._server_of(message["channel_id"]):
            message = {**message, "guild_id": server, "member": _member()}
        await self._dispatch("MESSAGE_CREATE", message)

    async def break_off(self) -> None:
        """Let all bots connect anew, without what has happened meanwhile."""
        for socket in [*self._sockets]:
            await socket.send_json({"op": _INVALID_SESSION, "d": False})

    async def _dispatch(self, event: str, data: dict[str, Any]) -> None:
        for socket, (shard, shards) in [*self._sockets.items()]:
            if (int(data.get("guild_id", 0)) >> 22) % shards == shard:
                await socket.send_json({"op": _DISPATCH, "s": next(self._count), "t": event, "d": data})

    def _server(self, id: str) -> dict[str, Any]:
        """A server as a bot that connects is told of it."""
        channel: dict[str, Any] = {
            "id": str(int(id) + 1),
            "type": _TEXT,
            "name": "pets",
            "position": 0,
            "permission_overwrites": [],
        }
        said = [one["id"] for one in self.messages.values() if one["channel_id"] == channel["id"]]
        channel["last_message_id"] = said[-1] if said else None
        role: dict[str, Any] = {
            "id": id,
            "name": "@everyone",
            "permissions": _RIGHTS,
            "position": 0,
            "color": 0,
            "colors": {},
        }
        role |= {"hoist": False, "managed": False, "mentionable": False, "flags": 0}
        told: dict[str, Any] = {
            "id": id,
            "name": "home",
            "owner_id": "1",
            "roles": [role],
            "channels": [channel],
            "threads": [],
        }
        told |= {"members": [{**_member(), "user": _user(BOT)}], "member_count": 2, "emojis": [], "features": []}
        return told | {"preferred_locale": "en-US", "unavailable": False, "premium_tier": 0, "nsfw_level": 0}

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
                    await self._welcome(socket, *given["d"].get("shard", (0, 1)))
        except WebSocketDisconnect:
            self._sockets.pop(socket, None)
            await self._tell()

    async def _welcome(self, socket: WebSocket, shard: int, shards: int) -> None:
        if (shard, shards) in self._sockets.values():
            self.violations.append(f"two are connected for shard {shard}")
        now, bucket = asyncio.get_running_loop().time(), shard % self.at_once
        if now - self._connected_at.get(bucket, now - _SPACING) < _SPACING:
            self.violations.append(f"shard {shard} was connected too soon after another")
        self._connected_at[bucket] = now
        self.begun.append(shard)
        here = [one for one in self.servers if (int(one) >> 22) % shards == shard]
        ready: dict[str, Any] = {"v": 10, "user": _user(BOT), "session_id": "s", "shard": [shard, shards]}
        ready |= {"guilds": [{"id": one, "unavailable": True} for one in here]}
        ready |= {"application": {"id": BOT, "flags": 0}, "resume_gateway_url": self.url}
        await socket.send_json({"op": _DISPATCH, "s": 1, "t": "READY", "d": ready})
        for one in here:
            await socket.send_json({"op": _DISPATCH, "s": 2, "t": "GUILD_CREATE", "d": self._server(one)})
        self._sockets[socket] = shard, shards
        await self._tell()

    async def gateway_for_bots(self, _: Request) -> Response:
        limits = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": self.at_once}
        url = self.url.replace("http", "ws", 1)
        return JSONResponse({"url": f"{url}/gateway/", "shards": self.shards, "session_start_limit": limits})

    async def me(self, _: Request) -> Response:
        return JSONResponse(_user(BOT))

    async def application(self, _: Request) -> Response:
        told = {"id": BOT, "name": "rapport", "description": "", "bot_public": True, "bot_require_code_grant": False}
        return JSONResponse({**told, "icon": None, "verify_key": "", "flags": 0, "owner": _user(ANN)})

    async def channel(self, request: Request) -> Response:
        id = request.path_params["channel"]
        if server := self._server_of(id):
            return JSONResponse({**self._server(server)["channels"][0], "guild_id": server})
        return JSONResponse({"id": id, "type": _DM, "recipients": [_user(ANN)]})

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

    async def history(self, request: Request) -> Response:
        while self.silent.is_set():
            if await request.is_disconnected():
                return Response(status_code=400)
            await asyncio.sleep(0.05)
        channel, after = request.path_params["channel"], int(request.query_params["after"])
        here = [one for one in self.messages.values() if one["channel_id"] == channel and int(one["id"]) > after]
        return JSONResponse(here[: int(request.query_params["limit"])][::-1])

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
        Route(f"{_API}/gateway/bot", wire.gateway_for_bots),
        Route(channel, wire.channel),
        Route(f"{channel}/messages", wire.post, methods=["POST"]),
        Route(f"{channel}/messages", wire.history),
        Route(f"{channel}/messages/{{id}}", wire.message, methods=["GET", "PATCH", "DELETE"]),
        Route(f"{channel}/typing", wire.typing, methods=["POST"]),
        Route(f"{_API}/interactions/{{id}}/{{token}}/callback", wire.respond, methods=["POST"]),
        Route("/files/{id}", wire.file),
    ]
    async with listening(routes) as wire.url:
        yield wire
