"""Telegram, through python-telegram-bot: updates become messages, replies become what Telegram shows.

server.py      the platform: webhook.py or polling.py, from start to stop
receiving.py   each chat's messages in order, whole albums; groups.py: admins, groups that move or are left
incoming.py    Telegram's message → ours, with attachments.py: photos, files, and what can't be looked at
replies.py     ours → the assistant → outgoing.py: drafts, messages, photos, files, worded by wording.py
limits.py      no more calls than Telegram takes; requests.py: calls that failed on the way, again
menu.py, inline.py   the list of commands; cards of one's own in any chat
"""
