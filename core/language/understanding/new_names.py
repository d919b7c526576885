"""Names that a chat doesn't know yet: what stands around them is cut off, and what is no name is told apart."""

from __future__ import annotations

import re

from core.language.understanding.grammar import Grammar
from core.language.understanding.kinds import kind_named
from core.language.understanding.reading import CJK, NAME, Reading, plain

MOST_WORDS = 5
_QUOTES = "'\"“”„‘’«» "
_READ = re.compile(rf"[a-z0-9]|{CJK.pattern}")
_MOST_ASKED_FOR = 4  # words of a name in answer to "What shall I call it?"
# What people say instead of a name in languages that no grammar reads.
_GREETED = """
    привет здравствуйте да нет спасибо пока не стоп مرحبا شكرا نعم لا السلام اهلا أهلا שלום תודה כן לא γεια ναι όχι 안녕
    안녕하세요 네 아니요 감사합니다 नमस्ते हाँ नहीं धन्यवाद สวัสดี こんにちは はい いいえ ありがとう もしもし
"""
_GREETINGS = frozenset(map(plain, _GREETED.split()))
_LINKS = frozenset({"of", "the", "de", "del", "la", "el", "von", "van", "der", "di", "da", "y", "und", "and"})


def name_in(part: Reading, grammar: Grammar, *, chosen: bool = False, alone: bool = False) -> str:
    """The name that is what remains of the part when "my dog" or "by the way" is cut off; "" where that is no name.

    One is `chosen` where a word can be nothing else, as after "rename Mia to": then hardly anything is refused. One
    that stands `alone` is the whole answer to a question: what may follow a name in a sentence isn't cut off.
    """
    whole = part.words
    part, introduced = _cut(part, grammar, alone=alone, chosen=chosen)
    if part.words == NAME:
        return part.names[0]
    somebody = alone and introduced and not part.as_written()[:1].isupper() and not CJK.search(part.words)
    if somebody or any(map(grammar.patterns["NOBODY"].fullmatch, (whole, part.words))):
        return ""  # "Max is the name of somebody else, too"
    if not part.words or (NAME in part.words and not chosen) or part.words.count(" ") >= MOST_WORDS:
        return ""
    written = part.as_written().strip(_QUOTES)
    if alone and not _READ.match(part.words):
        return ""  # in another script nothing tells a name from a greeting
    if CJK.search(part.words):
        fits = 2 <= len(part.words) <= 6 and not grammar.patterns["NO_NAME"].search(part.words)
    else:
        words = set(part.words.split(" "))
        fits = (chosen and not words <= grammar.words["COMMON"]) or _is_name(part, grammar, introduced=introduced)
    if not fits:
        return ""
    return written


def asked_for(part: Reading, grammar: Grammar) -> str:
    """The name in a text that answers "What shall I call it?": any word, too, that pets are called; "" for none."""
    if name := name_in(part, grammar, alone=True):
        return name
    part, _ = _cut(part, grammar, alone=True, chosen=True)
    words, pets = part.words.split(" "), grammar.patterns["PETS"]
    if not part.words or len(words) > _MOST_ASKED_FOR or NAME in part.words or part.words.isdigit():
        return ""
    if grammar.patterns["NOBODY"].fullmatch(part.words):
        return ""
    if CJK.search(part.words):
        found = bool(pets.fullmatch(part.words))
    elif _READ.match(part.words):
        no_names = grammar.words["COMMON"] | grammar.words["NEVER"]
        endings = grammar.patterns["ENDINGS"]
        found = all(pets.fullmatch(one) or not (one in no_names or endings.fullmatch(one)) for one in words)
    else:
        found = len(words) <= 2 and not _GREETINGS & set(words)
    return part.as_written().strip(_QUOTES) if found else ""


def volunteered(part: Reading, grammar: Grammar) -> str:
    """The name in a text that follows "I see a dog I don't know": "Kettle" is one where it is written large."""
    if name := name_in(part, grammar, alone=True):
        return name
    large = part.as_written()[:1].isupper() and "NOUNS_ARE_LARGE" not in grammar.lexica
    common = part.words in grammar.words["COMMON"] | grammar.words["NEVER"]
    return part.as_written() if large and not common and grammar.patterns["SOMEBODY"].fullmatch(part.words) else ""


def called(part: Reading, grammar: Grammar) -> str:
    """The name that something is said to be called: a word, too, where pets are called so; "" for none."""
    name = stated(part, grammar)
    return name or (part.as_written().strip(_QUOTES) if grammar.patterns["PETS"].fullmatch(part.words) else "")


def stated(part: Reading, grammar: Grammar) -> str:
    """The name that something is said to be; a noun, too, that has no article where nouns are written large.

    "Das rechts ist Kessel" says a name, "das ist ein Kessel" a kind.
    """
    name, written = name_in(part, grammar), part.as_written().strip(_QUOTES)
    if name or "NOUNS_ARE_LARGE" not in grammar.lexica or not written[:1].isupper() or " " in part.words:
        return name
    common = part.words in grammar.words["COMMON"] | grammar.words["NEVER"]
    return written if grammar.patterns["SOMEBODY"].fullmatch(part.words) and not common else ""


def is_everyday(name: str, grammar: Grammar) -> bool:
    """Whether a name written so is a word as well, as "cookie" is: who says it may mean what it says."""
    words = plain(name).split(" ")
    small = name == name.lower() or "NOUNS_ARE_LARGE" in grammar.lexica
    return small and all(
        any(grammar.patterns[kind].fullmatch(word) for kind in ("EVERYDAY", "SOMEBODY")) or kind_named(word, grammar)
        for word in words
    )


def _cut(part: Reading, grammar: Grammar, *, alone: bool, chosen: bool) -> tuple[Reading, bool]:
    """Without what stands before and after a name, and whether that told that it is one, as "my dog" does."""
    ending = "CLOSING" if chosen or (alone and not CJK.search(part.words)) else "TRAIL_END"
    if trail := grammar.patterns[ending].search(part.words):
        part = part.part(0, trail.start())
    introduced, indefinite, element = False, False, ""
    while lead := grammar.patterns["LEAD"].match(part.words):
        if lead.end() >= len(part.words) or not lead.group():
            break
        word = lead.group().strip()
        large = part.spans[0][0] > 0 and part.as_written()[0].isupper() and "NOUNS_ARE_LARGE" not in grammar.lexica
        named = word in grammar.words["NAMED"]  # "mi gata. Se llama Luna"
        if (word in grammar.words["TITLES"] or (large and not named)) and not element:
            break
        indefinite = (indefinite or word in grammar.words["INDEFINITE"]) and not named
        introduced, element = bool(grammar.patterns["INTRODUCES"].fullmatch(word)), word
        part = part.part(lead.end(), len(part.words))
    return (part.part(0, 0) if indefinite or (element and element in grammar.words["ARTICLES"]) else part), introduced


def _is_name(part: Reading, grammar: Grammar, *, introduced: bool) -> bool:
    """Whether these words look like a name: written large where others aren't, or no words of the language."""
    begin, large, titles, before = 0, False, grammar.words["TITLES"], ""
    for word in part.words.split(" "):
        at = part.spans[begin][0]
        begin += len(word) + 1
        is_large = part.text[at].isupper() or part.text[at].isdigit()
        if is_large and word in grammar.words["NEVER"]:
            return False
        common = word in grammar.words["COMMON"] or any(
            grammar.patterns[kind].fullmatch(word) for kind in ("ENDINGS", "SOMEBODY", "REMARKABLE")
        )
        proves = is_large and at > 0 and "NOUNS_ARE_LARGE" not in grammar.lexica
        if common and not (proves or word in titles or (word in _LINKS and large and begin < len(part.words))):
            return False
        if is_large and not large and begin > len(word) + 1 and before not in titles:
            return False  # "call her Rosie" is no name
        large, before = large or is_large, word
    if all(
        word.isdigit() or word in _LINKS or (word in titles and not large and " " in part.words)
        for word in part.words.split(" ")
    ):
        return False
    return large or introduced or part.text == part.text.lower() or " " not in part.words
