"""The Telegram peer as a server of its own, as `telegram.api_url` names one: for a bot in another process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from tests.support.peers.listening import listening
from tests.support.peers.telegram import Call, TelegramPeer, parsed

_HELD = 0.02  # seconds between looks for updates while a poll is held open


@asynccontextmanager
async def telegram_server(peer: TelegramPeer) -> AsyncIterator[str]:
    """Serve the peer over HTTP; gives its address. A poll is held open until something comes, as Telegram does."""

    async def call(request: Request) -> Response:
        data: Call = {}
        uploads: dict[str, bytes] = {}
        try:
            form = await request.form()
        except ClientDisconnect:  # the bot was killed
            return Response(status_code=400)
        for key, value in form.items():
            if isinstance(value, UploadFile):
                uploads[key] = await value.read()
            else:
                data[key] = parsed(value)
        await form.close()
        method = request.path_params["method"]
        if method == "getUpdates":
            await _something_new(peer, data, request)
        status, body = await peer.do(method, data, uploads)
        return Response(body, status, media_type="application/json")

    async def file(request: Request) -> Response:
        return Response(peer.files[request.path_params["name"]])

    routes = [
        Route("/bot{token}/{method}", call, methods=["POST"]),
        Route("/file/bot{token}/{name}", file, methods=["GET"]),
    ]
    async with listening(routes) as address:
        yield address


async def _something_new(peer: TelegramPeer, data: Call, request: Request) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + float(data.get("timeout", 0))
    offset = data.get("offset", 0)
    peer.confirm(offset)
    while not any(one["update_id"] >= offset for one in peer.updates) and loop.time() < until:
        if await request.is_disconnected():
            return
        await asyncio.sleep(_HELD)
