"""A model's raw text as a chat may see it: without thoughts, without marks of templates, names without brackets.

Servers and runtimes should have taken all of this out; where one hasn't, it comes as text, cut anywhere. Sources: the
chat templates of Qwen, DeepSeek-R1 and Kimi-VL (`<think>`, `◁think▷`), Magistral (`[THINK]`), Cohere
(`<|START_THINKING|>`), gpt-oss (Harmony's channels), Llama, Gemma and ChatML (ends of turns); RAP writes `<bo>` for a
name (arXiv 2410.13360, appendix).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.language.prompts import plain
from core.names import LONGEST, fold

_TAGS = "(?:think|thinking|thought|reasoning|seed:think)"
_CHANNEL = r"<\|channel\|>\s{0,9}"
_MESSAGE = r"\s{0,9}<\|message\|>"
_OPENING = rf"<{_TAGS}>|◁think▷|\[THINK\]|<\|START_THINKING\|>|{_CHANNEL}(?:analysis|commentary){_MESSAGE}"
_CLOSING = rf"</{_TAGS}>|◁/think▷|\[/THINK\]|<\|END_THINKING\|>|{_CHANNEL}final{_MESSAGE}"
_ENDS = r"<\|(?:im_end|eot_id|eom_id|end|endoftext|end_of_text|return|END_OF_TURN_TOKEN)\|>|</s>|<end_of_turn>|<eos>"
_BEGINS = r"(?:<\|(?:im_start|start)\|>|<start_of_turn>)(?:\s{0,9}(?:assistant|model))?|<s>|<bos>|<\|begin_of_text\|>"
_NAME = rf"<[^<>\n]{{1,{LONGEST}}}>"
_MARK = re.compile(
    rf"(?P<opening>{_OPENING})|(?P<closing>{_CLOSING})|(?P<end>{_ENDS}|{_BEGINS})|(?P<mark><\|[\w/:.-]{{1,40}}\|>)"
    rf"|(?P<name>{_NAME})",
    re.IGNORECASE,
)
# What could become one of them, or a longer one, with the text that comes next.
_BEGUN = re.compile(
    rf"(?:{_CHANNEL}\w{{0,10}}\s{{0,9}}(?:<(?:\|\w{{0,7}}\|?)?)?|(?:<\|(?:im_start|start)\|>|<start_of_turn>)\s{{0,9}}\w{{0,9}}"
    rf"|<[^<>\n]{{0,{LONGEST}}}|◁/?\w{{0,5}}|\[/?\w{{0,5}})\Z",
    re.IGNORECASE,
)
_FINEST = 64  # what is shown has grown by this part of its length at least
_CUT = " …"  # shows that an answer would have gone on


class Spoken:
    """The visible text of one answer, whose raw pieces are added as they come; how it was cut makes no difference.

    `names` are those that the chat knows. At most `most` letters are shown. `thinks_first` is for a model whose
    answers begin with thoughts that nothing opens: its template did that in the prompt. Nothing is shown then until
    they are closed, or the answer ends: what nothing closed weren't thoughts. Afterwards it is whether this answer
    began so.
    """

    def __init__(self, names: Iterable[str], *, most: int, thinks_first: bool = False) -> None:
        self._names = {fold(shown): name for name in names for shown in (name, plain(name))}
        self._most, self._withheld = most, thinks_first
        self._thinking = self._thought = False  # whether thoughts have begun, and whether any have ended
        self._said, self._full = "", False  # what isn't known to be thoughts, and whether nothing can be added to it
        self._rest = ""  # raw, and not yet certain
        self._shown = ""  # the text when it was last given to be shown
        self.thinks_first = False

    @property
    def text(self) -> str:
        """What is shown so far."""
        return "" if self._withheld else self._said

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be shown."""
        return self._full and not self._withheld

    def add(self, piece: str) -> str | None:
        """Take the next piece; gives the text when it has grown enough to be shown again, else None.

        It is empty when all that was shown turns out to have been thoughts. Nothing more is shown once `is_over`.
        """
        self._rest += piece
        begun = _BEGUN.search(self._rest)
        self._take(begun.start() if begun else len(self._rest))
        if not self.text.startswith(self._shown):
            self._shown = ""
            return ""
        # However small the pieces are, there are only some hundred steps of the longest answer.
        if len(self.text) - len(self._shown) <= len(self._shown) // _FINEST:
            return None
        self._shown = self.text
        return self.text

    def end(self) -> bool:
        """No more pieces come: what was held back is as certain as it will be. Gives `thinks_first`."""
        self._take(len(self._rest))
        self._withheld = False
        return self.thinks_first

    def _take(self, size: int) -> None:
        """Make a part of the raw text visible that can mean nothing else whatever comes next."""
        certain, self._rest = self._rest[:size], self._rest[size:]
        at = 0
        for found in _MARK.finditer(certain):
            self._say(certain[at : found.start()])
            self._heed(found)
            at = found.end()
        self._say(certain[at:])

    def _heed(self, found: re.Match[str]) -> None:
        """Do what a mark, or what looks like one, stands for."""
        inner = found.group()[1:-1]
        if self.is_over:
            return
        if found["closing"]:
            if self._withheld or not (self._thinking or self._thought):
                self.thinks_first = bool(self._said) or not self._thinking
                self._said, self._full = "", False  # all that came before it were thoughts
            self._thinking, self._withheld, self._thought = False, False, True
        elif found["opening"]:
            self._thinking = True
        elif name := self._names.get(fold(inner)):
            self._say(inner if fold(inner) == fold(name) else name)
        elif found["end"]:
            self._full = self._full or (bool(self._said) and not self._thinking)
        elif found["name"]:
            self._say(found.group())

    def _say(self, text: str) -> None:
        if self._thinking or self._full:
            return
        self._said += text if self._said else text.lstrip()
        if len(self._said) > self._most:
            self._said, self._full = self._said[: self._most].rstrip() + _CUT, True
