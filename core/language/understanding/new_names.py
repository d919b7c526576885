"""Names that a chat doesn't know yet: what stands around them is cut off, and what is no name is told apart."""

from __future__ import annotations

from core.language.understanding.grammar import Grammar
from core.language.understanding.reading import CJK, NAME, Reading

MOST_WORDS = 5
_LINKS = frozenset({"of", "the", "de", "del", "la", "el", "von", "van", "der", "di", "da", "y", "und", "and"})


def name_in(part: Reading, grammar: Grammar, *, chosen: bool = False) -> str:
    """The name that is what remains of the part when "my dog" or "by the way" is cut off; "" where that is no name.

    One is `chosen` where a word can be nothing else, as after "rename Mia to": then hardly anything is refused.
    """
    part, introduced = _cut(part, grammar)
    if part.words == NAME:
        return part.names[0]
    if not part.words or (NAME in part.words and not chosen) or part.words.count(" ") >= MOST_WORDS:
        return ""
    written = part.as_written().strip("'\"“”„‘’«» ")
    if CJK.search(part.words):
        fits = len(part.words) <= 6 and not grammar.patterns["NO_NAME"].search(part.words)
    else:
        fits = chosen or _is_name(part, grammar, introduced=introduced)
    if not fits:
        return ""
    return written.title() if part.text == part.text.lower() and written.isalpha() else written


def _cut(part: Reading, grammar: Grammar) -> tuple[Reading, bool]:
    """Without what stands before and after a name, and whether that told that it is one, as "my dog" does."""
    if trail := grammar.patterns["TRAIL_END"].search(part.words):
        part = part.part(0, trail.start())
    introduced, indefinite, element = False, False, ""
    while lead := grammar.patterns["LEAD"].match(part.words):
        if lead.end() >= len(part.words) or not lead.group():
            break
        word = lead.group().strip()
        if word in grammar.words["TITLES"] and not element:
            break
        indefinite = (indefinite or word in grammar.words["INDEFINITE"]) and word not in grammar.words["NAMED"]
        introduced, element = bool(grammar.patterns["INTRODUCES"].fullmatch(word)), word
        part = part.part(lead.end(), len(part.words))
    return (part.part(0, 0) if indefinite else part), introduced


def _is_name(part: Reading, grammar: Grammar, *, introduced: bool) -> bool:
    """Whether these words look like a name: written large where others aren't, or no words of the language."""
    begin, large, titles = 0, False, grammar.words["TITLES"]
    for word in part.words.split(" "):
        written = part.text[part.spans[begin][0] :]
        begin += len(word) + 1
        is_large = written[:1].isupper() or written[:1].isdigit()
        if is_large and word in grammar.words["NEVER"]:
            return False
        common = word in grammar.words["COMMON"] or bool(grammar.patterns["ENDINGS"].fullmatch(word))
        if common and not (word in titles or word in _LINKS) and (not is_large or "NOUNS_ARE_LARGE" in grammar.lexica):
            return False
        large = large or is_large
    if all(word.isdigit() or word in titles or word in _LINKS for word in part.words.split(" ")):
        return False
    return large or introduced or part.text == part.text.lower() or " " not in part.words
