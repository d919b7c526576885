"""A small model hub in the test's own process: what huggingface_hub asks, over a real socket."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.support.peers.listening import listening

COMMIT = "c0ffee" * 6 + "c0ff"


@dataclass(slots=True)
class Hub:
    """One repository. `breaks` is after how many bytes a large file's connection dies, each time once."""

    name: str = "tiny/llava"
    files: dict[str, bytes] = field(default_factory=dict)
    licence: str = "apache-2.0"
    gated: bool = False
    breaks: list[int] = field(default_factory=list)
    fails: str = ""  # a file that can't be had today
    url: str = ""
    asked: list[tuple[str, str | None]] = field(default_factory=list)  # path, and the range asked for

    async def info(self, request: Request) -> Response:
        name = f"{request.path_params['owner']}/{request.path_params['repo']}"
        if self.gated:
            return _refusal(403, "GatedRepo")
        if name != self.name:
            return _refusal(404, "RepoNotFound")
        if request.path_params.get("revision", "main") not in ("main", "v1", COMMIT):
            return _refusal(404, "RevisionNotFound")
        siblings = [{"rfilename": path} for path in self.files]
        card = {"license": self.licence}
        return JSONResponse(
            {"id": name, "sha": COMMIT, "siblings": siblings, "cardData": card, "tags": [], "private": False}
        )

    async def tree(self, request: Request) -> Response:
        return JSONResponse([self._entry(path, data) for path, data in self.files.items()])

    def _entry(self, path: str, data: bytes) -> dict[str, object]:
        entry = {"type": "file", "path": path, "size": len(data), "oid": git_hash(data)}
        if path.endswith((".safetensors", ".bin")):
            lfs = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
            return {**entry, "lfs": lfs}
        return entry

    async def resolve(self, request: Request) -> Response:
        path = request.path_params["path"]
        data = self.files[path]
        large = path.endswith((".safetensors", ".bin"))
        etag = hashlib.sha256(data).hexdigest() if large else git_hash(data)
        headers = {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        if request.method == "HEAD":
            return Response(headers={**headers, "Content-Length": str(len(data))})
        if path == self.fails:
            return Response(status_code=500)
        wanted = request.headers.get("range")
        self.asked.append((path, wanted))
        start = int(wanted.removeprefix("bytes=").split("-")[0]) if wanted else 0
        headers["Content-Length"] = str(len(data) - start)
        if wanted:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        most = self.breaks.pop(0) if large and self.breaks else len(data)
        return StreamingResponse(self._pieces(data[start:], most), status_code=206 if wanted else 200, headers=headers)

    async def _pieces(self, data: bytes, most: int) -> AsyncIterator[bytes]:
        for start in range(0, len(data), 65536):
            if start >= most:
                raise ConnectionError("the line is dead")
            yield data[start : start + 65536]


def git_hash(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _refusal(status: int, code: str) -> Response:
    return Response(status_code=status, headers={"X-Error-Code": code, "X-Error-Message": code})


@asynccontextmanager
async def hub_peer(hub: Hub) -> AsyncIterator[Hub]:
    routes = [
        Route("/api/models/{owner}/{repo}", hub.info),
        Route("/api/models/{owner}/{repo}/revision/{revision}", hub.info),
        Route("/api/models/{owner}/{repo}/tree/{revision}", hub.tree),
        Route("/{owner}/{repo}/resolve/{revision}/{path:path}", hub.resolve, methods=["GET", "HEAD"]),
    ]
    async with listening(routes) as hub.url:
        yield hub
