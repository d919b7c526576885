"""What can be wrong with a sample's words: names, leftovers of templates, emptiness, length."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from bot.data.prompts import marked_names, unmarked
from bot.data.samples import Kind, Sample
from core.names import fold, mentioned

# What a template or a teacher leaves behind: a field that nobody filled, RAP's and DreamBooth's stand-ins, an excuse.
_LEFT = re.compile(
    r"\{\{?\s*\w+\s*\}?\}"
    r"|<(?:name|concept|subject|object|person|category|info|caption|placeholder|sks|image)>"
    r"|\bsks\b|\[(?:name|insert|your|todo)[^\]]*\]|\bTODO\b|\bLorem ipsum\b"
    r"|\bas an? (?:AI|large)? ?language model\b",
    re.IGNORECASE,
)
_CHARACTERS_PER_TOKEN, _TOKENS_PER_LETTER = 3.5, 1.5  # of Latin text; of scripts that tokenizers know less well
_FRAME = 60  # tokens of the conversation template, with its system message


def empty_turns(sample: Sample) -> Iterator[str]:
    """Sentences about turns without words."""
    for number, turn in enumerate(sample.turns, 1):
        for what, text in (("question", turn.question), ("answer", turn.answer)):
            if not text.strip():
                yield f"turn {number} has an empty {what}"


def leftovers(sample: Sample, names: Collection[str]) -> list[str]:
    """What a template left behind in the words; somebody may be called so, who is in `names` (folded)."""
    if sample.kind is Kind.INSTRUCTION:
        return []
    texts = [text for turn in sample.turns for text in (turn.question, turn.answer)]
    texts += [one.info for one in sample.concepts]
    found = (match.group() for text in texts for match in _LEFT.finditer(text))
    return list(dict.fromkeys(one for one in found if fold(one.strip("<>")) not in names))


def names_of_nobody(sample: Sample, names: Collection[str]) -> list[str]:
    """Names in brackets that no concept of the whole data has; `names` are theirs, folded."""
    if sample.kind is Kind.INSTRUCTION:
        return []
    texts = [text for turn in sample.turns for text in (turn.question, turn.answer)]
    texts += [one.info for one in sample.concepts]
    found = (name for text in texts for name in marked_names(text))
    return list(dict.fromkeys(one for one in found if fold(one) not in names and not _LEFT.fullmatch(f"<{one}>")))


def wrongly_named(sample: Sample, names: Collection[str]) -> list[str]:
    """Names in an answer that the model can't rightly say: of a noise concept, or of one that isn't in its list.

    It may say a name that was asked about, or that stands in the text of a concept that is there. `names` are all of
    the data, folded; a name of its list counts without brackets as well.
    """
    if sample.kind is Kind.INSTRUCTION:
        return []
    there = {fold(one.name) for one in sample.present}
    told = " ".join(unmarked(one.info) for one in sample.present)
    listed = [one.name for one in sample.concepts]
    wrong: list[str] = []
    for turn in sample.turns:
        told += " " + unmarked(turn.question)
        said = [one for one in marked_names(turn.answer) if fold(one) in names]
        said += mentioned(unmarked(turn.answer), listed)
        wrong += [one for one in said if fold(one) not in there and not mentioned(told, [one])]
    return list(dict.fromkeys(wrong))


def estimated_tokens(sample: Sample, per_picture: int) -> int:
    """About how many tokens the whole conversation is, with its pictures."""
    pictures = bool(sample.image) + len(sample.concepts)
    texts = [text for turn in sample.turns for text in (turn.question, turn.answer)]
    texts += [f"1. Name: <{one.name}>, Info: {one.info}" for one in sample.concepts]
    plain = sum(letter.isascii() for text in texts for letter in text)
    other = sum(map(len, texts)) - plain
    return round(_FRAME + pictures * per_picture + plain / _CHARACTERS_PER_TOKEN + other * _TOKENS_PER_LETTER)
