"""`python -m core.locales`: collect the sentences, bring every catalogue up to date, and compile it.

Run it after changing a sentence; `tests/test_locales.py` says when that was forgotten. The compiled
catalogues are kept beside their sources, so that a clone speaks every language as it is.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from core.nouns import catalogued
from core.voices import DOMAIN, FOLDER, LANGUAGES

_HOUSE = FOLDER.parent.parent
_ROOMS = ("core", "adapters")
# Who takes a sentence, and at which place; two places are one and more.
_KEYWORDS: dict[str, tuple[int, ...] | None] = {
    **dict.fromkeys(("mark", "phrase", "say"), None),
    **dict.fromkeys(("many", "plural"), (1, 2)),
    **dict.fromkeys(("UserError", "BadPhoto", "BadName", "UnknownConcept", "NotAllowed", "Busy"), None),
    "GeneratorError": None,
}


def template() -> Catalog:
    """Every sentence that the code says, without a translation."""
    found = Catalog(domain=DOMAIN, project="Rapport", header_comment="# Rapport's sentences.")
    for room in _ROOMS:
        rows = extract_from_dir(_HOUSE / room, [("**.py", "python")], keywords=_KEYWORDS)
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
        return Catalog(locale=language, domain=DOMAIN)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def compiled(catalogue: Catalog) -> bytes:
    """The catalogue as gettext reads it, without the sentences that nobody has checked."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def main() -> None:
    """Bring every catalogue up to date and compile it; say what is left to translate."""
    wanted = template()
    for language in LANGUAGES[1:]:
        catalogue = read(language)
        catalogue.update(wanted, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        path = source(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue, width=110, sort_output=True, omit_header=False)
        path.with_suffix(".mo").write_bytes(compiled(catalogue))
        missing = [message.id for message in catalogue if message.id and not all(forms(message.string))]
        sys.stdout.write(f"{language}: {len(catalogue)} sentences, {len(missing)} to translate\n")


def forms(string: object) -> list[str]:
    """A message's forms: one, or as many as the language has; empty strings where none was written."""
    given = string if isinstance(string, list | tuple) else [string]
    return [str(one or "") for one in given]


if __name__ == "__main__":
    main()
