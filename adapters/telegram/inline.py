"""Inline mode: `@bot NAME` in any chat offers the cards of those whom the person's own chats know."""

from __future__ import annotations

from itertools import islice
from typing import Any

import telegram
from telegram import InlineQueryResultArticle, InputTextMessageContent, Update
from telegram.ext import Application, InlineQueryHandler

from adapters.telegram.groups import Groups
from adapters.telegram.incoming import sender_of
from adapters.telegram.options import PLATFORM, Assistant, Memories
from core.concepts import Concept
from core.i18n.translator import Translator
from core.language.nouns import noun
from core.messages import Chat, Message
from core.names import fold
from core.platforms.order import ChatOrder

_MOST_CARDS = 20
_MOST_CHATS = 20
_FRESH = 5  # seconds that Telegram may show an answer again: what is forgotten is not to linger


class Inline:
    """Answers inline queries out of the person's private chat and the groups they remembered something in.

    A group counts only while the person is in it.
    """

    def __init__(self, groups: Groups, turns: ChatOrder, assistant: Assistant, memories: Memories) -> None:
        self._groups, self._turns, self._assistant, self._memories = groups, turns, assistant, memories

    def register(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Let the application hand its inline queries over."""
        application.add_handler(InlineQueryHandler(self._on_query))

    async def _on_query(self, update: Update, _: object) -> None:
        query = update.inline_query
        if query is not None:
            self._turns.submit(f"{PLATFORM}:inline {query.from_user.id}", lambda: self._answer(query))

    async def _answer(self, query: telegram.InlineQuery) -> None:
        home = Chat(PLATFORM, str(query.from_user.id), private=True)
        asked = Message(home, sender_of(query.from_user, admin=False), query.query)
        cards: list[InlineQueryResultArticle] = []
        if self._assistant.admits(asked):
            translator = await self._assistant.translator(asked)
            cards = [_card(concept, translator) for concept in await self._found(asked)]
        await query.answer(cards, cache_time=_FRESH, is_personal=True)

    async def _found(self, asked: Message) -> list[Concept]:
        """Those whose names hold what was typed; names that begin with it come first."""
        typed, known = fold(asked.text), list[Concept]()
        for chat in (await self._memories.homes(asked.chat, asked.sender))[:_MOST_CHATS]:
            if await self._groups.is_member(int(chat.id), int(asked.sender.id)):
                known += await self._memories.concepts(chat)
        fitting = (one for one in known if typed in fold(one.name))
        return list(islice(sorted(fitting, key=lambda one: _rank(one, typed)), _MOST_CARDS))


def _rank(concept: Concept, typed: str) -> tuple[bool, str]:
    name = fold(concept.name)
    return not name.startswith(typed), name


def _card(concept: Concept, translator: Translator) -> InlineQueryResultArticle:
    kind = noun(concept.category, translator) if concept.category else ""
    return InlineQueryResultArticle(
        id=str(concept.id),
        title=concept.name,
        description=" · ".join(filter(None, [kind, concept.info])) or None,
        input_message_content=InputTextMessageContent(
            "\n".join(filter(None, [f"{concept.name} ({kind})" if kind else concept.name, concept.info]))
        ),
    )
