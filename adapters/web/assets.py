"""The page's files, read once from the package; no other file can be requested.

`static/` is served as it is. `pages/` are templates: {{> head}} takes in another one, {{key}} is the string of that
key in the visitor's language (`static/locales/`), {{lang}} the language. A string's `backticks` become <kbd>.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from html import escape
from importlib import resources
from typing import TYPE_CHECKING

from starlette.responses import Response

from core.i18n.translator import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.resources.abc import Traversable

    from starlette.requests import Request

_MEDIA_TYPES = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "json": "application/json",
    "png": "image/png",
    "svg": "image/svg+xml",
    "webmanifest": "application/manifest+json",
}
_PART = re.compile(r"\{\{> ([a-z]+)\}\}")
_STRING = re.compile(r"\{\{([a-z_.]+)\}\}")
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True, repr=False)
class Asset:
    """A file of the page."""

    data: bytes
    media_type: str
    tag: str

    @classmethod
    def of(cls, name: str, data: bytes) -> Asset:
        """The file of that name."""
        tag = f'"{hashlib.sha256(data).hexdigest()[:20]}"'
        return cls(data, _MEDIA_TYPES.get(name.rpartition(".")[2], "application/octet-stream"), tag)

    def response(self, request: Request, status: int = 200) -> Response:
        """The file, or 304 when the browser has it; browsers ask each time, so that an update is seen at once."""
        headers = {"ETag": self.tag, "Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"}
        if status == 200 and request.headers.get("if-none-match") == self.tag:
            return Response(status_code=304, headers=headers)
        return Response(self.data, status, media_type=self.media_type, headers=headers)


@dataclass(frozen=True, slots=True, repr=False)
class Assets:
    """The files of `static/` by their path there, as "js/app.js", and the pages by language and name."""

    files: Mapping[str, Asset]
    pages: Mapping[tuple[str, str], Asset]

    @classmethod
    def load(cls) -> Assets:
        """Read all of them. Blocking, a few milliseconds."""
        package = resources.files("adapters.web")
        static = package.joinpath("static")
        files = {path: Asset.of(path, file.read_bytes()) for path, file in _below(static)}
        templates = {one.name: one.read_text("utf-8") for one in package.joinpath("pages").iterdir()}
        pages = {
            (language, name): Asset.of(name, _rendered(templates, name, language, strings(static, language)).encode())
            for language in LANGUAGES
            for name in templates
        }
        return cls(files, pages)


def strings(static: Traversable, language: str) -> dict[str, str | dict[str, str]]:
    """The page's strings in one language, by their keys; a plural has its forms by CLDR's categories."""
    found: dict[str, str | dict[str, str]] = json.loads(
        static.joinpath("locales", f"{language}.json").read_text("utf-8")
    )
    return found


def _below(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    for one in folder.iterdir():
        if one.is_dir():
            yield from _below(one, f"{prefix}{one.name}/")
        else:
            yield f"{prefix}{one.name}", one


def _rendered(
    templates: Mapping[str, str], name: str, language: str, strings: Mapping[str, str | dict[str, str]]
) -> str:
    whole = _PART.sub(lambda part: templates[f"{part[1]}.html"], templates[name])
    known = {**strings, "lang": language}
    return _STRING.sub(lambda key: _CODE.sub(r"<kbd>\1</kbd>", escape(str(known[key[1]]))), whole)
