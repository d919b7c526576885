"""Requests about names that the chat doesn't know, or knows in another spelling: "forget kettel".

A word is tried as a name where the grammar has no use for it; whether that makes a request is for the rules to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.language.understanding.grammar import Act, Grammar
from core.language.understanding.kinds import kind_named
from core.language.understanding.reading import BREAKS, CJK, NAME, Reading

# What a rule must make of it, lest talk becomes a request: none of these tells something.
REQUESTS = frozenset({Act.FORGET, Act.RENAME, Act.NOTE, Act.SHOW, Act.ABOUT, Act.LAST_SEEN})
_MOST_TRIED = 6
_LONGEST_CHINESE, _SHORTEST_CHINESE = 4, 2
_LONGEST_CLAUSE = 80
_LATIN = re.compile(r"[a-z]{2,}( [a-z]{2,})?")
_WORD = re.compile(r"[^\W_]+")
# Chinese names and pet names look so; other words are forgotten, shown and renamed as well: 忘了带钥匙.
_LIKE_A_NAME = re.compile(
    r"[小老阿大].{1,2}|(.)\1.?|"
    r"[王李张刘陈杨赵黄周吴徐孙胡朱林郭罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶余潘杜戴夏钟汪任姜范姚谭廖邹陆崔邱秦顾侯邵孟"
    r"段雷汤尹黎乔贺赖龚].{1,2}"
)
_AFTER_VERBS = frozenset({"a", "de", "al"})  # Spanish: "olvida a Kettel"


def with_unknown_name(clause: Reading, grammar: Grammar) -> Iterator[Reading]:
    """The clause with each part that may be a name as one, the likeliest first; none where a known name stands."""
    if NAME in clause.words or len(clause.words) > _LONGEST_CLAUSE:
        return
    spans = _chinese(clause, grammar) if CJK.search(clause.words) else _words(clause, grammar)
    for begin, end in [*spans][:_MOST_TRIED]:
        written = clause.part(begin, end).as_written()
        yield clause.with_part(begin, end, NAME, written)


def is_request(act: Act, meant: Reading, grammar: Grammar) -> bool:
    """Whether what a rule made of such a clause asks for something: "give me Bescheid" shows nobody."""
    if act is Act.SHOW:
        return bool(grammar.patterns["LOOKS"].search(meant.words))
    if act is Act.NOTE:  # "remember to buy milk": what is noted of a name is a sentence about it
        told = meant.words[meant.words.index(NAME) :]
        return any(found is Act.TELL for found, _ in grammar.matches(told)) and meant.names[0][:1].isupper()
    return True


def _words(clause: Reading, grammar: Grammar) -> Iterator[tuple[int, int]]:
    """Words that mean nothing in the language, and those that follow one another written large as one name."""
    run, before = list[tuple[int, int]](), ""
    for match in [*_WORD.finditer(clause.words), None]:
        large = match is not None and clause.part(*match.span()).as_written()[:1].isupper() and match.start() > 0
        if run and not (large and match and clause.words[run[-1][1] : match.start()] == " "):
            yield run[0][0], run[-1][1]
            run = []
        if match and _may_be_name(match.group(), grammar, before="" if run else before, large=large):
            run.append(match.span())
        before = match.group() if match else ""


def _may_be_name(word: str, grammar: Grammar, *, before: str, large: bool) -> bool:
    """Whether a word may be a name that nobody knows: "the meeting" and "my keys" are none, whatever they are."""
    patterns, words = grammar.patterns, grammar.words
    if len(word) < _SHORTEST_CHINESE or word.isdigit() or word in words["NEVER"]:
        return False
    described = patterns["REMARKABLE"].fullmatch(before) and not patterns["SOMEBODY"].fullmatch(before)
    if described and before not in _AFTER_VERBS:
        return False
    if large and "NOUNS_ARE_LARGE" not in grammar.lexica:
        return True
    listed = word in grammar.vocabulary or word in words["COMMON"] or kind_named(word, grammar) or word in BREAKS
    return not listed and not any(patterns[kind].fullmatch(word) for kind in ("EVERYDAY", "ENDINGS", "SOMEBODY"))


def _chinese(clause: Reading, grammar: Grammar) -> Iterator[tuple[int, int]]:
    """Chinese has no spaces: whatever is short and no word, the longest first; a Latin word is one by itself."""
    latin = [match.span() for match in _LATIN.finditer(clause.words)]
    yield from latin
    if latin:
        return
    patterns = grammar.patterns
    for length in range(_LONGEST_CHINESE, _SHORTEST_CHINESE - 1, -1):
        for begin in range(len(clause.words) - length + 1):
            piece = clause.words[begin : begin + length]
            named = _LIKE_A_NAME.fullmatch(piece) or patterns["PETS"].fullmatch(piece)
            word = any(patterns[kind].search(piece) for kind in ("NO_NAME", "EVERYDAY", "VERBS", "SOMEBODY"))
            if named and not word:
                yield begin, begin + length
