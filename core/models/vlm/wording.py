"""A `Prompt` as the text that a model reads: RAP's own with Vicuna's conversation, or the chat template.

Vicuna's conversations stand in LLaVA's `llava/conversation.py` (`conv_vicuna_v1`, `conv_llava_v0`):
https://github.com/haotian-liu/LLaVA/blob/main/llava/conversation.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.language.prompts import history_messages, question_messages, rap_text
from core.ports import Prompt

_SYSTEM = (
    "A chat between a curious {person} and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the {person}'s questions."
)


@dataclass(frozen=True, slots=True, repr=False)
class Wording:
    """What a model reads: its text with a mark for each picture (JPEG), and what ends its answer."""

    text: str
    pictures: list[bytes]
    stops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """How a conversation is written down; `after_*` follows a turn of the person or the assistant."""

    system: str
    person: str
    assistant: str
    after_system: str
    after_person: str
    after_assistant: str
    stops: tuple[str, ...] = ()

    def write(self, turns: list[dict[str, Any]], question: str) -> str:
        """The conversation so far and the question, up to where the assistant begins to speak."""
        text = self.system + self.after_system
        for turn in turns:
            if turn["role"] == "assistant":
                text += f"{self.assistant}: {turn['content']}{self.after_assistant}"
            else:
                text += f"{self.person}: {turn['content']}{self.after_person}"
        return f"{text}{self.person}: {question}{self.after_person}{self.assistant}:"


def vicuna(version: str) -> Conversation:
    """LLaVA's conversation: "v1" is RAP-LLaVA's training, "v0" what RAP's `cli.py` falls back to."""
    if version == "v0":
        human = _SYSTEM.format(person="human")
        return Conversation(human, "Human", "Assistant", "###", "###", "###", stops=("###",))
    return Conversation(_SYSTEM.format(person="user"), "USER", "ASSISTANT", " ", " ", "</s>")


def rap_wording(prompt: Prompt, version: str) -> Wording:
    """RAP's prompt exactly: the photo, the list of concepts with their references, the question.

    A further question about the photo follows as in LLaVA's conversations: the picture stays where it was.
    """
    text, pictures = rap_text(prompt)
    turns = [*history_messages(prompt.history), {"role": "user", "content": text}, *question_messages(prompt)[1:]]
    conversation = vicuna(version)
    return Wording(conversation.write(turns[:-1], turns[-1]["content"]), pictures, conversation.stops)


def without_system(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same for a template that knows no system role: those words stand before the person's first."""
    system, first, *rest = messages
    return [{**first, "content": [*system["content"], *first["content"]]}, *rest]
