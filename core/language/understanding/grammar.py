"""What a grammar is made of: words with their forms, rules over them, and what is cut off around a request.

A language is a text of lines. `FORGET = forget|delete` names alternatives; `forget: FORGET ABOUT? ONE` is a rule: a
regular expression for a whole clause of a `Reading`, in which upper-case words stand for the alternatives of that
name, every plain bracket is a group, and `(told=…)` one with a name. A line that begins with two spaces goes on the
one before it. The first rule that fits counts. ONE and TWO are known names, WHOM and INTO names that may be new. `~ `
begins what was asked for politely ("can you …"), for rules whose word order or verb differs from an order's; other
rules read polite requests like orders.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import count

from core.language.understanding.reading import NAME, plain

LONG = 300
POLITE = "~ "  # stands where "can you" was
_SHARED = {
    "ONE": "@",
    "TWO": "@",
    "WHOM": "(?P<whom>[^,.?~]{1,70}?)",
    "INTO": "(?P<into>[^,.?~]{1,70}?)",
    "REST": ".{1,300}",
    "ANY": ".{0,300}",
}
PATTERNS = (
    *("BEFORE", "AFTER_END", "WITHIN", "OWN", "ASKING", "TALKING", "OF_NAME"),
    *("LEAD", "TRAIL_END", "CLOSING", "INTRODUCES", "ENDINGS", "NO_NAME", "PASSING", "SOMEBODY", "REMARKABLE"),
    *("PETS", "EVERYDAY", "VERBS", "LOOKS", "NOBODY", "DENIES", "THATS"),
    *("LEFT", "RIGHT", "MIDDLE", "TOP", "BOTTOM", "OTHER", "NUMBERED"),
)
WORDS = ("TITLES", "COMMON", "NEVER", "INDEFINITE", "ARTICLES", "NAMED")
_LEXICON = re.compile(r"[A-Z][A-Z_]+")
_WORD = re.compile(r"[^\W\d_]+")
_GROUP = re.compile(r"(?<!\\)\((?!\?)")


class Act(StrEnum):
    """What a rule makes of a clause; what it comes to depends on what was asked."""

    TALK = "talk"  # "don't forget Mia": surely no request, whatever else the text says
    CHAT = "chat"  # "I forgot my keys": no request either, but another clause may be one
    IS = "is"  # "this is Rosie"
    CALLED = "called"  # "her name is Rosie"
    KEEP = "keep"  # "remember this as Rosie"
    IS_NOT = "is_not"  # "that's not bo"
    IS_NOT_BUT = "is_not_but"  # "that's not bo but Max"
    YES = "yes"
    NO = "no"
    FORGET = "forget"
    RENAME = "rename"
    MERGE = "merge"
    NOTE = "note"  # "note that Luna …": all of it is to be kept
    UNTELL = "untell"  # "forget that Luna …": one of the things that were told
    TELL = "tell"  # "Luna is afraid of thunder"
    SHOW = "show"
    LIST = "list"
    WHO = "who"
    PRESENT = "present"
    WHERE = "where"
    COUNT = "count"
    ABOUT = "about"
    OPT_OUT = "opt_out"  # "don't recognise me"
    OPT_IN = "opt_in"
    UNDO = "undo"
    LAST_SEEN = "last_seen"
    GREET = "greet"
    THANKS = "thanks"
    HELP = "help"
    BEYOND = "beyond"


@dataclass(frozen=True)
class Grammar:
    """One language, as its text has it."""

    language: str
    lexica: Mapping[str, str]
    rules: tuple[tuple[Act, re.Pattern[str]], ...]

    @classmethod
    def of(cls, language: str, text: str) -> Grammar:
        """The grammar that the text describes."""
        lexica, rules = dict(_SHARED), list[tuple[Act, re.Pattern[str]]]()
        for line in text.replace("\n  ", "").split("\n"):
            if match := re.fullmatch(r"([A-Z_]+) = (.*)", line):
                lexica[match[1]] = match[2]
            elif match := re.fullmatch(r"([a-z_]+): (.*)", line):
                polite = match[2] if POLITE in match[2] else f"({POLITE})?({match[2]})"
                rules.append((Act(match[1]), re.compile(_filled(polite, lexica))))
        return cls(language, lexica, tuple(rules))

    @cached_property
    def patterns(self) -> Mapping[str, re.Pattern[str]]:
        """What is looked for apart from the rules."""
        return {name: re.compile(_filled(name, self.lexica)) for name in PATTERNS if name in self.lexica}

    @cached_property
    def words(self) -> Mapping[str, frozenset[str]]:
        """Lexica of bare words."""
        return {name: frozenset(plain(self.lexica.get(name, "")).split("|")) for name in WORDS}

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every word of the grammar; a name among them may be meant as that word."""
        around = (self.patterns[name].pattern for name in ("BEFORE", "AFTER_END", "WITHIN", "ASKING"))
        return frozenset(_WORD.findall(" ".join((*around, *(rule.pattern for _, rule in self.rules)))))

    @cached_property
    def pronouns(self) -> Mapping[str, re.Pattern[str]]:
        """What stands for "she" and "her", and with which words."""
        return {stand_in: re.compile(_filled(name, self.lexica)) for stand_in, name in (("@s", "HERS"), (NAME, "SHE"))}

    @cached_property
    def spelled(self) -> Mapping[str, str]:
        """How words are spelled that are often written otherwise."""
        pairs = (pair.partition(" ") for pair in plain(self.lexica.get("SPELLED", "")).split("|"))
        return {written: proper for written, _, proper in pairs if proper}

    def matches(self, clause: str) -> Iterator[tuple[Act, re.Match[str]]]:
        """The rules that fit the clause, in their order; what is long may only be told of a name."""
        for act, rule in self.rules:
            if (len(clause) <= LONG or act in (Act.NOTE, Act.TELL)) and (match := rule.fullmatch(clause)):
                yield act, match


def _filled(text: str, lexica: Mapping[str, str]) -> str:
    while _LEXICON.search(text):
        text = _LEXICON.sub(lambda found: f"({lexica[found.group()]})", text)
    text = _GROUP.sub("(?:", re.sub(r"\(([a-z]+)=", r"(?P<\1>", text))
    numbers = count()  # alternatives may have the same group
    text = re.sub(r"\(\?P<([a-z]+)>", lambda found: f"(?P<{found[1]}_{next(numbers)}>", text)
    return re.sub(r"[^\x00-\x7f]+", lambda found: plain(found.group()), text)
