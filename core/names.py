"""People's own words: which names, texts and categories are allowed, and where a text speaks of a name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from itertools import count

from core.concepts import Concept, Facts, Merged
from core.errors import BadName, UserError

LONGEST = 64
LONGEST_INFO = 2000
LONGEST_CATEGORY = 40
_FORBIDDEN = re.compile(r"[<>\r\n\u2028\u2029\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")

# Nothing is seen of these, wherever they stand: Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt),
# and the blanks that are letters or symbols by their category. Controls and formats (Cc, Cf) are told by that.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\ufffc"
    "\U00016fe4\U0001d159\U000e0000-\U000e0fff]"
)
# What keyboards and word processors make of ' " and -, some of which NFKC would tear apart.
_TWINS = str.maketrans(
    dict.fromkeys("`´‘’‚‛′‵ʹʻʼʽʾʿˈˊˋ\u0384\u055a\u05f3\u1fbd\u1fbf\u1fef\u1ffd‹›❛❜＇\ua78c", "'")
    | dict.fromkeys("“”„‟″‶«»ʺ˝ˮ\u05f4〝〞〟❝❞＂", '"')
    | dict.fromkeys("‐‑‒–—―−˗⁃\u058a\u05be⸺⸻﹘﹣－", "-")
)
_ODD = re.compile(_UNSEEN.pattern[:-1] + "".join(map(chr, _TWINS)) + "]")  # what ordinary words don't have
_JOINERS = "\u200c\u200d"
_JOINED = {"Lo", "So", "Sm", "Sk", "Mn", "Mc"}  # emoji, and the letters of Persian, Hindi and their kin
_FLAG = re.compile("(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f)")  # as Scotland's


def fold(text: str) -> str:
    """The form in which names are compared: NFKC, caseless, single spaces, nothing invisible, plain quotes and hyphens.

    Folding case can undo the normal form (İ), so it is normalised on both sides of it (Unicode 3.13, D146). The
    store files concepts under this form: whoever changes it lets a migration file them anew, as 0003 does.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.translate(_TWINS).lower().split())
    folded, before = text, None
    while folded != before:  # what was taken out may have kept two others apart
        before = folded
        if not folded.isprintable() or _ODD.search(folded):
            parts = _FLAG.split(folded)  # two flags differ in what else is never seen
            parts[::2] = ["".join(letter for letter in part if not _is_unseen(letter)) for part in parts[::2]]
            folded = "".join(parts).translate(_TWINS)
        caseless = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", folded).casefold())
        folded = " ".join(caseless.split())
    return folded


def clean(name: str) -> str:
    """The name as it will be stored and shown. Raises `BadName` with a sentence about what is wrong."""
    if _FORBIDDEN.search(name.strip()):
        raise BadName("A name can't hold line breaks, angle brackets or hidden characters.")
    tidy = " ".join(unicodedata.normalize("NFC", _seen(name)).split())
    if all(unicodedata.category(letter)[0] in "CZM" for letter in tidy):
        raise BadName("What should I call it? Write the name after the command, as in /remember bo.")
    if len(tidy) > LONGEST:
        raise BadName(
            "That name is {length} characters long; {most} is the most I can keep.",
            length=len(tidy),
            most=LONGEST,
        )
    return tidy


def numbered(name: str) -> Iterator[str]:
    """The names to choose from for one whose own is taken: "bo (2)", "bo (3)" and so on."""
    return (f"{name[: LONGEST - len(ending)]}{ending}" for ending in (f" ({number})" for number in count(2)))


def _is_unseen(letter: str) -> bool:
    if letter.isascii():
        return not (letter.isprintable() or letter.isspace())
    return bool(_UNSEEN.match(letter)) or (unicodedata.category(letter) in {"Cc", "Cf"} and not letter.isspace())


def _seen(name: str) -> str:
    """The name without invisible characters, but for those that shape what is seen beside them, as in 👩‍🚀 or 1️⃣."""
    flags = [place for flag in _FLAG.finditer(name) for place in range(*flag.span())]
    kept = base = ""  # and the last character that is no mark on another one
    for place, letter in enumerate(name):
        following = name[place + 1 : place + 2]
        if not _is_unseen(letter) or place in flags or _shapes(base, letter, following):
            kept += letter
        if not _is_unseen(letter) and unicodedata.category(letter)[0] != "M":
            base = letter
    return kept


def _shapes(base: str, unseen: str, following: str) -> bool:
    """Whether a joiner, or a selector of an emoji's or a Chinese character's form, has something there to work on."""
    kind = unicodedata.category(base or " ")
    if unseen in _JOINERS:
        joins = following and not _is_unseen(following) and unicodedata.category(following) in _JOINED
        return bool(joins) and kind in _JOINED
    if "\ufe00" <= unseen <= "\ufe0f":
        return kind in {"So", "Sm", "Po", "Pd", "Lo"} or following == "\u20e3"
    return kind == "Lo" and "\U000e0100" <= unseen <= "\U000e01ef"


def check_info(text: str) -> str:
    """A text about a concept as it will be stored. Raises `UserError` when it is empty or too long."""
    tidy = text.strip()
    if not tidy:
        raise UserError("What should I know? As in /describe bo | a Shiba Inu who loves snow.")
    if len(tidy) > LONGEST_INFO:
        raise UserError(
            "That text is {length} characters long; {most} are the most I keep.",
            length=len(tidy),
            most=LONGEST_INFO,
        )
    return tidy


def one_line(text: str) -> str:
    """A text as one line, as forms show it."""
    return " ".join(text.split())


def check_category(text: str) -> str | None:
    """A category as it will be stored, None for an empty one. Raises `UserError` when it is too long."""
    tidy = " ".join(text.split())
    if len(tidy) > LONGEST_CATEGORY:
        raise UserError("A category is a word or two, as in dog; {most} characters at most.", most=LONGEST_CATEGORY)
    return tidy or None


# Of a script with spaces between words: in "bo是谁" the name ends where the Chinese begins.
_LETTER = r"[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]"


def mentioned(text: str, names: Iterable[str]) -> list[str]:
    """Those of `names` that `text` speaks of as whole words or phrases, in the order of the text.

    Case does not matter, "bo" is not in "about", "Bo's" is Bo, and a longer name hides a shorter one
    inside it ("bo jackson" is not also "bo").
    """
    folded = fold(text)
    by_fold = {fold(name): name for name in names} if folded else {}
    pattern = any_of(by_fold, folded)
    found = [by_fold[match.group()] for match in pattern.finditer(folded)] if pattern else []
    return list(dict.fromkeys(found))


def masked(text: str, names: Iterable[str], mask: str = "@") -> str:
    """The folded text with each of `names` in it replaced: "where is bo?" becomes "where is @?"."""
    folded = fold(text)
    pattern = any_of([fold(name) for name in names], folded) if folded else None
    return pattern.sub(mask, folded) if pattern else folded


def facts_of(concepts: Collection[Concept], merged: Collection[Merged] = ()) -> Facts:
    """All names and texts, earlier ones too, as `/show` tells them; of what was merged also under its own id.

    To merge is not to forget: an answer about the name that is given up still rests on what is known.
    """
    texts = {one.id: (one.name, *(info.text for info in one.infos)) for one in concepts}
    own = {(id, fold(text)) for id, told in texts.items() for text in told}
    former = {(one.id, fold(text)) for one in merged if one.into in texts for text in (one.name, *texts[one.into])}
    return frozenset(own | former)


def redacted(text: str, words: Iterable[str], mask: str) -> str:
    """The text with `mask` for each of the folded `words`, also before an s: "Bo's" and German "Bos" are Bo's.

    The rest stays as it was written, as far as that can be told. The very same text is returned when it holds none.
    """
    whole = fold(text)
    if (pattern := any_of(words, whole, ending="s?")) is None:
        return text
    folded, spans = "", list[tuple[int, int]]()  # where in the text each folded character comes from
    for begin, end in clusters(text):
        piece = " " if text[begin].isspace() else fold(text[begin:end])
        if piece != " " or not folded.endswith(" "):
            folded += piece
            spans += [(begin, end)] * len(piece)
    if folded.strip() != whole:  # what stands apart was folded together
        return pattern.sub(mask, whole)
    pieces, rest = list[str](), 0
    for match in pattern.finditer(folded):
        pieces += [text[rest : spans[match.start()][0]], mask]
        rest = spans[match.end() - 1][1]
    return "".join([*pieces, text[rest:]]) if pieces else text


def clusters(text: str) -> Iterator[tuple[int, int]]:
    """Where what is folded together begins and ends: white space, a letter with its marks, a syllable, a flag."""
    begin = 0
    for end in range(1, len(text) + 1):
        after = text[end : end + 1]
        goes_on = after and (
            unicodedata.category(after)[0] == "M"
            or "\u1160" <= after <= "\u11ff"
            or "\U000e0020" <= after <= "\U000e007f"
            or (after.isspace() and text[begin].isspace())
        )
        if not goes_on:
            yield begin, end
            begin = end


def any_of(names: Iterable[str], text: str, *, ending: str = "") -> re.Pattern[str] | None:
    """A pattern for those of the folded names that may be in the text, longer ones first."""
    ordered = sorted((name for name in names if name and name in text), key=len, reverse=True)
    return re.compile("|".join(_whole(name, ending) for name in ordered)) if ordered else None


def _whole(name: str, ending: str) -> str:
    """A pattern for the name as whole words. Scripts written without spaces have no word ends to ask for."""
    escaped = re.escape(name)
    before = rf"(?<!{_LETTER})" if _has_word_ends(name[0]) else ""
    ending = ending if len(name) > 1 else ""  # or "a" would be in "as"
    after = rf"(?={ending}(?!{_LETTER}))" if _has_word_ends(name[-1]) else ""
    return f"{before}{escaped}{after}"


def _has_word_ends(letter: str) -> bool:
    """Whether the letter's script puts spaces between words; Chinese, Japanese, Thai and their kin do not."""
    if not (letter.isalnum() or letter == "_"):
        return False
    script = unicodedata.name(letter, "").split(" ")[0]
    return script not in {"CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN"}
