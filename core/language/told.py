"""What people said of a name, in a sentence: "afraid of thunder" → "Luna is afraid of thunder.", or in quotation marks.

A text becomes the bot's sentence only where it begins as one in the chat's own language: anything else, another
language above all, is quoted, so that the bot's words and people's stay apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from core.i18n.lazy_strings import gettext_noop
from core.i18n.translator import Translator
from core.language.wording import as_sentence
from core.names import fold

_LONGEST = 100  # letters of what is said at a sighting
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])|\n+")
_IS = gettext_noop("{name} is {text}")

# How a text begins that goes on where the name ends: "loves snow".
_VERBS: Mapping[str, str] = MappingProxyType(
    {
        "en": r"""(is|was|has|had|can|can't|cannot|could|will|won't|would|does|doesn't|did|didn't|isn't|wasn't|hasn't|
        must|mustn't|may|loves|likes|hates|dislikes|eats|drinks|sleeps|lives|barks|bites|chases|plays|needs|wants|works|goes|
        knows|hears|sees|speaks|sings|snores|turned|turns|got|gets|weighs|belongs|comes|came|fears|prefers|enjoys|runs|
        jumps|swims|moved|became|takes|never|always|also|only|sometimes|often|just)\b""",
        "de": r"""(ist|war|hat|hatte|kann|konnte|mag|liebt|hasst|frisst|isst|trinkt|schläft|wohnt|lebt|bellt|beißt|
        spielt|braucht|will|möchte|arbeitet|geht|kennt|hört|sieht|spricht|singt|schnarcht|wird|wurde|wiegt|gehört|kommt|kam|
        fürchtet|rennt|läuft|springt|schwimmt|verträgt|heißt|darf|muss|soll|macht|jagt|freut|versteht|bekommt)\b""",
        "es": r"""(es|era|está|tiene|tenía|puede|ama|adora|odia|come|bebe|duerme|vive|ladra|muerde|juega|necesita|
        quiere|trabaja|va|conoce|oye|ve|habla|canta|ronca|pesa|viene|vino|teme|prefiere|corre|salta|nada|no|nunca|siempre|
        cumplió|cumple|nació|sabe|persigue|se|ha|fue)\b""",
        "zh": "(喜欢|最|爱|怕|害怕|讨厌|不|没|会|有|是|住|吃|喝|今年|去年|很|叫|在|对|能|可以|特别|非常|总|经常|已经"
        "|每天|从|刚|也|都|只|想|要|昨天|今天)",
    }
)
# How one begins that tells what somebody is: "a Shiba Inu who loves snow", "afraid of thunder".
_NOUNS: Mapping[str, str] = MappingProxyType(
    {
        "en": r"""(an?|the|my|our|his|her|their|your|afraid|scared|fond|allergic|born|shy|very|really|quite|blind|deaf|
        friendly|gentle|lazy|clever|smart|from|married|half|part|\d+\s(years|months|weeks))\b""",
        "de": r"""(ein|eine|der|die|das|mein|meine|unser|unsere|dein|deine|euer|eure|ihr|ihre|sein|seine|scheu|
        freundlich|sehr|ziemlich|blind|taub|allergisch|immer|nie|\d+\s(jahre|monate|wochen))\b""",
        "es": r"(una?|el|la|los|las|mi|nuestr[oa]|su|tu|vuestr[oa]|alérgic[oa]|ciego|ciega|sord[oa]|muy|de)\b",
        "zh": "([一只条头匹]*[只条头匹位名个]|我的|我们的|我们家|我家|咱家|一[种名台])",
    }
)
_PRONOUNS: Mapping[str, str] = MappingProxyType(
    {"en": r"(he|she|it|they)\s+", "de": r"(er|sie|es)\s+", "es": r"(él|ella)\s+", "zh": "[它他她]"}
)

# Whose boss "my boss" is, the bot's own sentence would say wrongly.
_MINE = re.compile(r"\b(my|our|mein(e[mnrs]?)?|unser(e[mnrs]?)?|mis?|nuestr[oa]s?)\b|我|咱", re.IGNORECASE)

_WORD = re.compile(r"[^\W\d_]{4,}")
_STOP_WORD_LINES = """
    what when where which whose does doing have been being this that these those there here they them
    their with from about your will would could should very much many more most some like photo picture
    welche welcher welches wann wieso warum dies diese dieser dieses haben kann sein seine seinen ihre
    ihren sind eine einen einer nicht auch foto bild
    cuál cuáles cuándo cómo dónde tiene está este esta estos estas para pero como imagen
"""
_STOP_WORDS = frozenset(_STOP_WORD_LINES.split())
# How an age is told.
_NUMBER = (
    r"(\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|eins?|eine?n?|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf"
    r"|una?|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce)"
)
AGE = re.compile(
    rf"\b{_NUMBER}( and a half)? ?(years?|months?|weeks?|yrs?)( |-)?old\b|\b(turned|turns|is now) {_NUMBER}\b"
    rf"|\b(is|was) {_NUMBER}$|\b{_NUMBER}-year-old\b"
    rf"|\b{_NUMBER} (jahre?|monate?|wochen?) alt\b|\b(ist|wurde|wird) {_NUMBER}( (jahre? )?(alt )?geworden)?$"
    rf"|\b{_NUMBER} geworden\b|\b(cumplió|cumple|tiene|tenía) {_NUMBER}( años?| meses| semanas)"
    rf"|\bcumplió {_NUMBER}\b|[\d一二三四五六七八九十半两]+个?(岁|月大|周大)"
)

# What asks for something that no photo shows, and what tells it: often in other words.
_TOPICS = (
    (  # a home, an origin
        re.compile(
            r"\bwhere\b.*\b(lives?|living|stays?|from|born|at home)\b"
            r"|\bwo(her)?\b.*\b(wohnt|lebt|kommt|stammt|herkommt|geboren|zu ?hause|daheim)\b"
            r"|\bd[oó]nde\b.*\b(vive|viene|es|naci[oó])\b|(住|来自|出生|生)(在|于)?(哪|什么地方)|家在(哪|什么地方)"
            r"|在(哪里?|哪儿|什么地方)(出生|生)"
        ),
        re.compile(
            r"\b(live[sd]?|living|moved|stays|born|home|from)\b"
            r"|\b(wohnt|lebt|kommt aus|stammt|geboren|zu ?hause|gezogen|zog)\b"
            r"|\b(vive|viene de|es de|naci[oó]|mud[oó])\b|住|来自|出生|生于|搬到|老家"
        ),
    ),
    (  # an age
        re.compile(
            r"\bhow old\b|\bage\b|\bhow many (years|months)\b|\bwie alt\b|\balter\b|\bwie ?viele (jahre|monate)\b"
            r"|\bcu[aá]ntos (a[nñ]os|meses)\b|\bedad\b|几岁|多少岁|多大|几个月大|年龄|年纪|岁数"
        ),
        re.compile(
            AGE.pattern + r"|\b(years?|months?) old\b|\b(turned|turns|age|aged|born)\b|\b(alt|alter|geworden|geboren)\b"
            r"|\b(años|edad|cumpli[oó]|cumple|naci[oó])\b|岁|月大|出生|生于"
        ),
    ),
    (  # a birthday
        re.compile(
            r"\b(birthday|bday)\b|\bwhen\b.*\bborn\b|\bgeburtstag\b|\bwann\b.*\bgeboren\b|\bcumplea[nñ]os\b"
            r"|\bcu[aá]ndo\b.*\b(naci[oó]|cumple)\b|生日|(什么时候|哪天|哪年|哪一年)(出生|生)"
        ),
        re.compile(
            r"\b(birthday|bday|born)\b|\b(geburtstag|geboren)\b|\b(cumplea[nñ]os|cumple|naci[oó])\b|生日|出生|生于"
        ),
    ),
    (  # what somebody likes
        re.compile(
            r"\b(what|who)\b.*(?<!look )(?<!looks )\b(like|likes|love|loves|enjoys?|favou?rites?)\b"
            r"|\b(was|wen)\b.*\b(mag|liebt|gern|gerne|am liebsten|lieblings\w*)\b"
            r"|\bqu[eé]\b.*\b(gusta|gustan|encanta|encantan|ama|adora|favorit[oa])\b"
            r"|(喜欢|爱)(吃|喝|玩|去|做|干)?(什么|啥|谁|哪)|最喜欢的.*(是什么|是谁)"
        ),
        re.compile(
            r"\b(loves?|likes?|enjoys?|adores?|prefers?|fond of|crazy about|favou?rites?)\b"
            r"|\b(mag|liebt|gern|gerne|lieblings\w*)\b"
            r"|\b(gustan?|encantan?|ama|adora|prefiere|favorit[oa])\b|喜欢|(?<!可)爱"
        ),
    ),
    (  # a weight
        re.compile(
            r"\bhow heavy\b|\bweigh\b|\bweight\b|\bwie schwer\b|\bwiegt\b|\bgewicht\b|\bcu[aá]nto pesa\b|\bpeso\b"
            r"|多重|体重|(几|多少)(公斤|斤)"
        ),
        re.compile(
            r"\bweigh(s|t)?\b|\d ?(kg|kilos?|pounds|lbs?)\b|\bkilos?\b|\b(wiegt|gewicht|schwer)\b"
            r"|\bpes[ao]\b|公斤|斤|体重"
        ),
    ),
    (  # an owner
        re.compile(
            r"\bwho\b.*\b(owns?|belongs?)\b|\bwhose\b|\bowners?\b|\bwem\b.*\bgehört\b|\b(besitzer\w*|herrchen|frauchen)\b"
            r"|\bde qui[eé]n es\b|\bdue[nñ][oa]\b|\bpertenece\b|主人|是谁(的|家)"
        ),
        re.compile(
            r"\b(owns|owners?|belongs?)\b|\b(gehört|besitzer\w*|herrchen|frauchen)\b|\bdue[nñ][oa]\b|\bpertenece\b"
            r"|主人|属于|家的"
        ),
    ),
)
# "How many brothers does @ have?"
_HAS = re.compile(
    r"\bhow many\b.*\b(does|did|has) @|\bwie ?viele\b.*\bhat @|\bcu[aá]nt[oa]s?\b.*\btiene @|@.{0,6}有(几|多少)"
)


def told(name: str, text: str, translator: Translator) -> str:
    """All that was said of a name: as a sentence about it where it reads as one, else quoted."""
    language, rest = translator.language, _without_subject(name, text, translator.language)
    if _MINE.search(rest):
        return translator.gettext("I was told about {name}: “{text}”.", name=name, text=text.rstrip(".。"))
    if re.match(_VERBS[language], rest, re.IGNORECASE | re.VERBOSE):
        gap = "" if language == "zh" and not name[-1:].isascii() else " "
        return as_sentence(f"{name}{gap}{rest}", translator)
    if rest == text and re.match(_NOUNS[language], text, re.IGNORECASE | re.VERBOSE):
        return as_sentence(translator.gettext(_IS, name=name, text=text), translator)
    return translator.gettext("I was told about {name}: “{text}”.", name=name, text=text.rstrip(".。"))


def told_in_short(name: str, text: str, translator: Translator) -> str:
    """One short sentence of it, for a sighting."""
    first = _SENTENCE_END.split(text.strip(), maxsplit=1)[0].strip()
    if len(first) > _LONGEST:
        kept = first[:_LONGEST]
        cut = kept.rfind(" ") if kept.rfind(" ") > _LONGEST // 2 else _LONGEST
        first = kept[:cut].rstrip(" ,;:，；：、") + "…"
    return told(name, first, translator)


def shares_a_word(question: str, text: str) -> bool:
    """Whether two texts share the stem of a word: "what does bo love?" and "loves snow"; or both are of one topic.

    Short and common words don't count; in a script without spaces there are no words to compare.
    """
    if any(asks.search(fold(question)) and tells.search(fold(text)) for asks, tells in _TOPICS):
        return True
    asked, told = (
        {word[:4] for word in _WORD.findall(fold(one)) if word not in _STOP_WORDS} for one in (question, text)
    )
    return not asked.isdisjoint(told)


def takes_telling(question: str) -> bool:
    """Whether a question, with @ for each name, is one that no photo answers: of an age, a home, what somebody has."""
    folded = fold(question)
    return bool(_HAS.search(folded)) or any(asks.search(folded) for asks, _ in _TOPICS)


def _without_subject(name: str, text: str, language: str) -> str:
    """The text without the name, or a pronoun for it, that it begins with."""
    begin, rest = text[: len(name)], text[len(name) :]
    if fold(begin) == fold(name) and (language == "zh" or not rest[:1].isalnum()):
        return rest.lstrip()
    pronoun = re.match(_PRONOUNS[language], text, re.IGNORECASE)
    return text[pronoun.end() :] if pronoun else text
