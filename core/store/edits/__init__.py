"""What changes a chat's memory: plain functions on one write transaction, which take the `Edit` first.

`edit` is that transaction and its record, `rows` what it writes; `undo` takes back what the others did.
"""
