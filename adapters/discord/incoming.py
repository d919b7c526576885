"""What people do on Discord as messages of ours: who speaks, where, to whom, with which attachments."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

import discord
from cachetools import LRUCache

from adapters.discord.attachments import (
    DiscordFiles,
    archives_in,
    photos_among,
    photos_in,
    unreadable_files,
    unreadable_in,
)
from adapters.discord.events import Interaction, MenuInput
from core.i18n.lazy_strings import gettext_noop
from core.messages import Chat, Message, Photo, Sender
from core.platforms.remote_photos import fetch_photos

PLATFORM = "discord"
Memory = Literal["channel", "server"]
Channel = discord.abc.GuildChannel | discord.abc.PrivateChannel | discord.Thread | discord.PartialMessageable

HIDDEN = gettext_noop(
    "On this server Discord shows me only messages that mention me. For a photo that is already here, open "
    "its message's menu: Apps, then “Who is this?” or “Remember this photo”."
)
_SAID = frozenset({discord.MessageType.default, discord.MessageType.reply})
_MOST_LANGUAGES = 10_000  # people whose language is kept


class DiscordReader:
    """Reads Discord's messages and interactions; what has to be fetched for that, it fetches.

    `sees_all` is whether Discord shows the bot what isn't meant for it, `minutes` how long a photo can be asked
    about.
    """

    def __init__(self, memory: Memory, files: DiscordFiles, minutes: float, *, sees_all: bool) -> None:
        self._memory, self._files, self._minutes, self._sees_all = memory, files, minutes, sees_all
        # Discord tells people's languages with commands and buttons, not with messages.
        self._languages: LRUCache[int, str] = LRUCache(_MOST_LANGUAGES)

    def concerns(self, message: discord.Message) -> bool:
        """Whether there is anything in it for us: words or attachments of a person, where the bot may answer."""
        # Right after a start a server may not be known yet, and must not pass for a private chat.
        placed = message.guild is not None or isinstance(message.channel, discord.DMChannel)
        by_person = not (message.author.bot or message.webhook_id) and message.type in _SAID
        return bool(message.content or brings_files(message)) and placed and by_person and _may_answer(message)

    def chat(self, channel: Channel | None, guild_id: int | None) -> Chat:
        """The chat, and the thread, of a channel."""
        return chat_of(channel, guild_id, self._memory)

    def outline_of_interaction(self, interaction: Interaction) -> Message:
        """Who did something in a menu, and where; not yet what."""
        person, in_guild = interaction.user, interaction.guild_id is not None
        self._languages[person.id] = language = str(interaction.locale)
        return Message(
            chat=self.chat(interaction.channel, interaction.guild_id),
            sender=Sender(
                str(person.id), person.display_name, in_guild and _is_admin(interaction.permissions), language
            ),
            id=str(interaction.id),
            caveat=HIDDEN if in_guild and not self._sees_all else "",
        )

    def outline(self, message: discord.Message, me: discord.abc.User) -> Message:
        """A message that somebody wrote without its files: all that can be told without fetching them.

        It is addressed to the bot if it is private, calls the bot or its role, or answers the bot.
        """
        guild, author, answered = message.guild, message.author, _answered(message)
        role, by_us = guild.self_role if guild else None, _is_by(answered, me)
        names = {one.id: f"@{one.display_name}" for one in message.mentions} | {me.id: " "}
        text = re.sub(r"<@!?(\d+)>", lambda found: names.get(int(found[1]), found[0]), message.content)
        called = me.id in message.raw_mentions or bool(role and role.id in message.raw_role_mentions)
        reply_to = str(answered.id) if answered else None
        language = self._languages.get(author.id, str(guild.preferred_locale) if guild else "")
        return Message(
            chat=self.chat(message.channel, guild.id if guild else None),
            sender=Sender(str(author.id), author.display_name, _rules(author, message.channel), language),
            text=(text.replace(role.mention, " ") if role else text).strip(),
            id=str(message.id),
            reply_to=origin_of(answered) if answered and by_us else reply_to,
            addressed=guild is None or called or by_us,
            caveat=HIDDEN if guild and not self._sees_all else "",
        )

    async def fetched(self, outline: Message, message: discord.Message, me: discord.abc.User) -> Message:
        """The outline with all that is attached to it and to the message that it answers.

        Raises `UserError` when a file for `/import`, or every photo of its own, can't be fetched; an edited message,
        which may ask for nothing, reports its lost photos instead.
        """
        archives = archives_in(message) if outline.text.startswith("/import") else ()
        answered = _answered(message)
        if answered and _is_by(answered, me):
            answered = None  # our own pictures are about a photo that we were shown
        pictures = photos_in(message, moving=outline.addressed)  # of talk among people no videos are fetched
        wanted = photos_in(answered) if answered and outline.addressed and not pictures else ()
        photos, lost = await fetch_photos(self._files.photos(pictures), required=outline.edited_after is None)
        quoted, quoted_lost = await fetch_photos(self._files.photos(wanted), required=False)
        return replace(
            outline,
            photos=photos,
            files=await self._files.files(archives),
            unreadable=(*lost, *unreadable_in(message, besides=(*archives, *pictures))),
            quoted=quoted,
            quoted_unreadable=(*quoted_lost, *(unreadable_in(answered, besides=wanted) if answered else ())),
        )

    async def pressed(self, outline: Message, interaction: Interaction, value: str) -> Message:
        """A pressed button as a message about the reply that it is part of."""
        under, quoted = interaction.message, tuple[Photo, ...]()
        if under and value.startswith("/confirm"):
            age = interaction.created_at - under.created_at
            # Such photos have left our memory: Discord may still have them.
            if under.created_at < interaction.client.began or age.total_seconds() > self._minutes * 60:
                quoted = await self._photos_answered_by(under)
        return replace(outline, text=value, reply_to=origin_of(under) if under else None, quoted=quoted, pressed=True)

    async def filled(self, outline: Message, given: MenuInput) -> Message:
        """What was given in a menu, with its files.

        Raises `UserError` when a file for `/import`, or every photo, can't be fetched.
        """
        pictures = photos_among(given.attachments)
        photos, lost = await fetch_photos(self._files.photos(pictures), required=True)
        return replace(
            outline,
            text=given.text,
            photos=photos,
            files=await self._files.files(given.archives),
            unreadable=(*lost, *unreadable_files(one for one in given.attachments if one not in pictures)),
            id=outline.id if given.about is None else str(given.about),
            reply_to=given.reply_to,
        )

    def is_blind(self, outline: Message, message: discord.Message, me: discord.abc.User) -> bool:
        """Whether it is about a message's photo that Discord keeps from the bot."""
        answered = _answered(message)
        if self._sees_all or message.guild is None or answered is None or _is_by(answered, me):
            return False
        hidden = not (answered.content or answered.embeds or brings_files(answered))
        about_photo = not outline.text.startswith("/") or outline.text.startswith("/remember")
        return hidden and about_photo and outline.addressed and not message.attachments

    async def _photos_answered_by(self, answer: discord.Message) -> tuple[Photo, ...]:
        """The photos of the message that an old answer was given to, if Discord still has them."""
        reference = answer.reference
        if reference is None or reference.message_id is None:
            return ()
        try:
            asked = await answer.channel.fetch_message(reference.message_id)
        except discord.HTTPException:
            return ()
        photos, _ = await fetch_photos(self._files.photos(photos_in(asked)), required=True)
        return photos


def brings_files(message: discord.Message) -> bool:
    """Whether anything is attached to the message, or forwarded with it."""
    return bool(message.attachments or message.message_snapshots or message.stickers or message.poll)


def chat_of(channel: Channel | None, guild_id: int | None, memory: Memory) -> Chat:
    """The chat, and the thread, of a channel of Discord's.

    All channels of a server that are of a kind discord.py doesn't know are one chat: nothing may be shared
    between servers.
    """
    if guild_id is None:
        if channel is None:
            raise RuntimeError("Discord hasn't said where that was")
        return Chat(PLATFORM, str(channel.id), private=True)
    channel_id = str(channel.id) if channel else f"unknown-{guild_id}"
    if memory == "server":
        # Not the bare number: an old server's first channel has the same one.
        return Chat(PLATFORM, f"server-{guild_id}", thread=channel_id, guild=str(guild_id))
    if isinstance(channel, discord.Thread):
        return Chat(PLATFORM, str(channel.parent_id), thread=channel_id, guild=str(guild_id))
    return Chat(PLATFORM, channel_id, guild=str(guild_id))


def origin_of(message: discord.Message) -> str | None:
    """The id of what a message of ours is about: people answer to the answer and mean the photo."""
    used = message.interaction_metadata
    if used is not None:
        return str(used.target_message_id or used.id)
    return str(message.reference.message_id) if message.reference else None


def _answered(message: discord.Message) -> discord.Message | None:
    """The message it answers to, if Discord hands it over."""
    reference = message.reference
    if reference is None or reference.type is not discord.MessageReferenceType.reply:
        return None
    return reference.resolved if isinstance(reference.resolved, discord.Message) else None


def _may_answer(message: discord.Message) -> bool:
    """Whether the bot may write there. Too many refused tries get its whole host banned for a while."""
    guild, channel = message.guild, message.channel
    if guild is None or isinstance(channel, discord.PartialMessageable):
        return True
    try:
        rights = channel.permissions_for(guild.me)
    except discord.ClientException:  # a thread whose channel isn't known
        return True
    return rights.send_messages_in_threads if isinstance(channel, discord.Thread) else rights.send_messages


def _is_by(message: discord.Message | None, me: discord.abc.User) -> bool:
    return message is not None and message.author.id == me.id


def _rules(author: discord.User | discord.Member, channel: discord.abc.MessageableChannel) -> bool:
    """Whether who wrote something in a channel is an admin to us."""
    if not isinstance(author, discord.Member):
        return False
    try:
        return _is_admin(channel.permissions_for(author))
    except discord.ClientException:  # a thread whose channel isn't known
        return False


def _is_admin(rights: discord.Permissions) -> bool:
    return rights.administrator or rights.manage_guild or rights.manage_messages
