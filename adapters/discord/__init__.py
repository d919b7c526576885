"""Discord: slash commands, context menus, mentions and private messages, by way of discord.py.

`client.py` is the connection, `commands.py` and `menus.py` what people find in Discord's menus,
`buttons.py` what stands under answers. `incoming.py` makes Discord's objects messages of ours, `outgoing.py`
and `wording.py` make our replies Discord's. `platform.py` brings them together.
"""
