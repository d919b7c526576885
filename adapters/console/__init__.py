"""The terminal chat: lines typed on this machine become messages, replies become text and picture files."""
