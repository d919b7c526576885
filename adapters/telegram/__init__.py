"""Telegram, through python-telegram-bot: updates become messages, replies become what Telegram shows.

server.py      the platform: webhook.py or polling.py, from start to stop
receiving.py   each chat's turn; albums.py: whole albums; membership.py: groups that move or are left
incoming.py    Telegram's message → ours, with groups.py (admins) and traces.py (what answers were about)
answers.py     ours → the assistant → outgoing.py: drafts, messages, photos, files, worded by wording.py
limits.py      no more calls than Telegram takes; requests.py: calls that failed on the way, again
menu.py, inline.py   the list of commands; cards of one's own in any chat
"""
