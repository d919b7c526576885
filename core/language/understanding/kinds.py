"""Which kind of thing a word names, in each language: the catalogues' words, and those that a grammar adds."""

from __future__ import annotations

from functools import cache

from core.i18n.translator import Translators
from core.language.nouns import kind_forms
from core.language.understanding.grammar import Grammar
from core.language.understanding.reading import plain


def kind_named(word: str, grammar: Grammar) -> str:
    """The kind in English and singular, "" where the word names none."""
    return _kinds(grammar.language, grammar.lexica.get("KINDS", "")).get(word, "")


@cache
def _kinds(language: str, further: str) -> dict[str, str]:
    named = {plain(form): kind for form, kind in kind_forms(Translators.load().of(language)).items()}
    for line in further.split("|"):
        word, _, kind = line.strip().partition(" ")
        named |= {plain(word): kind} if kind else {}
    return named
