"""What a sentence that teaches a name says of it besides: "this is Kenji, he is my boss and he loves hot dogs".

Kept is what is clearly said of the one who is named: what comes next in the sentence, or after it, as long as it goes
on about them. Anything else ends it, so that what "she" means is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.language.nouns import KINDS
from core.language.understanding.grammar import Act, Grammar
from core.language.understanding.kinds import kind_named
from core.language.understanding.reading import CJK, NAME, Reading, read
from core.language.understanding.understand import grammars_of
from core.names import LONGEST_CATEGORY, LONGEST_INFO


@dataclass(frozen=True, slots=True)
class Introduced:
    """The kind of thing, in English where it is one that detectors see, and the text; empty where nothing is said."""

    kind: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Forms:
    """How a language speaks of the one who was named; all as texts are read, see `reading.plain`."""

    subject: re.Pattern[str]  # the pronoun for them; "(s)" is a verb that has grown together with it
    determiner: re.Pattern[str]  # what begins "my sister", "the hamster"
    ending: re.Pattern[str]  # what may follow the noun of such a phrase
    relatives: re.Pattern[str]  # nouns for people
    friends: re.Pattern[str]  # nouns for people and pets alike
    other: str  # says no more than the kind does: "my other cat"
    first: bool = False  # whether the noun comes before its adjectives


def _forms(
    subject: str, determiner: str, ending: str, relatives: str, friends: str, other: str, *, first: bool = False
) -> _Forms:
    patterns = map(re.compile, (subject, determiner, ending, relatives, friends))
    return _Forms(next(patterns), next(patterns), next(patterns), next(patterns), next(patterns), other, first)


_FORMS: Mapping[str, _Forms] = MappingProxyType(
    {
        "en": _forms(
            r"(?:and |but |also )?(?:who(?= )|(?:he|she|(it)|they)(s|re)?(?= ))",
            r"(?:my|our|his|her|their|the|a|an) ",
            r" (?:of|from|with|who|that|and|in|on|at)\b",
            r"boss|sister|brother|mother|mom|mum|father|dad|grandma|grandpa|granny|grandmother|grandfather|aunt|auntie|"
            r"uncle|cousin|nephew|niece|husband|wife|boyfriend|girlfriend|neighbou?r|teacher|roommate|flatmate|colleague|"
            r"coworker|man|woman|lady|gentleman",
            r"friend|buddy|mate|partner|son|daughter",
            "other|second",
        ),
        "de": _forms(
            r"(?:und |aber )?(?:er|sie|(es))(?= )()",
            r"(?:(?:mein|unser|sein|ihr|ein)(?:e|en|er)?|der|die|das) ",
            r" (?:(?:mein|dein|unser|sein|ihr|ein)e[rs]|der|des|von|vom|aus|mit|und)\b",
            r"chef(?:in)?|kolleg(?:e|in)|nachbar(?:in)?|lehrer(?:in)?|mitbewohner(?:in)?|ehemann|ehefrau|bruder|schwester|"
            r"mutter|mama|vater|papa|oma|opa|grossmutter|grossvater|tante|onkel|cousine?|neffe|nichte|enkel(?:in)?|schwager|"
            r"schwagerin|dame|mann|frau",
            r"freund(?:in)?|kumpel|partner(?:in)?|sohn|tochter",
            "andere[rs]?|zweite[rs]?",
        ),
        "es": _forms(
            r"(?:y |pero )?(?:que |(?:el|ella) (?=es\b|l[ea] |tiene|vive|am|ador)|())()",
            r"(?:mi|nuestr[oa]|su|el|la|un|una) ",
            r" (?:de|del|que|y|con|en)\b",
            r"jef[ea]|herman[oa]|madre|mama|padre|papa|abuel[oa]|ti[oa]|prim[oa]|sobrin[oa]|niet[oa]|cunad[oa]|marido|"
            r"espos[oa]|novi[oa]|vecin[oa]|profesora?|maestr[oa]|companer[oa]|colega|senora?|hombre|mujer",
            r"amig[oa]|pareja|hij[oa]",
            "otr[oa]|segund[oa]",
            first=True,
        ),
        "zh": _forms(
            r"(?:而且|也|还)?(?:[他她它]|(?=是))()()",
            r"(?:我们?|咱们?|他|她)家?的?(?:另一?[只个条])?|一[只个条位匹名]|.{1,6}的",
            r"$^",
            r"老板|同学|同事|邻居|老师|室友|老公|老婆|丈夫|妻子|男朋友|女朋友|男友|女友|哥哥?|弟弟?|姐姐?|妹妹?|妈妈?|"
            r"爸爸?|爷爷|奶奶|外公|外婆|叔叔|阿姨|舅舅|姑姑|表[哥弟姐妹]|男人|女人",
            r"(?:好)?朋友|儿子|女儿",
            "",
        ),
    }
)
# Nouns that tell no kind: "this is Rex, the one in the photo".
_ANYTHING = re.compile(
    r"one|thing|photo|picture|face|pet|animal|creature|boy|girl|kid|child|baby|guy|fella|fellow|dude|ding|foto|bild|name|"
    r"gesicht|gegenstand|wesen|haustier|tier|junge|madchen|kind|bub|typ|kerl|mensch|herr|cosa|objeto|imagen|cara|mascota|"
    r"nombre|nino|nina|bebe|chic[oa]|muchach[oa]|tipo|bicho|criatura|otr[oa]|un[oa]|照片|东西|家伙|小家伙|宝贝|宝宝|宠物|动物|脸"
)
_COPULA = re.compile(r"@ (?:is|was|ist|war|es|era) |@(?:就)?是")
_AND = re.compile(r" (?:and|und|y) ")
_THAT_IS = re.compile(r"^(?:这|那|它|他|她)[个只条位]?(?:就)?是")
_LINK = re.compile(r"^(?:and|but|also|who|und|aber|y|pero|que|而且) ?")
_GAP = re.compile(r"[^\w\n]+")
# "his name is", "wir nennen sie": what comes before says who that is.
_CALLED = re.compile(
    r"^(?:and |und |y )?(?:(?:his|her|its|sein|ihr|su) (?:name|nombre)\b|(?:i|we|ich|wir) (?:call|nenne)|l[ao] llam)"
    r"|叫|名字"
)
_MOST_WORDS = 6


@dataclass(frozen=True, slots=True)
class _Told:
    """What one clause says: a kind, and whether its words say more than that."""

    kind: str = ""
    more: bool = True


def introduced(text: str, name: str, language: str) -> Introduced:
    """What the text says of the one whom it names; `language` is the chat's and is tried first."""
    reading = read(text, [name])
    for grammar in grammars_of(reading, language):
        found = _introduced(reading.respelled(grammar.spelled), grammar)
        if found != Introduced():
            return found
    return Introduced()


def _introduced(reading: Reading, grammar: Grammar) -> Introduced:
    clauses = reading.clauses
    at = next((number for number, clause in enumerate(clauses) if NAME in clause.words), None)
    if at is None:
        return Introduced()
    naming = clauses[at]
    begin = naming.words.index(NAME)
    lead, after = naming.part(0, begin), naming.part(begin + 1, len(naming.words))
    phrase = _predicate(lead, grammar)
    before = _phrase(phrase, grammar)
    if before is None and at and (_FORMS[grammar.language].subject.match(lead.words) or _CALLED.search(lead.words)):
        phrase = _predicate(clauses[at - 1], grammar)
        before = _phrase(phrase, grammar, called=True)
    said = [before] if before else []
    kept = [phrase] if before and before.more else []
    for clause in (after, *clauses[at + 1 :]):
        if not clause.words or _is_talk(clause, grammar):
            continue
        one = None if clause.asks else _phrase(clause, grammar) or _stated(clause, grammar)
        if one is None or grammar.patterns["TALKING"].search(clause.words):
            break
        said.append(one)
        kept += [clause] if one.more else []
    kind = next((one.kind for one in said if one.kind), "")
    text = _joined(kept)
    return Introduced(kind[:LONGEST_CATEGORY], text if len(text) <= LONGEST_INFO else "")


def _joined(clauses: list[Reading]) -> str:
    """What the clauses say, as it is written, without "and" before them."""
    text, end = "", 0
    for clause in clauses:
        words = _LINK.sub("", clause.words)
        part = clause.part(len(clause.words) - len(words), len(clause.words))
        between = clause.text[end : part.spans[0][0]]
        text += ("" if not text else between if _GAP.fullmatch(between) else ". ") + part.as_written()
        end = part.spans[-1][1]
    return text


def _predicate(clause: Reading, grammar: Grammar) -> Reading:
    """What follows "this is", up to "and"."""
    chinese = grammar.language == "zh"
    found = (_THAT_IS if chinese else grammar.patterns["THATS"]).search(clause.words)
    rest = clause.part(found.end(), len(clause.words)) if found else clause
    also = _AND.search(rest.words)
    return rest.part(0, also.start()) if also else rest


def _is_talk(clause: Reading, grammar: Grammar) -> bool:
    first = next((act for act, _ in grammar.matches(clause.words)), None)
    return first in (Act.CHAT, Act.TALK)


def _phrase(clause: Reading, grammar: Grammar, *, called: bool = False) -> _Told | None:
    """What "my sister's cat" says; None of what is no such phrase. What is `called` something is of any kind."""
    forms = _FORMS[grammar.language]
    determiner = forms.determiner.match(clause.words)
    if not determiner or NAME in clause.words:
        return None
    rest = clause.part(determiner.end(), len(clause.words))
    ending = forms.ending.search(rest.words)
    noun = rest.part(0, ending.start()) if ending else rest
    if grammar.language == "zh":
        return _chinese(clause, noun, grammar)
    words = noun.words.split(" ")
    if not noun.words or len(words) > _MOST_WORDS:
        return None
    number = 0 if forms.first else len(words) - 1
    while forms.first and number < len(words) - 1 and grammar.patterns["REMARKABLE"].fullmatch(words[number]):
        number += 1
    start = sum(len(word) + 1 for word in words[:number])
    kind = _kind(noun.part(start, start + len(words[number])), grammar, called=called)
    if kind is None:
        return None
    alone = len(words) == 1 or (len(words) == 2 and re.fullmatch(forms.other, words[0 if number else 1]))
    person = forms.relatives.fullmatch(words[number]) or forms.friends.fullmatch(words[number])
    return _Told(kind, more=not (kind and alone and not ending and not person))


def _chinese(clause: Reading, noun: Reading, grammar: Grammar) -> _Told | None:
    """The same where there are no spaces: the noun is the longest end of it that is one."""
    for begin in range(len(noun.words)):
        word = noun.part(begin, len(noun.words))
        if (kind := _kind(word, grammar)) is not None:
            person = _FORMS["zh"].relatives.fullmatch(word.words) or not kind
            own = re.fullmatch(
                r"(?:我们?|咱们?)家?的(?:另一?[只个条])?|一[只个条位匹名]", clause.words[: -len(word.words)]
            )
            return _Told(kind, more=bool(person or not own))
    return None


def _kind(noun: Reading, grammar: Grammar, *, called: bool = False) -> str | None:
    """What a noun names: in English where detectors see it, else as written; "" for a friend, None for no kind."""
    forms, word = _FORMS[grammar.language], noun.words
    if forms.relatives.fullmatch(word):
        return "person"
    if forms.friends.fullmatch(word):
        return ""
    kind = kind_named(word, grammar)
    if kind in KINDS and kind != "person":
        return kind
    if kind or _ANYTHING.fullmatch(word) or word in grammar.words["COMMON"]:
        return None
    small = "NOUNS_ARE_LARGE" in grammar.lexica or noun.as_written()[:1].islower() or CJK.search(word)
    known = grammar.patterns["SOMEBODY"].fullmatch(word) and not grammar.patterns["REMARKABLE"].fullmatch(word)
    unknown = called and not any(grammar.patterns[one].fullmatch(word) for one in ("ENDINGS", "REMARKABLE"))
    return noun.as_written() if small and (known or unknown) else None


def _stated(clause: Reading, grammar: Grammar) -> _Told | None:
    """What a sentence about "him" says of them; None where it may be about something else, or not for long."""
    subject = _FORMS[grammar.language].subject.match(clause.words)
    if not subject:
        return None
    rest = clause.part(subject.end(), len(clause.words))
    if NAME in rest.words:
        return _Told(more=False)  # "he is called Rex"
    vague, verb = subject[1] is not None, "is " if subject[2] else ""
    spoken = f"{NAME}{'' if grammar.language == 'zh' else ' '}{verb}{rest.words}"
    if grammar.patterns["PASSING"].search(spoken):
        return None
    if is_one := _COPULA.match(spoken):
        phrase = rest.part(max(is_one.end() - len(spoken) + len(rest.words), 0), len(rest.words))
        if found := _phrase(phrase, grammar):
            return found
        if vague and _FORMS[grammar.language].determiner.match(phrase.words):
            return None  # "it was a lovely day"
    told = any(act is Act.TELL for act, _ in grammar.matches(spoken))
    return _Told() if told else None
