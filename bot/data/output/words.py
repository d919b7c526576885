"""What can be wrong with a sample's words: names, leftovers of templates, emptiness, length."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator

from bot.data.prompts import is_mark, marked_names, marks_in, unmarked
from bot.data.samples import Kind, Sample
from core.names import fold, mentioned

# What a template or a teacher leaves behind: a field that nobody filled, RAP's and DreamBooth's stand-ins, an excuse.
_LEFT = re.compile(
    r"\{\{?\s*\w+\s*\}?\}"
    r"|<(?:name|concept|subject|object|person|category|info|caption|placeholder|sks)>"
    r"|\bsks\b|\[(?:name|insert|your|todo)[^\]]*\]|\bTODO\b|\bLorem ipsum\b"
    r"|\bas an? (?:AI|large)? ?language model\b",
    re.IGNORECASE,
)


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
    told = (one for one in found if not _LEFT.fullmatch(f"<{one}>") and not marks_in(f"<{one}>"))  # by other checks
    return list(dict.fromkeys(one for one in told if fold(one) not in names))


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


def marks(sample: Sample) -> list[str]:
    """Marks of a prompt or a model in the words, and names that are such; plain instruction data may tell of roles."""
    texts = [text for turn in sample.turns for text in (turn.question, turn.answer)]
    texts += [one.info for one in sample.concepts]
    found = [mark for text in texts for mark in marks_in(text, roles=sample.kind is not Kind.INSTRUCTION)]
    return list(dict.fromkeys([*found, *(one.name for one in sample.concepts if is_mark(one.name))]))


def same_names(sample: Sample) -> list[str]:
    """Names that more than one in the list has."""
    counted = Counter(fold(one.name) for one in sample.concepts)
    return list({fold(one.name): one.name for one in sample.concepts if counted[fold(one.name)] > 1}.values())
