"""Several processes on one store: which of them answers a chat (leases), what they tell each other (announcements)."""
