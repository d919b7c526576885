"""`/health` and `/metrics`: what they answer, and a port of their own for processes that serve no page."""
