"""What becomes of the bot when things fail or grow: `python -m benchmarks.chaos`.

Each module that `__main__` names is a part: `measure(short)` sets the fault up, measures with and without it in the
same run, and returns its `Figure`s. `soak` is run by itself.
"""
