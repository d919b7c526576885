"""Telegram, through python-telegram-bot: updates become messages, replies become what Telegram shows.

server.py     the platform: polling or webhook, from start to stop
receiving.py  updates in their order, albums whole, groups that move or throw the bot out
incoming.py   Telegram's message → ours          outgoing.py  our reply → Telegram's calls
limits.py     no more calls than Telegram takes  requests.py  calls that failed on the way, again
"""
