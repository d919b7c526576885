"""A `Prompt` as the text that a model reads: RAP's own with Vicuna's conversation, or the chat template.

Vicuna's conversation templates are in LLaVA's `llava/conversation.py` (`conv_vicuna_v1`, `conv_llava_v0`):
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
class PromptText:
    """A prompt as text with a mark for each picture (JPEG), and what ends the model's answer."""

    text: str
    pictures: list[bytes]
    stops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConversationTemplate:
    """How a conversation becomes text; `after_*` follows a message of the system, the person or the assistant."""

    system: str
    person: str
    assistant: str
    after_system: str
    after_person: str
    after_assistant: str
    stops: tuple[str, ...] = ()

    def write(self, turns: list[dict[str, Any]], question: str) -> str:
        """The conversation so far and the question, up to where the answer begins."""
        text = self.system + self.after_system
        for turn in turns:
            if turn["role"] == "assistant":
                text += f"{self.assistant}: {turn['content']}{self.after_assistant}"
            else:
                text += f"{self.person}: {turn['content']}{self.after_person}"
        return f"{text}{self.person}: {question}{self.after_person}{self.assistant}:"


def vicuna(version: str) -> ConversationTemplate:
    """LLaVA's conversation: "v1" is RAP-LLaVA's training, "v0" what RAP's `cli.py` falls back to."""
    if version == "v0":
        human = _SYSTEM.format(person="human")
        return ConversationTemplate(human, "Human", "Assistant", "###", "###", "###", stops=("###",))
    return ConversationTemplate(_SYSTEM.format(person="user"), "USER", "ASSISTANT", " ", " ", "</s>")


def rap_prompt_text(prompt: Prompt, version: str, answer: str | None = None) -> PromptText:
    """RAP's prompt exactly: the photo, the list of concepts with their references, the question.

    A further question about the photo follows as in LLaVA's conversations: the picture stays where it was. With an
    `answer` the text goes on with it, and with what ends it.
    """
    text, pictures = rap_text(prompt)
    turns = [*history_messages(prompt.history), {"role": "user", "content": text}, *question_messages(prompt)[1:]]
    conversation = vicuna(version)
    written = conversation.write(turns[:-1], turns[-1]["content"])
    if answer is not None:
        written += f" {answer}{conversation.after_assistant}"
    return PromptText(written, pictures, conversation.stops)


def without_system(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same for a template without a system role: its text comes before the user's first."""
    system, first, *rest = messages
    return [{**first, "content": [*system["content"], *first["content"]]}, *rest]
