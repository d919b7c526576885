"""What the store does while its database fails: what was last so, in memory, until it answers again."""
