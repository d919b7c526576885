"""Encryption at rest, and forgetting by key: every row with something of people's has a key of its own.

`host` has the host key, `folder` the rows' keys, `sealing` what is encrypted with them, `whole` brings an older store,
or one from a backup, to where all of it is.
"""
