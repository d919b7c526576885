"""One experiment of `python -m bot eval` in each file."""
