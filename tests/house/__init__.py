"""The rules of the house as functions over its syntax trees, and the figures that go with them."""
