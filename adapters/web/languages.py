"""In which language the page is read: the one chosen on it, else the first of the browser's that there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

from core.i18n.translator import LANGUAGES, Translator, Translators

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from core.i18n.lazy_strings import LazyString

LANGUAGE_COOKIE = "rapport_language"  # set by the page's settings (js/settings.js)


def language_of(connection: HTTPConnection) -> str:
    """One of `LANGUAGES`, by the cookie or the Accept-Language header (RFC 9110, 12.5.4); English if there is none."""
    chosen = connection.cookies.get(LANGUAGE_COOKIE, "")
    wanted = [chosen, *_by_weight(connection.headers.get("accept-language", ""))]
    tags = (tag.partition("-")[0].casefold() for tag in wanted)
    return next((tag for tag in tags if tag in LANGUAGES), LANGUAGES[0])


def _by_weight(header: str) -> list[str]:
    weighed = []
    for part in header.split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((-float(weight or 1), tag.strip()))
        except ValueError:
            continue
    return [tag for weight, tag in sorted(weighed, key=lambda pair: pair[0]) if weight < 0]


@dataclass(frozen=True, slots=True)
class PageLanguages:
    """Says to each visitor in their language what the page itself has to say."""

    translators: Translators

    def of(self, connection: HTTPConnection) -> Translator:
        """The visitor's language."""
        return self.translators.of(language_of(connection))

    def error(
        self, connection: HTTPConnection, status: int, sentence: str | LazyString, **values: object
    ) -> JSONResponse:
        """A refusal: the sentence, in the visitor's language, as `error`."""
        return JSONResponse({"error": self.of(connection).gettext(sentence, **values)}, status)
