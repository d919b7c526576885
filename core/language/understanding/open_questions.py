"""Questions that understanding leaves open and facts can answer: about kinds of things, or a name that nobody knows.

"Is there a dog?", "where are the animals?", "what do you see?", "who is kai?"; of a name that is known, "is bo a dog?"
and "how old is bo?".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from core.intents import Intent, Understood
from core.language.told import takes_telling
from core.names import fold, masked, mentioned

_PUNCTUATION = " ?!.,。？！，¿¡"
_HERE = r"( here| there| anywhere| hier| da| drauf| dabei| zu sehen| aquí| ahí| (in|on|auf|en) .*)?$"
_THE = (
    r"((a|an|any|some|the|my|der|die|das|ein|eine|einen|irgendwelche|el|la|los|las|un|una|unos|unas|algún|alguna|mi) )?"
)
_KINDS = (
    (Intent.WHERE, rf"^(where|wo|dónde|donde)('s|’s| is| are| ist| sind| está| están| hay) {_THE}(?P<what>.+?){_HERE}"),
    (Intent.WHERE, r"^(?P<what>.+?)(都)?在(哪里|哪儿|哪|什么地方)$"),
    (Intent.PRESENT, rf"^(is|are) (this|that|it|there|these|those) {_THE}(?P<what>.+?){_HERE}"),
    (Intent.PRESENT, rf"^((do|can) you (see|find|spot)|any|see any) {_THE}(?P<what>.+?){_HERE}"),
    (
        Intent.PRESENT,
        rf"^(ist|sind|gibt es|gibt's|siehst du|erkennst du) ((das|dies|hier|da|dort) )*{_THE}(?P<what>.+?){_HERE}",
    ),
    (Intent.PRESENT, rf"^(hay|es|son|ves|se ven?) ((est|es)[eoa]s? |aquí )*{_THE}(?P<what>.+?){_HERE}"),
    (
        Intent.PRESENT,
        r"^(这|那|这里|里面|照片|图)?(里面|里|上|中)?(你)?(有没有|有|是|能看到|看到)一?[只个条匹头辆张把本台架些]?(?P<what>.+?)(吗|么|没有)?$",
    ),
)
# Where statements have the same order of words as questions, only a question mark or its particle tells them apart.
_LIKE_STATEMENTS = re.compile(r"^(es|son)\b|^(这|那|它|他|她|是)|^(?!.*(有没有|能看到)).*一[只个条匹头辆张把本台架些]")
_ASKS = re.compile(r"[?？¿]|[吗么]|没有$|是不是|有没有")
_LOOKS = re.compile(
    r"^what (do|can) you see\b|^(who|what)\b.*\b(in|on) (this |that |the )?(photo|picture|image)( \d+)?$"
    r"|^was siehst du\b|^(wer|was) ist (alles )?(auf|in) |^qué ves\b|^quién sale|看到(了)?(谁|什么)$|有(谁|什么)$"
)
_NAME = r"(?P<name>[^\W\d_][\w'’-]*( [^\W\d_][\w'’-]*)??)"
_OF_A_HOME = r"( from| born| living| geboren| zu ?hause| daheim)?"
_STRANGERS = (
    (Intent.ABOUT, rf"^(who|wer|quién|quien)(['’]s| is| ist| es) {_NAME}$"),
    (Intent.WHERE, rf"^(where|wo|dónde|donde)(['’]s| is| ist| está) {_NAME}{_OF_A_HOME}$"),
    (Intent.PRESENT, rf"^(is|ist|está) {_NAME} (here|there|hier|da|dabei|aquí|ahí)$"),
    (Intent.ABOUT, r"^(?P<name>[^这那他她它你我谁的]{1,8})是谁$|^谁是(?P<other>[^这那他她它你我谁的]{1,8})$"),
)
_NO_NAMES = re.compile(
    r"^(this|that|these|those|it|he|she|they|you|i|we|there|here|the|a|an|my|your|our|his|her|in|on|at|das|dies|er|sie|es"
    r"|du|ich|wir|hier|da|der|die|ein|eine|mein|meine|auf|im|este|esta|ese|esa|esto|eso|él|ella|usted|tú|el|la|un|una|mi"
    r"|en|aquí|ahí)\b",
    re.IGNORECASE,
)


# With @ for each known name.
_IS_A = re.compile(
    r"^(is|isn't|ist|es) @ (an? |eine? |un |una )?(?P<kind>[^@]+)$|^@ es (un|una) (?P<kind_es>[^@]+)$"
    r"|^@是(不是)?一?[只个条头匹]?(?P<kind_zh>[^@]+?)[吗么]$"
)
_BEGINS = re.compile(
    r"^(how|what|when|where|who|whose|wie|was|wann|wo|woher|wem|wer|in welchem|c[oó]mo|qu[eé]|cu[aá]\w+|(de )?d[oó]nde"
    r"|(de|a) qui[eé]n)\b|几|多大|多重|多少|什么|哪|谁"
)


def kind_asked(question: str) -> str:
    """What somebody is asked to be ("dog" of "is @ a dog?", with @ for the name), "" where that isn't asked."""
    match = _IS_A.search(fold(question).strip(_PUNCTUATION))
    return next((one for one in match.groupdict().values() if one), "") if match else ""


def asks_of_name(question: str, known: Iterable[str]) -> Understood | None:
    """The question as one of a known name that no photo answers; None where it is none."""
    names = mentioned(question, known)
    asked = masked(question, names) if names else ""
    is_question = bool(_ASKS.search(question) or _BEGINS.search(asked.strip(_PUNCTUATION)))
    if names and is_question and (takes_telling(asked) or (kind_asked(asked) and _ASKS.search(question))):
        return Understood(Intent.BEYOND, tuple(names))
    return None


def asks_anyway(question: str, kind_of: Callable[[str], str], *, shows: bool, named: bool = False) -> Understood | None:
    """What a question asks that was taken for one that facts can't answer; None where they can't.

    `kind_of` gives the kind that a word names, "" for none; `shows` is whether a photo is under discussion, `named`
    whether the question is known to be of a name that the chat has: then it is of no other.
    """
    asked = question.strip(_PUNCTUATION)
    folded = fold(asked)
    if shows and _LOOKS.search(folded):
        return Understood(Intent.WHO)
    for intent, pattern in _KINDS if shows else ():
        if _LIKE_STATEMENTS.search(folded) and not _ASKS.search(question):
            break
        if (match := re.search(pattern, folded)) and (kind := kind_of(match["what"].strip())):
            return Understood(intent, (kind,))
    for intent, pattern in () if named else _STRANGERS:
        if match := re.search(pattern, asked, re.IGNORECASE):
            name = next(one for one in match.groupdict().values() if one)
            if not _NO_NAMES.match(name):
                return Understood(intent, (name,))
    return None
