"""The steps from each shape of the store to the next, run by `core.store_opening`."""

HEAD = "0002"
