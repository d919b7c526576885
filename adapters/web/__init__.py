"""The local web chat: a small server and a page that needs nothing from anywhere else."""

from adapters.web.options import WebOptions
from adapters.web.server import WebChat, create_app

__all__ = ["WebChat", "WebOptions", "create_app"]
