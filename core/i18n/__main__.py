"""`python -m core.i18n`: extract the messages, update every catalogue (.po), and compile it (.mo).

Run it after changing a sentence; `tests/core/i18n/test_locales.py` says when that was forgotten. The compiled
catalogues are kept beside their sources, so that a clone needs no build step.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from core.i18n.translator import DOMAIN, FOLDER, LANGUAGES

_HOUSE = FOLDER.parents[2]
_HEADER = "# Rapport's sentences; `python -m core.i18n` keeps this file in step with the code."
_TIMELESS = datetime(2026, 1, 1, tzinfo=UTC)  # so that only a change of a sentence changes a file
# What takes a message, and as which argument; two arguments are singular and plural.
_GETTEXT: dict[str, tuple[int, ...] | None] = {
    **dict.fromkeys(("gettext", "gettext_noop", "lazy_gettext"), None),
    **dict.fromkeys(("ngettext", "lazy_ngettext"), (1, 2)),
}
_ERRORS = dict.fromkeys(
    ("UserError", "BadPhoto", "BadName", "UnknownConcept", "AnsweredAlready", "NotAllowed", "Busy", "TooLarge")
)
# What the pipe says of a line's JSON is for programs, in English. The web page and the terminal raise for readers.
_KEYWORDS = {
    "core": _GETTEXT | _ERRORS,
    "adapters": _GETTEXT,
    "adapters/console": _GETTEXT | _ERRORS,
    "adapters/web": _GETTEXT | _ERRORS,
}
# Babel's extraction methods by file; this one is named, not imported: what is above i18n is unknown to it.
_METHODS = [("language/nouns.py", "core.language.extraction:extract_nouns"), ("**.py", "python")]


def template() -> Catalog:
    """Every message in the code, without translations."""
    found = Catalog(domain=DOMAIN, project="Rapport", creation_date=_TIMELESS)
    for folder, keywords in _KEYWORDS.items():
        for _, _, message, _, _ in extract_from_dir(_HOUSE / folder, _METHODS, keywords=keywords):
            found.add(message)
    return found


def source(language: str) -> Path:
    """The path of a language's catalogue as translators edit it (.po)."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str) -> Catalog:
    """A language's catalogue; an empty one if there is none yet."""
    path = source(language)
    if not path.exists():
        return Catalog(locale=language, domain=DOMAIN, header_comment=_HEADER)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def updated(language: str) -> Catalog:
    """A language's catalogue with every message in the code, and no other."""
    catalogue = read(language)
    catalogue.update(template(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.header_comment = _HEADER
    catalogue.revision_date = _TIMELESS
    catalogue.fuzzy = False
    catalogue.last_translator = catalogue.language_team = "Rapport"
    return catalogue


def missing(catalogue: Catalog) -> list[str]:
    """The messages that have no translation, or not in every plural form."""
    return [str(one.id) for one in catalogue if one.id and not all(forms(one.string))]


def compiled(catalogue: Catalog) -> bytes:
    """The catalogue as bytes of a .mo file."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def main() -> None:
    """Update and compile every catalogue; print what is left to translate."""
    for language in LANGUAGES[1:]:
        catalogue = updated(language)
        path = source(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue, width=110, sort_output=True)
        path.with_suffix(".mo").write_bytes(compiled(catalogue))
        left = missing(catalogue)
        sys.stdout.write("\n  ".join([f"{language}: {len(left)} of {len(catalogue)} to translate", *left]) + "\n")


def forms(string: object) -> list[str]:
    """A translation's plural forms: one, or as many as the language has; empty strings where none was written."""
    given = string if isinstance(string, list | tuple) else [string]
    return [str(one or "") for one in given]


if __name__ == "__main__":
    main()
