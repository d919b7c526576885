"""A text and what the conversation is about → what it asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import combinations

from core.intents import Intent, Selector, Understood
from core.language.understanding.chinese import CHINESE
from core.language.understanding.english import ENGLISH
from core.language.understanding.german import GERMAN
from core.language.understanding.grammar import LONG, POLITE, Act, Grammar
from core.language.understanding.kinds import kind_named
from core.language.understanding.new_names import asked_for, called, is_everyday, name_in, stated, volunteered
from core.language.understanding.open_questions import asks_anyway, asks_of_name
from core.language.understanding.reading import CJK, IDLE_SPACE, NAME, Reading, plain, read
from core.language.understanding.spanish import SPANISH
from core.language.understanding.topic import Asked, Topic
from core.language.understanding.unknown_names import REQUESTS, is_request, with_unknown_name

LONGEST = 2500
MOST_DOUBTFUL = 3  # names in a text that may be words
MOST_CLAUSES = 12  # what has more is no request
_GRAMMARS = {"en": ENGLISH, "de": GERMAN, "es": SPANISH, "zh": CHINESE}
NOTHING = Understood(Intent.NONE)
_THUMBS = {"👍": Intent.YES, "✅": Intent.YES, "👌": Intent.YES, "✔": Intent.YES, "💯": Intent.YES}
_THUMBS |= {"👎": Intent.NO, "❌": Intent.NO, "🚫": Intent.NO, "✖": Intent.NO}
_TALK = {Intent.NONE, Intent.GREET, Intent.THANKS}
_CHANGES = {Act.FORGET, Act.RENAME, Act.MERGE, Act.NOTE, Act.TELL, Act.UNTELL}
_HAS = re.compile(r"\b(does|did|has|have|hat|hatte|tiene|tenia) @|@有")
# What counts where the clauses of a text say several things.
_FIRST = (
    *(Act.OPT_OUT, Act.OPT_IN),
    *(Act.IS_NOT_BUT, Act.NOTE, Act.UNTELL, Act.RENAME, Act.FORGET, Act.MERGE, Act.KEEP, Act.CALLED, Act.IS, Act.UNDO),
    *(Act.IS_NOT, Act.LAST_SEEN, Act.WHERE, Act.PRESENT, Act.SHOW, Act.LIST, Act.COUNT, Act.ABOUT, Act.WHO),
    *(Act.YES, Act.NO, Act.TELL, Act.HELP, Act.THANKS, Act.GREET, Act.BEYOND),
)


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a rule made of a clause."""

    act: Act
    names: tuple[str, ...] = ()
    text: str = ""
    which: Selector | None = None
    unsure: bool = False


def understand(text: str, language: str, topic: Topic) -> Understood:
    """What the text asks for, whichever of the languages it is in; `language` is the chat's and is tried first."""
    understood = _understand(text, language, topic)
    if understood.intent not in (Intent.BEYOND, Intent.NONE):
        return understood
    anyway = asks_anyway(
        text,
        lambda word: kind_named(plain(word), grammar_of(language)),
        shows=topic.shows,
        named=bool(understood.names),
    )
    if anyway is None and understood.intent is Intent.NONE:
        anyway = asks_of_name(text, topic.known)
    return anyway or understood


def _understand(text: str, language: str, topic: Topic) -> Understood:
    if len(text) > LONGEST:
        return NOTHING
    reading = read(text, topic.known)
    if not any(letter.isalnum() or letter == NAME for letter in reading.words):
        return _of_thumbs(text, topic)
    grammars = grammars_of(reading, language)
    found = NOTHING
    for one in _readings(reading, grammars, topic):
        understood = _understood(one, grammars, topic)
        if understood.intent not in _TALK:
            return understood
        found = understood if found is NOTHING else found
    return found


def grammars_of(reading: Reading, language: str) -> list[Grammar]:
    """The grammars that may fit, the likeliest first: Chinese is told by its characters, and the chat's is first."""
    latin = sorted({"en", "de", "es"}, key=lambda one: (one != language, one != "en", one))
    return [grammar_of(one) for one in (["zh"] if CJK.search(reading.words) else latin)]


def _readings(reading: Reading, grammars: list[Grammar], topic: Topic) -> list[Reading]:
    """The text with names as names, and, where one is a word as well, as that: "will you forget Will?"."""
    names = enumerate(reading.names[:MOST_DOUBTFUL])
    doubtful = [at for at, name in names if plain(name) in grammars[0].vocabulary]
    chosen = (some for count in range(len(doubtful) + 1) for some in combinations(doubtful, count))
    readings = [reading.with_words(frozenset(some)) if some else reading for some in chosen]
    alone = reading.part(0, len(reading.words)).words == NAME
    return readings[::-1] if alone and topic.asked not in (Asked.WHO, Asked.NAME) else readings


def _understood(reading: Reading, grammars: list[Grammar], topic: Topic) -> Understood:
    for grammar in grammars:
        if heard := _hear(reading, grammar, topic):
            understood = _decide(heard, topic)
            # A new name written small is believed in the chat's language only: "es regnet" isn't Spanish.
            new = understood.intent in (Intent.REMEMBER, Intent.NO_IS)
            if (
                grammar is grammars[0]
                or not new
                or all(name in topic.known or name != name.lower() for name in understood.names)
            ):
                return understood
    for grammar in grammars:
        if (more := _asks_more(reading, grammar, topic, foreign=grammar is not grammars[0])) is not NOTHING:
            return more
    return _bare_name(reading, grammars[0], topic)


@cache
def grammar_of(language: str) -> Grammar:
    """The grammar of one of the languages that are understood, made once."""
    return Grammar.of(language, _GRAMMARS[language])


def _of_thumbs(text: str, topic: Topic) -> Understood:
    found = {meant for sign, meant in _THUMBS.items() if sign in text}
    about = _asked_about(topic)
    return Understood(found.pop(), about) if len(found) == 1 and about is not None else NOTHING


def _asked_about(topic: Topic) -> tuple[str, ...] | None:
    """Of whom a yes or a no says something; None when nothing was asked that it could answer."""
    match topic.asked:
        case Asked.IS_IT:
            return (topic.about,)
        case Asked.SURE:
            return (topic.about,) if topic.about else ()
        case Asked.NOTHING if topic.shows and len(topic.seen) == 1:
            return topic.seen
    return None


# ── hearing ───────────────────────────────────────────────────────────────────────────────────────


def _hear(reading: Reading, grammar: Grammar, topic: Topic) -> list[_Heard]:
    """What the text says as a whole, else what its clauses say."""
    reading = reading.respelled(grammar.spelled)
    whole, clauses = _hear_spoken_of(reading, topic.focus, grammar, topic), reading.clauses
    if whole and whole.act is Act.CHAT and len(clauses) == 1:  # "when did you …" is talk, but for Rosie's sake
        whole = _hear_unknown(clauses[0], grammar, topic, frozenset({Act.LAST_SEEN})) or whole
    if whole and (whole.act not in (Act.CHAT, Act.TELL) or len(clauses) == 1):
        return [whole]
    if len(reading.words) > LONG or len(clauses) > MOST_CLAUSES:
        return []
    heard, name = list[_Heard | None](), ""
    for clause in clauses:
        one = _hear_spoken_of(clause, name, grammar, topic)
        heard.append(one or _hear_unknown(clause, grammar, topic, REQUESTS))
        name = clause.names[-1] if clause.names else name
    said = [one for one in heard if one]
    if len(said) < len(heard) and grammar.patterns["TALKING"].search(reading.words):
        said = [one for one in said if one.act not in _CHANGES]
    if whole and not any(one.act in _CHANGES for one in said if one.act is not Act.TELL):
        return [whole] if whole.act is Act.TELL or not said else said
    return said


def _asks_more(reading: Reading, grammar: Grammar, topic: Topic, *, foreign: bool) -> Understood:
    """A question that takes a model that sees: of a photo, or of a name."""
    talks = grammar.patterns["TALKING"].search(reading.words)
    for clause in reading.clauses[:MOST_CLAUSES]:
        for core in _cores(clause, grammar):
            asks = any(act is Act.BEYOND for act, _ in grammar.matches(core.words + "?" * core.asks))
            of_name = core.names and grammar.patterns["OF_NAME"].fullmatch(core.words)
            asks = asks and (core.asks or not foreign)
            if asks and (topic.shows or (of_name and not talks)):
                return Understood(Intent.BEYOND, tuple(dict.fromkeys(core.names)))
    return NOTHING


def _hear_spoken_of(clause: Reading, name: str, grammar: Grammar, topic: Topic) -> _Heard | None:
    """What the clause says by itself, or else with `name` for "she"; that first where no photo shows who she is."""
    meant = clause.said_of(name, grammar.pronouns) if name else clause
    if meant is clause:
        return _hear_clause(clause, grammar, topic)
    spoken = _hear_clause(meant, grammar, topic)
    if spoken and spoken.act in _CHANGES:
        guessed = name == topic.focus and name not in clause.names
        spoken = (
            replace(spoken, unsure=True)
            if guessed
            else None
            if spoken.act in (Act.TELL, Act.NOTE, Act.UNTELL)
            else spoken
        )
    return (
        (_hear_clause(clause, grammar, topic) or spoken)
        if topic.shows
        else (spoken or _hear_clause(clause, grammar, topic))
    )


def _hear_clause(clause: Reading, grammar: Grammar, topic: Topic) -> _Heard | None:
    """What the first rule that fits makes of the clause: as it is, without what stands around, asked for politely."""
    for core in _cores(clause, grammar):
        for act, match in grammar.matches(core.words):
            if act is Act.BEYOND or (act is Act.TELL and grammar.patterns["PASSING"].search(clause.words)):
                continue
            if heard := _resolved(act, match, core, grammar, topic):
                return heard
    return None


def _hear_unknown(clause: Reading, grammar: Grammar, topic: Topic, acts: frozenset[Act]) -> _Heard | None:
    """What the clause asks for of a name that the chat doesn't know."""
    for meant in with_unknown_name(clause, grammar):
        heard = _hear_clause(meant, grammar, topic)
        if heard and heard.act in acts and is_request(heard.act, meant, grammar):
            return heard
    return None


def _cores(clause: Reading, grammar: Grammar) -> list[Reading]:
    """The clause as it is, without what stands around and within, and as what is asked for politely."""
    patterns, cores = grammar.patterns, [clause.part(0, len(clause.words))]
    cores.append(cores[0].without(patterns["WITHIN"]).without(IDLE_SPACE).without(patterns["OWN"]))
    while match := patterns["BEFORE"].match(cores[-1].words) or patterns["AFTER_END"].search(cores[-1].words):
        core, at_end = cores[-1], match.end() == len(cores[-1].words)
        cores.append(core.part(0, match.start()) if at_end else core.part(match.end(), len(core.words)))
    asked = cores[-1]
    while match := patterns["ASKING"].match(asked.words):
        asked = asked.part(match.end(), len(asked.words))
    if asked is not cores[-1] and asked.words:
        spans = (*[asked.spans[0]] * len(POLITE), *asked.spans)
        cores.append(replace(asked, words=POLITE + asked.words, spans=spans))
    return list({core.words: core for core in cores if core.words}.values())


def _resolved(act: Act, match: re.Match[str], core: Reading, grammar: Grammar, topic: Topic) -> _Heard | None:
    """What the rule makes of its match, None where what stands for a name is none."""
    groups = {
        group.partition("_")[0]: core.part(*match.span(group))
        for group, text in match.groupdict().items()
        if text is not None
    }
    if _is_denied_or_filled(match, core, grammar):
        return None
    which = _selector(groups["which"], grammar) if "which" in groups else None
    names, text = tuple(dict.fromkeys(core.names)), ""
    match act:
        case Act.IS | Act.CALLED if not topic.shows:
            names = ("",)
        case Act.YES | Act.NO | Act.TELL if core.asks:
            names = ("",)
        case Act.WHO if not topic.shows and grammar.pronouns[NAME].search(core.words):
            names = ("",)  # "do you know her?", of nobody
        case Act.LIST | Act.HELP if names:
            names = ("",)
        case Act.IS | Act.CALLED | Act.KEEP | Act.IS_NOT_BUT:
            named = called if act is Act.CALLED else stated
            names = (named(groups["whom"], grammar) if "whom" in groups else _shown_name(groups["bare"], grammar),)
            act = Act.PRESENT if act is Act.IS and core.asks else act
            denied = act is Act.IS_NOT_BUT and (names[0] == topic.about or names == topic.seen)
            names = ("",) if denied else names
        case Act.RENAME:
            chosen = "into" in groups
            names = (core.names[0], name_in(groups["into" if chosen else "whom"], grammar, chosen=chosen))
        case Act.MERGE:
            merged = [name_in(groups[group], grammar) for group in ("whom", "into") if group in groups]
            names = tuple(merged if len(merged) == 2 else [*core.names[-1:], *merged]) if core.names else ("",)
        case Act.COUNT:
            what, has = groups["what"], _HAS.search(core.words)  # "how many brothers does bo have?" counts nothing seen
            kind = kind_named(what.words, grammar) or kind_named(what.words.split(" ")[0], grammar)
            names = ("" if has else kind or (what.as_written() if topic.shows else ""),)
        case Act.NOTE | Act.TELL | Act.UNTELL:
            names, text = groups["told"].names[:1], groups["told"].as_written()
    return _Heard(act, names, text, which) if all(names) else None


def _is_denied_or_filled(match: re.Match[str], core: Reading, grammar: Grammar) -> bool:
    """Whether "the one on the left" is "the one on the left can't be", or a new name "please to Max" of a renaming."""
    groups = {group.partition("_")[0]: match.span(group) for group, text in match.groupdict().items() if text}
    if "which" in groups and grammar.patterns["DENIES"].search(core.words, *groups["which"]):
        return True
    begin, end = groups.get("into", (0, 0))
    found = (one.span() for kind in ("WITHIN", "ASKING") for one in grammar.patterns[kind].finditer(core.words))
    said = (core.part(*span).as_written() for span in found if span[0] < end and begin < span[1])
    return any(words == words.lower() for words in said)


def _shown_name(part: Reading, grammar: Grammar) -> str:
    """The name that the part is, if it is known or written large: what is small may be anything."""
    return name_in(part, grammar, alone=True) if part.words == NAME or part.as_written()[:1].isupper() else ""


def _selector(subject: Reading, grammar: Grammar) -> Selector:
    """Which one in a photo the subject of a sentence means."""
    sides = [side for side in ("left", "right", "middle", "top", "bottom") if _says(subject, grammar, side.upper())]
    numbered = grammar.patterns["NUMBERED"].search(subject.words)
    parts = subject.words.split(" ")  # Chinese has no spaces: any end of it may be a word
    parts = [word[at:] for word in parts for at in (range(len(word)) if CJK.search(word) else (0,))]
    kinds = filter(None, (kind_named(word, grammar) for word in parts))
    return Selector(
        side=sides[0] if sides else "",
        kind=next(kinds, ""),
        number=int(re.sub(r"\D", "", numbered.group())) if numbered else None,
        other=_says(subject, grammar, "OTHER"),
    )


def _says(subject: Reading, grammar: Grammar, lexicon: str) -> bool:
    pattern = grammar.patterns[lexicon]
    return any(pattern.fullmatch(word) for word in subject.words.split(" ")) or bool(
        CJK.search(subject.words) and pattern.search(subject.words)
    )


# ── deciding ──────────────────────────────────────────────────────────────────────────────────────


def _decide(heard: list[_Heard], topic: Topic) -> Understood:
    """What it comes to, given what was asked and shown."""
    acts = {one.act for one in heard}
    if Act.TALK in acts:
        return NOTHING
    if any(one.act is Act.TELL and not one.unsure for one in heard) and topic.asked is not Asked.IS_IT:
        heard = [one for one in heard if one.act is not Act.NO]  # "no, bo lives in Berlin" corrects what was told of bo
    denied = bool(acts & {Act.NO, Act.IS_NOT})
    forgotten = tuple(dict.fromkeys(name for one in heard if one.act is Act.FORGET for name in one.names))
    heard = [replace(one, names=forgotten) if one.act is Act.FORGET else one for one in heard]
    for act in _FIRST:
        for one in heard:
            if one.act is act and (meant := _meant(one, topic, denied=denied)).intent is not Intent.NONE:
                return meant
    return NOTHING


def _meant(heard: _Heard, topic: Topic, *, denied: bool) -> Understood:
    about = _asked_about(topic)
    name = heard.names[-1] if heard.names else ""
    match heard.act:
        case Act.IS | Act.CALLED | Act.KEEP:
            return _named(heard, name, topic, denied=denied)
        case Act.IS_NOT_BUT:
            return _named(heard, name, topic, denied=True)
        case Act.IS_NOT | Act.YES | Act.NO:
            about = (name,) if heard.act is Act.IS_NOT and name in topic.seen else about
            if heard.act is Act.IS_NOT and not name and topic.shows:
                about = about or ()  # "that's not her", of whoever is shown
            fits = about is not None and (not name or name in about)
            return Understood(Intent.YES if heard.act is Act.YES else Intent.NO, about or ()) if fits else NOTHING
        case Act.NOTE | Act.TELL:
            return Understood(Intent.DESCRIBE, heard.names, heard.text, unsure=heard.unsure)
        case Act.UNTELL:
            return Understood(Intent.UNTELL, heard.names, heard.text, unsure=heard.unsure)
    return Understood(Intent(heard.act.value), heard.names, which=heard.which, unsure=heard.unsure)


def _named(heard: _Heard, name: str, topic: Topic, *, denied: bool) -> Understood:
    """What "that's NAME" comes to."""
    which = heard.which if heard.which != Selector() else None
    if not topic.shows and heard.act is not Act.KEEP:
        return NOTHING
    if which is None and heard.act is not Act.KEEP:
        asked = topic.asked is Asked.IS_IT
        if name == topic.about or (name in topic.seen and not denied):
            return NOTHING if denied else Understood(Intent.YES, (name,))
        if asked or (denied and topic.seen):
            return Understood(Intent.NO_IS, (name,))
    return Understood(Intent.REMEMBER, (name,), which=which)


def _bare_name(reading: Reading, grammar: Grammar, topic: Topic) -> Understood:
    """What a text comes to that is a name and nothing else."""
    clauses = reading.clauses
    cores = [*_cores(reading, grammar), *_cores(clauses[0], grammar)]
    if CJK.search(reading.words):
        [*_, last] = clauses  # 豆豆，我妹妹的狗
        explained = len(clauses) > 1 and re.search(rf"({grammar.patterns['SOMEBODY'].pattern})$", last.words)
        cores = [clauses[0]] if explained else cores[:1]
    cores = [core for core in cores if POLITE not in core.words and "," not in core.words and not core.asks]
    named = {Asked.NAME: asked_for, Asked.WHO: volunteered}.get(topic.asked, partial(name_in, alone=True))
    name = next(filter(None, (named(core, grammar) for core in reversed(cores))), "")
    if not name or (len(clauses) > 1 and topic.asked is Asked.IS_IT):
        return NOTHING
    if topic.asked in (Asked.WHO, Asked.NAME):
        # Nobody asked outright after a stranger: "cookie" may be talk, so whether it is the name is asked.
        unsure = topic.asked is Asked.WHO and name not in topic.known and is_everyday(name, grammar)
        return Understood(Intent.REMEMBER, (name,), unsure=unsure)
    if topic.asked is Asked.IS_IT:
        same = name == topic.about
        return Understood(Intent.YES if same else Intent.NO_IS, (name,))
    if topic.shows and name in topic.known:
        return Understood(Intent.PRESENT, (name,))
    return NOTHING
