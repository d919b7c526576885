"""Weights: which files a model needs, where they come from, and whether they are here."""
