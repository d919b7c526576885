"""Inline mode: `@bot NAME` in any chat offers the cards of those whom the person's own chats know."""

from __future__ import annotations

from dataclasses import replace
from operator import itemgetter

from telegram import InlineQuery, InlineQueryResultArticle, InputTextMessageContent

from adapters.telegram.groups import Groups
from adapters.telegram.incoming import sender_of
from adapters.telegram.options import PLATFORM, TelegramChatbot, TelegramStore
from core.concepts import Concept
from core.i18n.translator import ENGLISH, Translator
from core.language.facts import in_one_line
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

    def __init__(self, groups: Groups, order: ChatOrder, assistant: TelegramChatbot, memories: TelegramStore) -> None:
        self._groups, self._order, self._assistant, self._memories = groups, order, assistant, memories

    def on_query(self, query: InlineQuery) -> None:
        """Somebody types behind the bot's name."""
        home = Chat(PLATFORM, str(query.from_user.id), private=True)
        asked = Message(home, sender_of(query.from_user, admin=False), query.query)
        typed = fold(query.query)

        async def answer() -> None:
            """Offer those whose names hold what was typed; names that begin with it come first."""
            found = list[tuple[bool, str, Concept]]()
            homes = await self._memories.homes(home, asked.sender) if self._assistant.admits(asked) else ()
            for chat in homes[:_MOST_CHATS]:
                admitted = self._assistant.admits(replace(asked, chat=chat))
                if admitted and await self._groups.is_member(int(chat.id), int(asked.sender.id)):
                    for one in await self._memories.named_like(chat, typed, _MOST_CARDS):
                        found.append((not fold(one.name).startswith(typed), fold(one.name), one))
            found.sort(key=itemgetter(0, 1))
            translator = await self._assistant.translator(asked) if found else ENGLISH
            cards = [_card(concept, translator) for _, _, concept in found[:_MOST_CARDS]]
            await query.answer(cards, cache_time=_FRESH, is_personal=True)

        self._order.submit(f"{PLATFORM}:inline {query.from_user.id}", answer)


def _card(concept: Concept, translator: Translator) -> InlineQueryResultArticle:
    kind, info = (
        noun(concept.category, translator) if concept.category else "",
        in_one_line(concept.infos, concept.name),
    )
    return InlineQueryResultArticle(
        id=str(concept.id),
        title=concept.name,
        description=" · ".join(filter(None, [kind, info])) or None,
        input_message_content=InputTextMessageContent(
            "\n".join(filter(None, [f"{concept.name} ({kind})" if kind else concept.name, info]))
        ),
    )
