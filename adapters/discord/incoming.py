"""What people do on Discord as messages of ours: who speaks, where, to whom, with which photos."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import aiohttp
import discord

from adapters.discord.desk import Asked, Interaction
from adapters.discord.languages import Languages
from core.errors import UserError
from core.i18n.lazy_strings import gettext_noop, lazy_gettext
from core.messages import Attachment, Chat, Message, Photo, Sender

PLATFORM = "discord"
Memory = Literal["channel", "server"]
Channel = discord.abc.GuildChannel | discord.abc.PrivateChannel | discord.Thread | discord.PartialMessageable

HIDDEN = gettext_noop(
    "On this server Discord shows me only messages that mention me. For a photo that is already here, open "
    "its message's menu: Apps, then “Who is this?” or “Remember this photo”."
)
_LOST = gettext_noop("I couldn't fetch that from Discord. Please send it again.")
_PICTURE = re.compile(r"\.(jpe?g|png|gif|webp|hei[cf]|avif|bmp|tiff?)$", re.IGNORECASE)
_ZIP = re.compile(r"\.zip$", re.IGNORECASE)
_SAID = frozenset({discord.MessageType.default, discord.MessageType.reply})


class Incoming:
    """Reads Discord's messages and interactions; what has to be fetched for that, it fetches.

    `largest` is the most bytes of a file that is fetched. `sees_all` is whether Discord shows the bot what
    isn't meant for it, `minutes` how long a photo can be asked about.
    """

    def __init__(self, memory: Memory, largest: int, minutes: float, *, sees_all: bool) -> None:
        self._memory, self._largest, self._minutes, self._sees_all = memory, largest, minutes, sees_all
        self._languages = Languages()

    def concerns(self, message: discord.Message) -> bool:
        """Whether there is anything in it for us: words or pictures of a person."""
        said = message.content or message.attachments or message.message_snapshots
        # Right after a start a server may not be known yet, and must not pass for a private chat.
        placed = message.guild is not None or isinstance(message.channel, discord.DMChannel)
        by_person = not (message.author.bot or message.webhook_id)
        return bool(said) and placed and by_person and message.type in _SAID and _may_answer(message)

    def addressed(self, message: discord.Message, me: discord.abc.User) -> bool:
        """Whether it is meant for the bot: all are in private, on a server those that call or answer it."""
        if message.guild is None or me.id in message.raw_mentions:
            return True
        role, answered = message.guild.self_role, _answered(message)
        return bool(role and role.id in message.raw_role_mentions) or _is_by(answered, me)

    def chat(self, channel: Channel | None, guild_id: int | None) -> Chat:
        """The chat, and the thread, that a channel stands for."""
        return chat_of(channel, guild_id, self._memory)

    def head(self, interaction: Interaction) -> Message:
        """Who did something in a menu, and where; not yet what."""
        rights = interaction.permissions
        in_guild = interaction.guild_id is not None
        return Message(
            chat=self.chat(interaction.channel, interaction.guild_id),
            sender=Sender(
                str(interaction.user.id),
                interaction.user.display_name,
                in_guild and _is_admin(rights),
                self._languages.note(interaction.user.id, str(interaction.locale)),
            ),
            id=str(interaction.id),
            caveat=HIDDEN if in_guild and not self._sees_all else "",
        )

    def opening(self, message: discord.Message, me: discord.abc.User) -> Message:
        """A message that somebody wrote without its files: all that can be told without fetching them."""
        guild = message.guild
        return Message(
            chat=self.chat(message.channel, guild.id if guild else None),
            sender=self._sender(message),
            text=_text(message, me),
            id=str(message.id),
            reply_to=_reply_to(message, me),
            addressed=self.addressed(message, me),
            caveat=HIDDEN if guild and not self._sees_all else "",
        )

    async def read(self, opening: Message, message: discord.Message, me: discord.abc.User) -> Message:
        """The whole of a message that somebody wrote. Raises `UserError` when a file can't be fetched."""
        photos, answered = photos_in(message), _answered(message)
        others = photos_in(answered) if answered and not photos and not _is_by(answered, me) else ()
        return replace(
            opening,
            photos=await self.fetch_photos(photos),
            files=await self._archives(message) if opening.text.startswith("/import") else (),
            quoted=await self.fetch_photos(others) if opening.addressed else (),
        )

    async def pressed(self, head: Message, interaction: Interaction, value: str) -> Message:
        """A button as a message about what it stands under."""
        under = interaction.message
        about = origin_of(under) if under else None
        quoted: tuple[Photo, ...] = ()
        if under and value.startswith("/confirm") and self._is_old(interaction, under):
            quoted = await self._shown_then(under)
        return replace(head, text=value, reply_to=about, quoted=quoted, pressed=True)

    async def filled(self, head: Message, asked: Asked) -> Message:
        """What was asked for in a menu, with its files. Raises `UserError` when one can't be fetched."""
        files = [
            Attachment(one.filename, one.content_type or "application/octet-stream", await self._fetch(one))
            for one in asked.files
        ]
        about = head.id if asked.about is None else str(asked.about)
        photos = await self.fetch_photos(asked.photos)
        return replace(head, text=asked.text, photos=photos, files=tuple(files), id=about)

    async def fetch_photos(self, attachments: Sequence[discord.Attachment]) -> tuple[Photo, ...]:
        """The bytes behind Discord's links, which expire."""
        return tuple([Photo(await self._fetch(one), one.filename) for one in attachments])

    def is_blind(self, opening: Message, message: discord.Message, me: discord.abc.User) -> bool:
        """Whether it is about a message's photo that Discord keeps from the bot."""
        answered = _answered(message)
        if self._sees_all or message.guild is None or answered is None or _is_by(answered, me):
            return False
        hidden = not (answered.content or answered.attachments or answered.embeds)
        about_photo = not opening.text.startswith("/") or opening.text.startswith("/remember")
        return hidden and about_photo and opening.addressed and not message.attachments

    def _is_old(self, interaction: Interaction, answer: discord.Message) -> bool:
        """Whether the photo that an answer is about has left our memory."""
        age = interaction.created_at - answer.created_at
        return answer.created_at < interaction.client.began or age.total_seconds() > self._minutes * 60

    async def _shown_then(self, answer: discord.Message) -> tuple[Photo, ...]:
        """The photos of the message that an old answer was given to, if Discord still has them."""
        reference = answer.reference
        if reference is None or reference.message_id is None:
            return ()
        try:
            asked = await answer.channel.fetch_message(reference.message_id)
        except discord.HTTPException:
            return ()
        return await self.fetch_photos(photos_in(asked))

    def _sender(self, message: discord.Message) -> Sender:
        author, guild = message.author, message.guild
        language = self._languages.of(author.id, str(guild.preferred_locale) if guild else "")
        return Sender(str(author.id), author.display_name, _rules(author, message.channel), language)

    async def _archives(self, message: discord.Message) -> tuple[Attachment, ...]:
        archives = [one for one in message.attachments if _ZIP.search(one.filename)]
        return tuple([Attachment(one.filename, "application/zip", await self._fetch(one)) for one in archives])

    async def _fetch(self, attachment: discord.Attachment) -> bytes:
        if attachment.size > self._largest:
            most = round(self._largest / 1e6)
            raise UserError(lazy_gettext("That file is too large: {most} MB is the most I can fetch here.", most=most))
        try:
            return await attachment.read()
        except (discord.HTTPException, aiohttp.ClientError, TimeoutError) as error:
            raise UserError(_LOST) from error


def chat_of(channel: Channel | None, guild_id: int | None, memory: Memory) -> Chat:
    """The chat, and the thread, that a channel of Discord's stands for.

    All channels of a server that are of a kind discord.py doesn't know are one chat: nothing may be shared
    between servers.
    """
    if guild_id is None:
        if channel is None:
            raise RuntimeError("Discord hasn't said where that was")
        return Chat(PLATFORM, str(channel.id), private=True)
    channel_id = str(channel.id) if channel else f"unknown-{guild_id}"
    in_thread = isinstance(channel, discord.Thread)
    if memory == "server":
        # Not the bare number: an old server's first channel has the same one.
        return Chat(PLATFORM, f"server-{guild_id}", thread=channel_id, guild=str(guild_id))
    room = str(channel.parent_id) if isinstance(channel, discord.Thread) else channel_id
    return Chat(PLATFORM, room, thread=channel_id if in_thread else "", guild=str(guild_id))


def photos_in(message: discord.Message) -> tuple[discord.Attachment, ...]:
    """The pictures that a message brings, forwarded ones too."""
    forwarded = [one for snapshot in message.message_snapshots for one in snapshot.attachments]
    return tuple(one for one in [*message.attachments, *forwarded] if _is_picture(one))


def origin_of(message: discord.Message) -> str | None:
    """The id of what a message of ours is about: people answer to the answer and mean the photo."""
    used = message.interaction_metadata
    if used is not None:
        return str(used.target_message_id or used.id)
    return str(message.reference.message_id) if message.reference else None


def _is_picture(attachment: discord.Attachment) -> bool:
    kind = attachment.content_type or ""
    return kind.startswith("image/") or bool(_PICTURE.search(attachment.filename))


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


def _reply_to(message: discord.Message, me: discord.abc.User) -> str | None:
    answered = _answered(message)
    if answered is None:
        return None
    return origin_of(answered) if _is_by(answered, me) else str(answered.id)


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


def _text(message: discord.Message, me: discord.abc.User) -> str:
    """What was said, without calling the bot by its name, and with the others' names for their numbers."""
    names = {one.id: f"@{one.display_name}" for one in message.mentions} | {me.id: " "}
    text = re.sub(r"<@!?(\d+)>", lambda found: names.get(int(found[1]), found[0]), message.content)
    role = message.guild.self_role if message.guild else None
    return (text.replace(role.mention, " ") if role else text).strip()
