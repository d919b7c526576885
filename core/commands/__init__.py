"""Commands: how they are written, what they mean, and what a chat can set."""
