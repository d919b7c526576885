"""What people said of a name, with its time.

Facts stand beside each other ("a border collie", "afraid of thunder"), and a newer word on the same thing comes first:
"no chicken" takes the place of "loves chicken", which is told with it: since when the one, and what before. What is
true of its day alone (an age, "today") is told with who said it and when. This only ever decides how something is
told: nothing is forgotten by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.concepts import Info
from core.i18n.lazy_strings import gettext_noop
from core.i18n.translator import Translator
from core.language.dates import day_of, since_of
from core.language.told import AGE, shares_a_word, told, told_in_short
from core.names import fold, mentioned, redacted
from core.ports import PromptConcept

_WITH_AUTHOR = gettext_noop("{text} ({author}, {day})")
_WITHOUT = gettext_noop("{text} ({day})")
_BEFORE = gettext_noop("Before, {author} said {day}: {text}")
_BEFORE_NAMELESS = gettext_noop("Before, somebody said {day}: {text}")
_SAID = gettext_noop("{author} said {day}: “{text}”")
_SAID_NAMELESS = gettext_noop("Somebody said {day}: “{text}”")
_SAID_ABOUT = gettext_noop("{author} said {day} about {name}: “{text}”")
_SAID_ABOUT_NAMELESS = gettext_noop("Somebody said {day} about {name}: “{text}”")
_MOST_TOLD = 600  # characters of what is told at once; the oldest facts are left out beyond that


@dataclass(frozen=True, slots=True)
class Fact:
    """The newest word on one thing, the earlier ones from new to old, and whether it is true of its day alone."""

    info: Info
    before: tuple[Info, ...] = ()

    @property
    def of_its_day(self) -> bool:
        """Whether it speaks of its own time ("today") or of an age."""
        return bool(_OF_ITS_DAY.search(fold(self.info.text)))


def facts(infos: Iterable[Info], name: str) -> tuple[Fact, ...]:
    """The facts that texts (from old to new) tell of a name, in the order in which their newest words were said."""
    found: list[list[Info]] = []
    bare: dict[str, str] = {}  # that two texts say the name makes them about nothing else
    for info in infos:
        text = bare[info.text] = _bare(info.text, name)
        about_the_same = [one for one in found if _replaces(text, bare[one[0].text])]
        found = [one for one in found if one not in about_the_same]
        earlier = [old for one in about_the_same for old in one if fold(bare[old.text]) != fold(text)]
        found.append([info, *sorted(earlier, key=lambda old: old.at, reverse=True)])
    return tuple(Fact(newest, tuple(before)) for newest, *before in found)


def in_one_line(infos: Sequence[Info], name: str) -> str:
    """The facts that hold now, one after the other, as people wrote them: for lists, captions and models."""
    line = ""
    for fact in facts(infos, name):
        gap = " " if line[-1:] in _STOPS else "; "
        line = f"{line}{gap}{fact.info.text}" if line else fact.info.text
    return line


def said_so(said: str, infos: Sequence[Info], name: str) -> list[str]:
    """The texts about a name that say most of what `said` does: the one that says the most of it, or several alike."""
    asked = fold(_bare(said, name))
    wanted, content = _stems(asked), _content(asked)
    likeness: dict[str, tuple[int, int]] = {}
    for text in dict.fromkeys(info.text for info in infos):
        tried = fold(_bare(text, name))
        stems = _stems(tried)
        enough = 2 * len(wanted & stems) > len(wanted) and 2 * len(content & _content(tried)) >= max(1, len(content))
        if (enough or wanted == stems) and bool(_DENIES.search(asked)) == bool(_DENIES.search(tried)):
            likeness[text] = (len(wanted & stems), -len(stems - wanted))
    most = max(likeness.values(), default=None)
    return [text for text, likely in likeness.items() if likely == most]


def all_told(known: PromptConcept, now: datetime, translator: Translator) -> list[str]:
    """Everything that was said of a name, as sentences; of very much the newest is told."""
    sentences: list[str] = []
    for fact in reversed(_facts_of(known, now)):
        sentence = _told(known.name, fact, now, translator)
        if sentences and sum(map(len, sentences)) + len(sentence) > _MOST_TOLD:
            break
        sentences.insert(0, sentence)
    return sentences


def recalled(question: str, known: PromptConcept, now: datetime, translator: Translator) -> list[str]:
    """What was said of a name that has a word in common with a question, as sentences."""
    return [
        _told(known.name, fact, now, translator)
        for fact in _facts_of(known, now)
        if any(shares_a_word(question, one.text) for one in (fact.info, *fact.before))
    ]


def told_at_sight(known: PromptConcept, now: datetime, translator: Translator) -> str:
    """One short sentence for a sighting: the newest that holds on any day; "" where there is none."""
    lasting = [fact.info.text for fact in _facts_of(known, now) if not fact.of_its_day]
    return told_in_short(known.name, lasting[-1], translator) if lasting else ""


def _facts_of(known: PromptConcept, now: datetime) -> tuple[Fact, ...]:
    return facts(known.infos or ([Info(known.info, "", now)] if known.info else []), known.name)


def noted(infos: Sequence[Info], name: str) -> str:
    """The facts for a language model: those that have changed, or are true of their day alone, with dates."""
    parts = []
    for fact in facts(infos, name):
        said = f"said on {fact.info.at:%Y-%m-%d}"
        before = ", ".join(f"“{old.text}” of {old.at:%Y-%m-%d}" for old in fact.before)
        if before:
            said += f", no longer {before}"
        parts.append(f"{fact.info.text} ({said})" if before or fact.of_its_day else fact.info.text)
    return "; ".join(parts)


def listed(infos: Sequence[Info], name: str, now: datetime, translator: Translator) -> list[str]:
    """All that was said, a line for each text: with who said it and when, unless there is just one."""
    found = facts(infos, name)
    if len(found) == 1 and not found[0].before and not found[0].of_its_day:
        return [found[0].info.text]
    lines = []
    for fact in found:
        lines.append(_dated(fact.info, _WITH_AUTHOR if fact.info.author else _WITHOUT, now, translator))
        lines += [_dated(old, _BEFORE if old.author else _BEFORE_NAMELESS, now, translator) for old in fact.before]
    return lines


def _dated(info: Info, how: str, now: datetime, translator: Translator, name: str = "") -> str:
    day = day_of(info.at, now, translator)
    return translator.gettext(how, text=info.text, author=info.author, day=day, name=name)


def _told(name: str, fact: Fact, now: datetime, translator: Translator) -> str:
    gettext, info = translator.gettext, fact.info
    if fact.of_its_day and mentioned(info.text, [name]):
        return _dated(info, _SAID if info.author else _SAID_NAMELESS, now, translator)
    if fact.of_its_day:
        return _dated(info, _SAID_ABOUT if info.author else _SAID_ABOUT_NAMELESS, now, translator, name)
    if fact.before:
        since = since_of(info.at, now, translator)
        before = translator.format_list([gettext("“{text}”", text=old.text) for old in fact.before])
        return gettext(
            "{name}, {since}: “{text}”; before: {before}.", name=name, since=since, text=info.text, before=before
        )
    return told(name, info.text, translator)


# ── which facts are about the same thing ──────────────────────────────────────────────────────────

_STOPS = ".!?…。！？"


def _replaces(new: str, old: str) -> bool:
    """Whether a text is a newer word on what the other one says.

    It is where both tell an age, a home or a weight, of which one holds at a time, the same thing is affirmed by one
    and denied by the other, or most of what they speak of is the same ("her vet is Dr. Brown", "her vet is Dr. Lee").
    """
    newer, older = fold(new), fold(old)
    if newer == older:
        return True
    if AGE.search(newer) and AGE.search(older):
        return True
    if any(one.fullmatch(new.strip()) and one.fullmatch(old.strip()) for one in _ONE_AT_A_TIME):
        return True
    mine, theirs = _content(newer), _content(older)
    shared = mine & theirs
    if not shared:
        return False
    if bool(_DENIES.search(newer)) != bool(_DENIES.search(older)):
        return True
    return _subject(newer) == _subject(older) != frozenset() or 2 * len(shared) > min(len(mine), len(theirs)) + 1


def _bare(text: str, name: str) -> str:
    """A text about a name without it."""
    return redacted(text, [fold(name)], mask="").strip()


def _stems(text: str) -> frozenset[str]:
    """The stems of all words of a text; of Chinese, its characters."""
    return frozenset(word[:5] for word in _ANY_WORD.findall(text))


def _content(text: str) -> frozenset[str]:
    """The stems of the words that say what a text is about; of Chinese, its pairs of characters."""
    words = {word[:5] for word in _WORD.findall(text) if word not in _COMMON}
    for run in _CHINESE_RUN.findall(_CHINESE_COMMON.sub(" ", text)):
        words |= {run[at : at + 2] for at in range(max(1, len(run) - 1))}
    return frozenset(words)


def _subject(text: str) -> frozenset[str]:
    """What stands before "is": "her vet", "die Telefonnummer"; nothing where there is no such word."""
    before, copula, _ = (*_COPULA.split(text, maxsplit=1), "", "")[:3]
    return _content(before) if copula else frozenset()


_ANY_WORD = re.compile(r"[^\W_\u3400-\u9fff]+|[\u3400-\u9fff]")
_WORD = re.compile(r"[^\W\d_\u3040-\u30ff\u3400-\u9fff]{3,}")
_CHINESE_RUN = re.compile(r"[\u3400-\u9fff]+")
_CHINESE_COMMON = re.compile(
    "喜欢|害怕|讨厌|非常|特别|最|爱|怕|不|没有|没|别|再|也|很|会|能|要|想|是|有|在|的|了|吃|喝|她|他|它|过敏|对"
)
_COPULA = re.compile(r"\b(is|are|ist|sind|heißt|es|son|se llama)\b|(是|叫)")
_DENIES = re.compile(
    r"\b(no|not|never|none|without|nothing|stopped|hates?|dislikes?|allergic|\w+n['’]t|cannot|no longer"
    r"|kein\w*|nicht|nie|niemals|ohne|nichts|hasst|allergisch"
    r"|nunca|jamás|sin|ningun\w*|tampoco|odia|alérgic\w+|dejó)\b|[不没别无]|讨厌|过敏"
)
# A home, a weight: of these one holds at a time, where a text says nothing else, in the present, of whom it is about.
_ONE_AT_A_TIME = (
    re.compile(
        r"(\w+ )?((now )?lives( now)? in|(has )?moved to|(wohnt|lebt)( jetzt)? in|vive( ahora)? en|se mudó a)"
        r" [A-ZÄÖÜÁÉÍÓÚÑ]\w+([ -][A-ZÄÖÜÁÉÍÓÚÑ]\w+){0,2}( now)?[.!]?"
        r"|[a-zA-Z]*[她他它]?(现在)?(住在|搬到了?)[^\s的去吃睡，。]{1,4}[^\s的去吃睡上里下，。][。！]?"
    ),
    re.compile(
        r"(\w+ )?((now )?weighs( now)?|wiegt( jetzt)?|pesa( ahora)?)( about| around| only| etwa| nur| unos)?"
        r" [\d.,]+ ?[a-zA-Z]{1,9}( now)?[.!]?|[a-zA-Z]*[她他它]?(现在)?体重\d[\d.]*(公斤|斤|千克)[。！]?"
    ),
)
_OF_ITS_DAY = re.compile(
    AGE.pattern + r"|\b(today|yesterday|tomorrow|tonight|now|nowadays|currently|recently|lately"
    r"|just (turned|got|had)|soon|at the moment|(this|last|next) (week|month|year|spring|summer|autumn|fall|winter"
    r"|weekend|night|morning|monday|tuesday|wednesday|thursday|friday|saturday|sunday)|ago"
    r"|in (a few|\d+) (days|weeks|months))\b"
    r"|\b(heute|gestern|vorgestern|übermorgen|jetzt|gerade|derzeit|momentan|zurzeit|neulich|kürzlich|bald|seit kurzem"
    r"|(diese[nrs]?|letzte[nrs]?|nächste[nrs]?|vorige[nrs]?|kommende[nrs]?) "
    r"(woche|monat|jahr|frühling|sommer|herbst|winter|wochenende|nacht|montag|dienstag|mittwoch|donnerstag|freitag"
    r"|samstag|sonntag)|vor (\w+) (tagen?|wochen?|monaten?|jahren?|stunden?)|morgen (früh|ist|hat|wird|kommt))\b"
    r"|\b(hoy|ayer|anteayer|ahora|actualmente|últimamente|pronto|acaba de|esta (semana|noche|mañana)|est[ae] (año|mes)"
    r"|(la semana|el mes|el año|el verano|el invierno) (pasad[oa]|que viene)|hace \w+ (días?|semanas?|mes(es)?|años?)"
    r"|mañana (es|tiene|va|viene))\b"
    r"|今天|昨天|前天|明天|后天|现在|目前|最近|刚刚|刚|今年|去年|明年|这周|上周|下周|本周|这个月|上个月|下个月"
)
_COMMON_LINES = """
    the and for with who she her his him its they them their our your that this these those was were are has had have
    does did doing can could will would may must from about into over very much many more most some any all also only
    too love loves loved like likes liked hate hates want wants need needs afraid scared fear fears fond enjoys prefers
    always never often sometimes usually still again anymore any not longer just really quite little big small good bad
    goes gets got going eat eats eating ate drink drinks plays play playing lives live sleeps sleep likes allergic
    der die das den dem des ein eine einen einem einer und oder mit von vom zum zur bei für auf aus ist war sind hat
    hatte haben kann will wird wurde nicht kein keine keinen mehr nie immer oft manchmal noch auch nur sehr ganz gern
    gerne sie ihr ihre ihren sein seine seinen ihm ihn liebt mag mögen hasst braucht angst fürchtet schläft
    wohnt lebt frisst isst trinkt spielt geht allergisch gegen vor dass wenn
    los las una uno unos unas del con por para que más muy también solo nunca siempre veces todavía ama adora odia gusta
    gustan quiere necesita miedo tiene tenía come bebe vive duerme juega está era fue puede sus mis nuestro nuestra
    alérgico alérgica tampoco sin ningún ninguna ya ella
"""
_COMMON = frozenset(_COMMON_LINES.split())
