"""How updates come: by webhook or by polling, and through the inbox to whoever they concern (taking)."""
