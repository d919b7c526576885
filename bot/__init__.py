"""The program: everything that knows how the parts are put together."""

__version__ = "0.1.0"
