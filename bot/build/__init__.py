"""Puts the parts together: the only room that constructs adapters, models and the store."""
