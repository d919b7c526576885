"""Discord: slash commands, context menus, mentions and private messages, by way of discord.py.

`client.py` is the connection, `commands.py` and `menus.py` what people find in Discord's menus, `buttons.py` what
replies end with; all of them hand on to `handler.py` (`events.py` says what). `incoming.py` and `attachments.py`
make Discord's objects messages of ours, `outgoing.py` and `wording.py` make our replies Discord's. `platform.py`
brings them together; `syncing.py` registers the commands.
"""
