"""The page's static files, read once from the package; no other file can be requested."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.requests import Request

_MEDIA_TYPES = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True, repr=False)
class Asset:
    """A file of the page."""

    data: bytes
    media_type: str
    tag: str

    def response(self, request: Request, status: int = 200) -> Response:
        """The file, or 304 when the browser has it; browsers ask each time, so that an update is seen at once."""
        headers = {"ETag": self.tag, "Cache-Control": "no-cache"}
        if status == 200 and request.headers.get("if-none-match") == self.tag:
            return Response(status_code=304, headers=headers)
        return Response(self.data, status, media_type=self.media_type, headers=headers)


def load() -> dict[str, Asset]:
    """Every file of `static/` by its path there, as "js/app.js"."""
    static = resources.files("adapters.web").joinpath("static")
    folders = [("", static), *((f"{one.name}/", one) for one in static.iterdir() if one.is_dir())]
    assets = {}
    for prefix, folder in folders:
        for file in folder.iterdir():
            if file.is_file():
                data, ending = file.read_bytes(), file.name.rpartition(".")[2]
                tag = f'"{hashlib.sha256(data).hexdigest()[:20]}"'
                assets[f"{prefix}{file.name}"] = Asset(data, _MEDIA_TYPES.get(ending, "application/octet-stream"), tag)
    return assets
