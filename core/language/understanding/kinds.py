"""Which kind of thing a word names, in each language: the catalogues' words, and those that a grammar adds."""

from __future__ import annotations

import re
from functools import cache

from core.i18n.translator import Translator, Translators
from core.language.nouns import KINDS, kind_forms, named
from core.language.understanding.grammar import Grammar
from core.language.understanding.reading import plain

# "my dog Rosie", "unsere Katze Mimi", "mi perro Max", "我家的狗Rosie"
_OWNED = re.compile(r"\b(?:my|our|his|her|their|mein\w*|unser\w*|mi|nuestr[oa])\s+(\w+)|的([\u3400-\u9fff]{1,3})")


def kind_said(text: str, translator: Translator) -> str:
    """The kind, in English, that somebody says one of theirs is, "" where they don't."""
    found = (named(one[1] or one[2], translator) for one in _OWNED.finditer(text.lower()))
    return next((kind for kind in found if kind in KINDS), "")


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
