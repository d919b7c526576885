"""Why Discord can't be served, in sentences for the host."""

from __future__ import annotations

import discord

from core.errors import PlatformError

# https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
_TOO_MANY_SERVERS = 4011
_REFUSED = (
    "Discord doesn't know the bot's token (discord.token). Make a new one at "
    "https://discord.com/developers/applications: your application, Bot, Reset Token."
)
_NO_INTENT = (
    "discord.message_content is on, but Discord hasn't granted it. Turn on the Message Content Intent at "
    "https://discord.com/developers/applications: your application, Bot. Or turn the setting off."
)
_NEEDS_SHARDS = "The bot is on too many servers for discord.shards: set it to 0, then Discord says how many."


def reason_for(error: Exception) -> PlatformError:
    """What a failure to log in or to connect means, and whether trying again may help."""
    match error:
        case discord.LoginFailure():
            return PlatformError(_REFUSED, permanent=True)
        case discord.PrivilegedIntentsRequired():
            return no_intent()
        case discord.ConnectionClosed() if error.code == _TOO_MANY_SERVERS:
            return PlatformError(_NEEDS_SHARDS, permanent=True)
        case discord.ConnectionClosed():
            return PlatformError(f"Discord closed the connection (code {error.code}).")
        case discord.HTTPException():
            return PlatformError(f"Discord answers with an error (status {error.status}).")
    return PlatformError(f"Discord can't be reached ({type(error).__name__}).")


def no_intent() -> PlatformError:
    """The setting asks for more than the portal has granted."""
    return PlatformError(_NO_INTENT, permanent=True)
