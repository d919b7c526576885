"""The steps from each shape of the store to the next, run by `core.store.opening`."""

HEAD = "0017"
