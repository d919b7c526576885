"""Internationalisation: lazy strings, translators, and the gettext catalogues of every language.

Imports nothing of the rooms above it. `python -m core.i18n` extracts the messages and updates the catalogues.
"""

from core.i18n.lazy_strings import LazyString, gettext_noop, lazy_gettext, lazy_ngettext
from core.i18n.translator import ENGLISH, LANGUAGES, Translator, Translators

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "LazyString",
    "Translator",
    "Translators",
    "gettext_noop",
    "lazy_gettext",
    "lazy_ngettext",
]
