"""The story: one message becomes replies."""
