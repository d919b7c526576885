"""Descriptions from the annotations' own words, without a teacher: nothing is said that they don't say.

Texts, captions and phrases are English, as those of the public data sets are. What can't be made a sentence about the
subject by a sure rule is left out.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence

from bot.data.records import Crop
from bot.data.teacher.cleaning import LONGEST_INFO, NAME, Others, ended, one_info, one_text, shortened, tidy
from bot.data.teacher.kinds import PERSON_NOUNS, sort_of
from bot.data.teacher.names import SubjectCrops
from core.i18n.translator import ENGLISH
from core.language.nouns import article
from core.language.told import told
from core.names import fold

_MOST_INFOS = 4
# What something is asked to be that is of another sort, so that the answer is surely no.
_NEVER = {
    "person": ("dog", "mug", "car", "chair"),
    "animal": ("person", "mug", "car", "backpack"),
    "thing": ("person", "dog", "cat", "bird"),
}
_ONLY_THE_NAME = f"This is {NAME}."
_PLACE = re.compile(
    r"\b(?:left|right|middle|cent(?:er|re)|front|back|behind|top|bottom|upper|lower|far|near|nearest|close|closest|next|"
    r"side|corner|first|second|third|last|edge|between|above|below|under|other|another|same|one|ones|most|picture|photo|"
    r"image|frame|background|foreground|facing|looking|standing|sitting|sitter|walking|running|holding|lying|laying|by|"
    r"on|in|at|from|to|of|not|only|who|whose|that|which|is|are|player|wearing)\b"
)
_CLOTHED = re.compile(
    r"\b(?:shirts?|jackets?|coats?|hats?|caps?|dress|jeans|pants|shorts|suit|tie|shoes?|hoodie|sweater|vest|top|skirt|"
    r"uniform|jersey|scarf|helmet|boots?|clothes|clothing)\b"
)
_WORD = re.compile(r"[a-z][a-z'-]*")
_SEVERAL = {"men", "women", "people", "children", "mice", "sheep", "couple", "group", "pair", "two", "three", "another"}
_AFTER_SUBJECT = (
    r"(?=(?:'s|’s)?(?: (?:\w+ing|in|on|at|with|is|was|has|sits|stands|lies|lays|looks|walks|runs|holds|rides|plays|"
    r"eats|sleeps|jumps|wears|that|who|which|to|near|next|by|under|behind|beside|inside|outside|from|and|sat|stood|being)\b"
    r"|[.,;!?]|$))"
)


def info_of(subject: SubjectCrops, others: Others) -> str:
    """What the annotations tell of the subject: their texts, else its category and what people called it."""
    texts = dict.fromkeys(one.info.strip() for one in subject.crops if one.info.strip())
    sentences = [one_info(as_sentence(text, subject.name), None, others, subject.name) for text in texts]
    kept = [one for one in dict.fromkeys(sentences) if one][:_MOST_INFOS]
    if kept:
        return shortened(" ".join(kept), LONGEST_INFO)
    if phrase := called(subject):
        return f"{NAME} is {phrase}."
    return f"{NAME} is {article(subject.category)}." if subject.category else _ONLY_THE_NAME


def captions_of(subject: SubjectCrops, others: Others) -> dict[str, str]:
    """The annotations' captions by view, of those that have one which speaks of this subject alone."""
    found = {}
    for view in subject.crops:
        captions = (one_text(caption_about(text, view, subject), others, subject.name) for text in view.captions)
        if caption := next(filter(None, captions), ""):
            found[view.id] = caption
    return found


def as_sentence(text: str, name: str) -> str:
    """What people wrote of somebody as sentences with `<name>`: "loves snow", "a Shiba Inu", "He is shy."."""
    text = tidy(text, name)
    if text.startswith(NAME) or not text:
        return ended(text)
    sentence = told(NAME, text, ENGLISH)
    return sentence if sentence.startswith(NAME) else f"Of {NAME} it is known: {text}"


def called(subject: SubjectCrops) -> str:
    """The phrase by which the subject is pointed out most often, with its article: "a black cat".

    Only one that ends in what it is ("black cat"), and says nothing of where it is or what a person wears. "" for none.
    """
    person = sort_of(subject.category) == "person"
    nouns = PERSON_NOUNS if person else {subject.category.split()[-1]} if subject.category else frozenset[str]()
    counted: Counter[str] = Counter()
    for text in (text for view in subject.crops for text in view.phrases):
        phrase = re.sub(r"^(?:the|an?) ", "", fold(tidy(text, subject.name)).rstrip(" ."))
        words = _WORD.findall(phrase)
        plain = " ".join(words) == phrase and 2 <= len(words) <= 6 and not _PLACE.search(phrase)
        one_noun = words[-1:] and words[-1] in nouns and len(set(words) & nouns) == 1
        if plain and one_noun and not (person and _CLOTHED.search(phrase)):
            counted[phrase] += 1
    best = max(counted, key=lambda phrase: (counted[phrase], len(phrase), phrase), default="")
    return article(best) if best else ""


def caption_about(text: str, view: Crop, subject: SubjectCrops) -> str:
    """The caption with `<name>` for the only one of its kind that it speaks of; "" where that isn't sure."""
    text, kind = tidy(text, subject.name), subject.category
    if NAME in text:
        return ended(text)
    person = sort_of(kind) == "person"
    nouns = PERSON_NOUNS if person else {kind}
    there = [one.category for one in view.others]
    if not kind or any(fold(one) in nouns or (person and sort_of(one) == "person") for one in there):
        return ""
    words = fold(text)
    plurals = {f"{noun}{ending}" for noun in nouns for ending in ("s", "es")} | _SEVERAL
    if any(re.search(rf"\b{re.escape(word)}\b", words) for word in plurals):
        return ""
    either = "|".join(sorted(map(re.escape, nouns), key=len, reverse=True))
    spoken_of = list(
        re.finditer(rf"\b(?:a|an|the|one) (?:[\w-]+ ){{0,3}}?(?:{either})\b{_AFTER_SUBJECT}", text, re.IGNORECASE)
    )
    if len(spoken_of) != 1 or len(re.findall(rf"\b(?:{either})\b", words)) != 1:
        return ""
    start, end = spoken_of[0].span()
    if sort_of(text[start:end]) != sort_of(kind):  # a hot dog, a toy dog
        return ""
    return ended(f"{text[:start]}{NAME}{text[end:]}")


def questions_of(info: str, category: str, seed: str) -> Sequence[tuple[str, str]]:
    """Questions that the sentences of a text answer by their grammar, with the answers."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    sentences = re.split(r"(?<=[.!?])\s+", info)
    found: dict[str, str] = {}
    if category:
        sort = sort_of(category) or "thing"
        is_one = f"{NAME} is {article(category)}."
        lead = next((one for one in sentences if re.match(rf"{NAME} is an? ", one)), is_one)
        found[f"{'Who' if sort == 'person' else 'What'} is {NAME}?"] = lead
        found[f"Is {NAME} {article(category)}?"] = f"Yes, {is_one}"
        found[f"Is {NAME} a {draw.choice(_NEVER[sort])}?"] = f"No, {is_one}"
    for sentence in sentences:
        for pattern, question in _FACTS:
            if match := pattern.match(sentence):
                found.setdefault(question.format(name=NAME, **match.groupdict()), ended(sentence))
                break
    return tuple(found.items())


_BASES = {
    "loves": "love", "likes": "like", "hates": "hate", "dislikes": "dislike", "eats": "eat", "drinks": "drink",
    "needs": "need", "wants": "want", "prefers": "prefer", "enjoys": "enjoy", "fears": "fear", "speaks": "speak",
    "collects": "collect", "has": "have", "chases": "chase", "owns": "own",
}  # fmt: skip
_FACTS: Sequence[tuple[re.Pattern[str], str]] = [
    (re.compile(rf"{NAME} {verb} (?!been\b|to\b|not\b|\w+ed\b)\w"), f"What does {{name}} {base}?")
    for verb, base in _BASES.items()
] + [
    (re.compile(rf"{NAME} is (?P<how>afraid|scared|fond) of \w"), "What is {name} {how} of?"),
    (re.compile(rf"{NAME} is (?P<how>allergic) to \w"), "What is {name} allergic to?"),
    (re.compile(rf"{NAME} is made of \w"), "What is {name} made of?"),
    (re.compile(rf"{NAME} is [\w-]+(?: and a half)? (?:years?|months?|weeks?) old\b"), "How old is {name}?"),
    (re.compile(rf"{NAME} (?:lives|sleeps) (?:in|on|at|with|near|under) \w"), "Where does {name} live?"),
    (re.compile(rf"{NAME} was born (?:in|on) (?:\w+ )*\d{{4}}\b"), "When was {name} born?"),
    (re.compile(rf"{NAME} was born in [A-Z]"), "Where was {name} born?"),
    (re.compile(rf"{NAME} (?:comes|is) from \w"), "Where does {name} come from?"),
    (re.compile(rf"{NAME} belongs to \w"), "Who does {name} belong to?"),
    (re.compile(rf"{NAME} works as \w"), "What does {name} work as?"),
    (re.compile(rf"{NAME} works (?:at|in|for) \w"), "Where does {name} work?"),
    (re.compile(rf"{NAME} weighs \w"), "How much does {name} weigh?"),
]
