"""What is made of texts that a teacher or an annotator wrote, who is trusted with nothing.

The subject stands as `<name>` in them. What is in the way is mended where that is sure, and left out where it isn't.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from bot.data.teacher.kinds import SortOf, is_kind
from bot.data.teacher.names import OTHER_PEOPLE, PEOPLE
from core.language.prompts import plain
from core.names import any_of, fold

NAME = "<name>"
LONGEST_INFO, LONGEST_TEXT, LONGEST_QUESTION = 400, 300, 200  # letters; a reference's entry counts in training

_HOLE = "\ue000"  # stands for the name where angle brackets are taken out
_PLACEHOLDER = re.compile(r"(?:&lt;|[<\[{]{1,2})\s*name\s*(?:&gt;|[>\]}]{1,2})|\b(?-i:NAME)\b", re.IGNORECASE)
_TAG = re.compile(r"<(?:[/|!][^<>]{0,60}|image|img|video|s|br|[bip])>", re.IGNORECASE)
_BRACKETED = re.compile(r"<([^<>\s][^<>]{0,60})>")
_WORD = re.compile(r"\w+")
_STARS = re.compile(r"\*\*|__|`|^[#>\-\s]+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z<\"“])")
_SIDE = re.compile(
    r"\b(?:left|right)(?:most|-hand)?\b(?! (?:away|now|next|behind|at|before|after|under|over|beside|above|below))",
    re.IGNORECASE,
)
_ITS_SIDE = re.compile(r"\b(?:his|her|its|their|the) (?:left|right) (?=\w)", re.IGNORECASE)
_OF_THE_PICTURE = re.compile(
    r"\b(?:photo(?:graph)?s?|pictures?|images?|(?:back|fore)ground|"
    r"close-up|camera|view|lighting|(?:shown|seen) here)\b",
    re.IGNORECASE,
)
_OF_THE_MOMENT = re.compile(
    r"\b(?:is|are|was) (?:currently |now )?(?:sitting|standing|lying|laying|walking|running|looking|holding|smiling|"
    r"posing|resting|sleeping|playing|jumping|eating|seated|wearing|dressed)\b",
    re.IGNORECASE,
)
_CLOTHES = re.compile(
    r",?\s+(?:and )?(?:is |are )?(?:wearing|dressed in|clad in)\b[^,.;]*(?:,(?=[^,.;]*[.;]))?", re.IGNORECASE
)
_SUBJECT = re.compile(
    r"^(?:(?:this|the|that|a|an) (?:[\w-]+ ){1,4}?(?=(?:is|has|was|wears|features|stands out)\b)"
    r"|(?:he|she|it|they)\b ?)",
    re.IGNORECASE,
)
_A_NOUN = re.compile(r"^(?:a|an)\b", re.IGNORECASE)
# Breeds and the like that are called after people.
_NO_PERSON = re.compile(r"\b(?:Jack Russell|King Charles|(?:Saint|St\.?) Bernard|John Deere|Thomas the Tank)")


class Others:
    """The names that a text about one subject must not say: other subjects', and first names that nobody gave.

    A name that is in `common` is a word like others. They are looked up by their first word: a build has many.
    """

    def __init__(self, names: Iterable[str], common: frozenset[str] = frozenset()) -> None:
        self._others = _by_first_word(one for one in names if fold(one) not in common)
        self._people = _by_first_word((*PEOPLE, *OTHER_PEOPLE))

    def in_text(self, text: str, own: str, *, people: bool = True) -> bool:
        """Whether the text says one of them, written as names are; `own` is the subject's, which may be said.

        Without `people` only those of other subjects count.
        """
        spoken = _NO_PERSON.sub("", text)
        folded = fold(spoken)
        words = {*_WORD.findall(folded), ""}
        for index in (self._others, self._people)[: 1 + people]:
            names = {name: written for word in words for name, written in index.get(word, {}).items()}
            pattern = any_of(names, folded)
            for match in pattern.finditer(folded) if pattern else ():
                if match.group() != fold(own) and names[match.group()] in spoken:
                    return True
        return False


def _by_first_word(names: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
    """Names as they are written by their folded form, by their first word; under "" those without words and spaces."""
    index: dict[str, dict[str, str]] = {}
    for name in names:
        folded = fold(name)
        word = _WORD.search(folded) if folded.isascii() else None
        index.setdefault(word.group() if word else "", {})[folded] = name
    return index


def tidy(text: str, name: str = "") -> str:
    """A text on one line with nothing in it that means something to a prompt; `name` and its marks become `<name>`."""
    text = _PLACEHOLDER.sub(_HOLE, text.replace(_HOLE, ""))
    if name:
        text = text.replace(f"<{name}>", _HOLE)
        if not is_kind(name):  # "cat" in a text is rather any cat
            written = "|".join(map(re.escape, {name, name.capitalize(), name.title()}))
            text = re.sub(rf"(?<!\w)(?:{written})(?!\w)", _HOLE, text)
    text = _BRACKETED.sub(r"\1", _TAG.sub(" ", text))
    text = plain(text.replace("<", " ").replace(">", " "))
    return _STARS.sub("", text).replace(_HOLE, NAME).strip(' "“”')


def one_info(text: str, sort: SortOf | None, others: Others, own: str) -> str:
    """A description that begins with `<name>`, or "" where nothing in the text is one.

    What tells of the picture, of the moment or of somebody else goes, and so do a person's clothes. Without `sort` it
    is what people wrote who know the subject: then only what tells of another subject goes.
    """
    kept = list[str]()
    for sentence in _SENTENCE.split(tidy(text, own)):
        mended = _ITS_SIDE.sub("one ", sentence)
        mended = _CLOTHES.sub("", mended) if sort == "person" else mended
        if others.in_text(mended, own, people=sort is not None):
            continue
        if sort and (_OF_THE_PICTURE.search(mended) or (sort != "thing" and _OF_THE_MOMENT.search(mended))):
            continue
        kept.append(ended(mended))
    whole = shortened(" ".join(kept), LONGEST_INFO)
    if NAME not in whole:
        whole = _SUBJECT.sub(f"{NAME} ", whole, count=1) if _SUBJECT.match(whole) else whole
        whole = f"{NAME} is {whole[0].lower()}{whole[1:]}" if _A_NOUN.match(whole) else whole
    return whole if NAME in whole and len(whole.split()) >= 3 else ""


def one_text(text: str, others: Others, own: str, longest: int = LONGEST_TEXT) -> str:
    """A caption, question or answer; "" for one that names somebody else, or a side: pictures get mirrored."""
    text = shortened(tidy(text, own), longest)
    return "" if others.in_text(text, own) or _SIDE.search(text) else text


def shortened(text: str, longest: int) -> str:
    """The sentences of a text that are not too long together; cut at a word where the first one is."""
    if len(text) <= longest:
        return text
    kept = ""
    for sentence in _SENTENCE.split(text):
        if len(kept) + len(sentence) > longest:
            break
        kept = f"{kept} {sentence}".strip()
    return kept or ended(text[:longest].rpartition(" ")[0].rstrip(" ,;:–-"))


def ended(sentence: str) -> str:
    """The sentence with a full stop, if nothing ends it."""
    sentence = sentence.rstrip(" ,;:")
    return sentence if not sentence or sentence[-1] in ".!?" else f"{sentence}."


def named(text: str, name: str) -> str:
    """The text with the name in the place of `<name>`, as RAP's data writes it: `<bo>`."""
    return text.replace(NAME, f"<{name}>")
