"""`python -m core.i18n`: collect the sentences, bring every catalogue up to date, and compile it.

Run it after changing a sentence; `tests/core/i18n/test_locales.py` says when that was forgotten. The compiled
catalogues are kept beside their sources, so that a clone speaks every language as it is.
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
from core.language.nouns import catalogued

_HOUSE = FOLDER.parents[2]
_HEADER = "# Rapport's sentences; `python -m core.i18n` keeps this file in step with the code."
_TIMELESS = datetime(2026, 1, 1, tzinfo=UTC)  # so that only a change of a sentence changes a file
# Who takes a sentence, and at which place; two places are one and more.
_SAYING: dict[str, tuple[int, ...] | None] = {
    **dict.fromkeys(("gettext", "gettext_noop", "lazy_gettext"), None),
    **dict.fromkeys(("ngettext", "lazy_ngettext"), (1, 2)),
}
_RAISING = dict.fromkeys(("UserError", "BadPhoto", "BadName", "UnknownConcept", "NotAllowed", "Busy"))
# The web page speaks English, and what adapters raise is mostly for it: they mark what is for chats.
_ROOMS = {"core": _SAYING | _RAISING, "adapters": _SAYING}


def template() -> Catalog:
    """Every sentence that the code says, without a translation."""
    found = Catalog(domain=DOMAIN, project="Rapport", creation_date=_TIMELESS)
    for room, keywords in _ROOMS.items():
        rows = extract_from_dir(_HOUSE / room, [("**.py", "python")], keywords=keywords)
        for _, _, message, _, _ in rows:
            found.add(message)
    for kind in catalogued():
        found.add(kind)
    return found


def source(language: str) -> Path:
    """Where a language's catalogue is kept for people to edit."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str) -> Catalog:
    """A language's catalogue; an empty one if there is none yet."""
    path = source(language)
    if not path.exists():
        return Catalog(locale=language, domain=DOMAIN, header_comment=_HEADER)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def brought_up_to_date(language: str) -> Catalog:
    """A language's catalogue with every sentence that the code says, and no other."""
    catalogue = read(language)
    catalogue.update(template(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.header_comment = _HEADER
    catalogue.revision_date = _TIMELESS
    catalogue.fuzzy = False
    catalogue.last_translator = catalogue.language_team = "Rapport"
    return catalogue


def missing(catalogue: Catalog) -> list[str]:
    """The sentences that have no translation, or not in every form."""
    return [str(one.id) for one in catalogue if one.id and not all(forms(one.string))]


def compiled(catalogue: Catalog) -> bytes:
    """The catalogue as gettext reads it."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def main() -> None:
    """Bring every catalogue up to date and compile it; say what is left to translate."""
    for language in LANGUAGES[1:]:
        catalogue = brought_up_to_date(language)
        path = source(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue, width=110, sort_output=True)
        path.with_suffix(".mo").write_bytes(compiled(catalogue))
        left = missing(catalogue)
        sys.stdout.write("\n  ".join([f"{language}: {len(left)} of {len(catalogue)} to translate", *left]) + "\n")


def forms(string: object) -> list[str]:
    """A message's forms: one, or as many as the language has; empty strings where none was written."""
    given = string if isinstance(string, list | tuple) else [string]
    return [str(one or "") for one in given]


if __name__ == "__main__":
    main()
