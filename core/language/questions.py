"""What a question asks: questions in each language → intents.

The question comes folded (case, width) with every name in it masked by @. Patterns are tried in their order,
those of the chat's language before the English ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto

from core.intents import Intent, Understood
from core.names import fold, masked, mentioned
from core.ports import Prompt


class Asking(Enum):
    """What a question asks for."""

    GREET = auto()
    THANK = auto()
    COUNT = auto()
    WHERE = auto()
    PRESENT = auto()
    ABOUT = auto()
    LOOK = auto()
    KIND = auto()
    HELP = auto()


Patterns = tuple[tuple[Asking, re.Pattern[str]], ...]
_PUNCTUATION = " ?!.,。？！，¿¡"


def without_punctuation(question: str) -> str:
    """The question without the punctuation around it."""
    return question.strip(_PUNCTUATION)


def intents(question: str, language: str) -> Iterator[tuple[Asking, str]]:
    """Each intent that the question may have, the likeliest first, and what it asks to be counted ("" for none).

    `question` is folded, without punctuation around it, every name in it masked by @.
    """
    for patterns in (_PATTERNS[language], *([_ENGLISH] if language != "en" else [])):
        for intent, pattern in patterns:
            if match := pattern.search(question):
                yield intent, (match.groupdict().get("what") or "").strip()


_INTENTS = {
    Asking.GREET: Intent.GREET,
    Asking.THANK: Intent.THANKS,
    Asking.COUNT: Intent.COUNT,
    Asking.WHERE: Intent.WHERE,
    Asking.PRESENT: Intent.PRESENT,
    Asking.ABOUT: Intent.ABOUT,
    Asking.LOOK: Intent.WHO,
    Asking.KIND: Intent.PRESENT,
    Asking.HELP: Intent.HELP,
}


def reading(prompt: Prompt) -> Understood:
    """What the prompt's question asks, by these patterns."""
    question = without_punctuation(masked(prompt.question, prompt.names))
    named = tuple(mentioned(prompt.question, prompt.names))
    for asking, what in intents(question, prompt.translator.language):
        if asking in (Asking.PRESENT, Asking.ABOUT) and not named and not what:
            continue
        return Understood(_INTENTS[asking], (what,) if what else named)
    asks = prompt.question.rstrip().endswith(("?", "？")) or named or prompt.shows
    return Understood(Intent.BEYOND if asks else Intent.NONE, named)


def shares_a_word(question: str, text: str) -> bool:
    """Whether two texts share the stem of a word: "what does bo love?" and "loves snow".

    Short and common words don't count; in a script without spaces there are no words to compare.
    """
    asked, told = (
        {word[:4] for word in _WORD.findall(fold(one)) if word not in _STOP_WORDS} for one in (question, text)
    )
    return not asked.isdisjoint(told)


def is_small_talk(text: str, language: str) -> bool:
    """Whether a text is about no photo: a greeting, thanks, "what can you do?"."""
    first = next(intents(without_punctuation(fold(text)), language), None)
    return first is not None and first[0] in (Asking.GREET, Asking.THANK, Asking.HELP)


def _patterns(*lines: tuple[Asking, str]) -> Patterns:
    return tuple((intent, re.compile(pattern)) for intent, pattern in lines)


_WORD = re.compile(r"[^\W\d_]{4,}")
_STOP_WORD_LINES = """
    what when where which whose does doing have been being this that these those there here they them
    their with from about your will would could should very much many more most some like photo picture
    welche welcher welches wann wieso warum dies diese dieser dieses haben kann sein seine seinen ihre
    ihren sind eine einen einer nicht auch foto bild
    cuál cuáles cuándo cómo dónde tiene está este esta estos estas para pero como imagen
"""
_STOP_WORDS = frozenset(_STOP_WORD_LINES.split())

_ENGLISH = _patterns(
    (Asking.GREET, r"^(hi|hello|hey|good (morning|evening|day))\b[\s\w]{0,12}$"),
    (Asking.THANK, r"^(thanks|thank you|thx|cool|great|nice|good bot)\b[\s\w]{0,12}$"),
    (Asking.HELP, r"^(help|(what|who) are you|what (can|do) you do|how (does (this|it)|do you) work)$"),
    (Asking.COUNT, r"\bhow many (?P<what>[^?]+?)(?= (are|is|do|can|in|on|have)\b|$)"),
    (Asking.WHERE, r"\bwhere\b"),
    (
        Asking.PRESENT,
        r"^(is|are|isn['’]t) ((that|this|it|there|these|those) )?(my |our |the )?@( (and|or) @)*$",
    ),
    (Asking.PRESENT, r"^(is|are|isn['’]t) (that|this|it|there) (\w+ )?@"),
    (Asking.PRESENT, r"^(do|can) you (see|find|spot) @"),
    (Asking.PRESENT, r"^(is|are) @( and @)* (here|there|in|on|visible)\b|^(find|@$|any sign of @)"),
    (Asking.ABOUT, r"^(who|what)(['’]?s| is| are)? @( and @)*$|\babout @|^(describe|introduce|info) @"),
    (Asking.ABOUT, r"^do you know @|^what do you know"),
    (Asking.LOOK, r"^(who|what)\b.*\b(this|that|these|those|it|here|there|see|photo|picture)$"),
    (Asking.LOOK, r"^(who|what)\b.*\b(in|on) ((this|that|the|my|each) )?(photo|picture|image)( \d+)?$"),
    (Asking.KIND, r"^(is|are) (this|that|it|there|these|those) (an?|any) (?P<what>\w+)( here)?$"),
    (Asking.LOOK, r"^(describe|recogni[sz]e)\b|^(anyone|anybody|someone) "),
    (Asking.LOOK, r"^(is|are|do you (see|know|recogni[sz]e)) .*\b(anyone|anybody|someone|this|that)"),
)
_GERMAN = _patterns(
    (Asking.GREET, r"^(hallo|hi|hey|moin|servus|guten (morgen|tag|abend))\b[\s\w]{0,12}$"),
    (Asking.THANK, r"^(danke|vielen dank|dankeschön|super|toll|klasse|prima)\b[\s\w]{0,16}$"),
    (Asking.HELP, r"^(hilfe|(wer|was) bist du|was kannst du( alles)?|wie (funktioniert|geht) das)$"),
    (Asking.COUNT, r"\bwie ?viele? (?P<what>.+?)"
                   r"(?= (sind|ist|gibt|siehst|erkennst|zählst|auf|im|in|hier|da)\b|$)"),
    (Asking.WHERE, r"\bwo\b"),
    (Asking.PRESENT, r"^(ist|sind|siehst du|erkennst du|findest du) (das |dies |hier |da )?(mein[e]? )?@"
                     r"( und @)*( hier| da| dabei| drauf| zu sehen| (auf|in) .*)?$"),
    (Asking.PRESENT, r"^(kannst du|wo siehst du) @ (sehen|finden|erkennen)|^@$"),
    (Asking.ABOUT, r"^(wer|was) (ist|sind) @( und @)*$|\büber @|^(beschreib|beschreibe|erzähl) .*@"),
    (Asking.ABOUT, r"^kennst du @|^was weisst du"),
    (Asking.LOOK, r"^(wer|was)\b.*\b(das|dies|hier|da|drauf|siehst du|erkennst du|foto|bild)$"),
    (Asking.LOOK, r"^(wer|was)\b.*\b(auf|in) (dem|diesem|meinem) (foto|bild)"),
    (Asking.KIND, r"^(ist|sind) (das|dies|hier|da) (eine?n? )?(?P<what>\w+)$"),
    (Asking.LOOK, r"^(beschreib|beschreibe)\b|^erkennst du|^(ist|siehst du) .*\bjemand"),
)  # fmt: skip
_SPANISH = _patterns(
    (Asking.GREET, r"^(hola|hey|buenos días|buenas (tardes|noches))\b[\s\w]{0,12}$"),
    (Asking.THANK, r"^(gracias|muchas gracias|genial|perfecto|qué bien)\b[\s\w]{0,12}$"),
    (Asking.HELP, r"^(ayuda|(qui[eé]n|qu[eé]) eres|qu[eé] (puedes|sabes) hacer|c[oó]mo (funciona|va) esto)$"),
    (Asking.COUNT, r"\bcu[aá]nt[oa]s (?P<what>.+?)(?= (hay|son|est[aá]n|ves|en|aqu[ií])\b|$)"),
    (Asking.WHERE, r"\bd[oó]nde\b"),
    (Asking.PRESENT, r"^(es|son|est[aá]n?|ves a|reconoces a|encuentras a) (est[ea] |es[ea] |aqu[ií] )?(mi )?@"
                     r"( y @)*( aqu[ií]| ah[ií]| en .*)?$"),
    (Asking.PRESENT, r"^(est[eoa]|es[eoa]) es @|^puedes ver a @|^@$"),
    (Asking.ABOUT, r"^(qui[eé]n|qu[eé]) (es|son) @( y @)*$|\bsobre @|^(describe|cu[eé]ntame|h[aá]blame) .*@"),
    (Asking.ABOUT, r"^conoces a @|^qu[eé] sabes"),
    (Asking.LOOK, r"^(qui[eé]n(es)?|qu[eé])\b.*\b(est[eoa]s?|es[eoa]s?|aqu[ií]|ah[ií]|ves|foto|imagen)$"),
    (Asking.KIND, r"^(es|son|hay) ((est|es)[eoa]s? )?(una?|unos|unas) (?P<what>\w+)( aqu[ií])?$"),
    (Asking.LOOK, r"^(describe|reconoces)\b|^(hay|ves a) alguien"),
)  # fmt: skip
_CHINESE = _patterns(
    (Asking.GREET, r"^(你好|您好|嗨|哈喽|早上好|晚上好).{0,4}$"),
    (Asking.THANK, r"^(谢谢|多谢|感谢|太好了|真棒).{0,4}$"),
    (Asking.HELP, r"^(帮助|你(能|会)(做|干)(什么|啥)|你是谁|怎么用)$"),
    (Asking.COUNT, r"(几|多少)[只个条匹头辆张把本位名台架艘块]?(?P<what>[^在吗呢]+)"),
    (Asking.WHERE, r"在哪|哪里|哪儿|什么地方"),
    (Asking.PRESENT, r"^(这是|那是|(照片)?[这里面上]*有|你?能?看到)?@(在(这里|里面|照片[里上中])?)?[吗么]$"),
    (Asking.PRESENT, r"^@$"),
    (Asking.ABOUT, r"^@(和@)*是(谁|什么)|^谁是@$|关于@|介绍(一下)?@|认识@|你知道.*@|你知道什么"),
    (Asking.KIND, r"^(这|那|这里|里面)(是|有)一?[只个条匹头辆张把本台架]?(?P<what>\w+)吗$"),
    (Asking.LOOK, r"是(谁|什么)$|(有|看到)(了)?(谁|什么)|描述|认得出?"),
)  # fmt: skip
_PATTERNS = {"en": _ENGLISH, "de": _GERMAN, "es": _SPANISH, "zh": _CHINESE}
