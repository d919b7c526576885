"""A text as grammars read it: folded, without accents, known names as @, and where in the text each letter stands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.names import any_of, clusters, fold

NAME = "@"  # what stands for a known name
_AT = "\ue000"  # what stands for people's own @
BREAKS = ",.?"  # of clauses, of sentences, of questions: no spaces beside them
_BREAK = {
    **dict.fromkeys(",;:()[]{}|…，；：、（）~—–", ","),
    **dict.fromkeys(".!\n。！·", "."),
    **dict.fromkeys("?？", "?"),
}
ARROW = "→"  # "luna -> stella"
_ARROWS = frozenset(">→⇒➡➜")
_SHORTENED = re.compile(r"\b(?:mr|mrs|ms|dr|st|sr|sra|srta|hr|fr|prof|jr)$")  # "Mr. T": no sentence ends there
_WORD = re.compile(r"\w+")
_SILENT = re.compile("['`´]")  # in "don't"; "it's" is read as "its", as many people write it
_TRADITIONAL = str.maketrans(
    "們個這誰嗎麼見過說請對還錯認識時間裡裏點記刪張隻邊給幫幾從讓聽謝覺問現嚐當變換並撤銷復掉無沒啟會應該後誤圖師媽",
    "们个这谁吗么见过说请对还错认识时间里里点记删张只边给帮几从让听谢觉问现尝当变换并撤销复掉无没启会应该后误图师妈",
)
_CJK = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
CJK = re.compile(f"[{_CJK}]")
IDLE_SPACE = re.compile(rf"(?<=[{_CJK}]) | (?=[{_CJK}])|(?<=[{BREAKS}]) | (?=[{BREAKS}])|^ +| +$|(?<= ) +")
_REPEATED = re.compile(rf"(?<=[{BREAKS}])[{BREAKS}]+")


def plain(text: str) -> str:
    """Folded text without accents, ß as ss, traditional characters as simplified ones: as lexica and texts are read."""
    decomposed = unicodedata.normalize("NFD", fold(text))
    kept = "".join(letter for letter in decomposed if unicodedata.category(letter) != "Mn")
    return unicodedata.normalize("NFC", kept).translate(_TRADITIONAL)


@dataclass(frozen=True, slots=True)
class Reading:
    """A text or a part of it. `spans` tells for each letter of `words` where in `text` it stands."""

    text: str
    words: str
    spans: tuple[tuple[int, int], ...]
    names: tuple[str, ...]  # one for each @, in their order

    def part(self, begin: int, end: int) -> Reading:
        """The letters from `begin` to `end`, without blanks and breaks around them."""
        while begin < end and self.words[begin] in " " + BREAKS:
            begin += 1
        while begin < end and self.words[end - 1] in " " + BREAKS:
            end -= 1
        before = self.words.count(NAME, 0, begin)
        names = self.names[before : before + self.words.count(NAME, begin, end)]
        return Reading(self.text, self.words[begin:end], self.spans[begin:end], names)

    def without(self, pattern: re.Pattern[str]) -> Reading:
        """The reading without what the pattern finds; names stay."""
        kept, rest = list[int](), 0
        for match in pattern.finditer(self.words):
            kept += range(rest, match.start())
            rest = match.end()
        if not rest:
            return self
        kept += range(rest, len(self.words))
        return Reading(
            self.text, "".join(self.words[at] for at in kept), tuple(self.spans[at] for at in kept), self.names
        ).part(0, len(kept))

    def with_words(self, numbers: frozenset[int]) -> Reading:
        """With the words that some names are, too, instead of these names; they are counted from 0."""
        reading, places = self, [at for at, letter in enumerate(self.words) if letter == NAME]
        for number in sorted(numbers, reverse=True):
            at = places[number]
            reading = reading.with_part(at, at + 1, plain(self.text[slice(*self.spans[at])]))
        return reading

    def respelled(self, spelled: Mapping[str, str]) -> Reading:
        """With each word as it is spelled properly."""
        reading = self
        for match in reversed([*_WORD.finditer(self.words)]):
            if proper := spelled.get(match.group()):
                reading = reading.with_part(*match.span(), proper)
        return reading

    def with_part(self, begin: int, end: int, words: str, *names: str) -> Reading:
        """With other words from `begin` to `end`, and the names that they hold."""
        span = (self.spans[begin][0], self.spans[end - 1][1])
        spans = (*self.spans[:begin], *[span] * len(words), *self.spans[end:])
        at = self.words.count(NAME, 0, begin)
        held = (*self.names[:at], *names, *self.names[at + self.words.count(NAME, begin, end) :])
        return Reading(self.text, self.words[:begin] + words + self.words[end:], spans, held)

    def said_of(self, name: str, pronouns: Mapping[str, re.Pattern[str]]) -> Reading:
        """With the name for each pronoun; the very same reading where there is none."""
        reading = self
        for stand_in, pattern in pronouns.items():
            for match in reversed([*pattern.finditer(reading.words)]):
                reading = reading.with_part(*match.span(), stand_in, name)
        return reading

    @property
    def clauses(self) -> list[Reading]:
        """Its parts between breaks, without those that are empty."""
        ends = [*(match.start() for match in re.finditer(f"[{BREAKS}]", self.words)), len(self.words)]
        parts = (self.part(begin, end) for begin, end in zip([0, *ends], ends, strict=False))
        return [part for part in parts if part.words]

    @property
    def asks(self) -> bool:
        """Whether a question mark follows, or its particle ends it."""
        marked = bool(self.words) and self.text[self.spans[-1][1] :].lstrip(" .!")[:1] in ("?", "？")
        return marked or self.words.endswith("吗")

    def as_written(self) -> str:
        """How the text has it."""
        return self.text[self.spans[0][0] : self.spans[-1][1]] if self.words else ""


def read(text: str, known: Iterable[str]) -> Reading:
    """The text as grammars read it."""
    letters, spans = list[str](), list[tuple[int, int]]()
    for span in clusters(text):
        piece = plain(text[slice(*span)]) or ("\n" if "\n" in text[slice(*span)] else " ")
        letters += piece
        spans += [span] * len(piece)
    names = {plain(name).replace(NAME, _AT): name for name in known}
    return _tidied(text, *_masked("".join(letters).replace(NAME, _AT), spans, names))


def _masked(
    folded: str, spans: list[tuple[int, int]], known: dict[str, str]
) -> tuple[str, list[tuple[int, int]], tuple[str, ...]]:
    pattern = any_of(known, folded, ending="s?")
    pieces, kept, names, rest = list[str](), list[tuple[int, int]](), list[str](), 0
    for match in pattern.finditer(folded) if pattern else ():
        pieces += [folded[rest : match.start()], NAME]
        kept += [*spans[rest : match.start()], (spans[match.start()][0], spans[match.end() - 1][1])]
        names.append(known[match.group()])
        rest = match.end()
    return "".join([*pieces, folded[rest:]]), [*kept, *spans[rest:]], tuple(names)


def _tidied(text: str, folded: str, spans: list[tuple[int, int]], names: tuple[str, ...]) -> Reading:
    """With breaks for punctuation, without what is no word."""
    letters = list[str]()
    for at, letter in enumerate(folded):
        if letter == "." and (folded[at + 1 : at + 2].isalnum() or _SHORTENED.search(folded, max(at - 6, 0), at)):
            letters.append(" ")
        elif letter.isalnum() or letter == NAME:
            letters.append(letter)
        elif letter in _BREAK or letter in _ARROWS:
            letters.append(_BREAK.get(letter, ARROW))
        elif unicodedata.category(letter) in {"So", "Sk"}:
            letters.append(",")  # an emoji
        else:
            letters.append("" if _SILENT.match(letter) else " ")
    kept = [at for at, letter in enumerate(letters) if letter]
    reading = Reading(text, "".join(letters[at] for at in kept), tuple(spans[at] for at in kept), names)
    return reading.without(IDLE_SPACE).without(_REPEATED)
