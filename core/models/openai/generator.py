"""A generator behind any OpenAI-compatible server: vLLM, SGLang, llama.cpp, Ollama, or a paid service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from core.errors import ConfigError
from core.models.options import GeneratorOptions
from core.ports import Prompt

if TYPE_CHECKING:
    from core.models.openai.connection import Connection


class OpenAIGenerator:
    """Asks a chat-completions server and streams its answer; the first question opens the connection.

    `timeout` is how many seconds the server may keep silent. `retries` is how often it is asked again when
    it can't be reached or is busy, before the answer's first word. `reference_images=False` is for a
    model that takes one picture a question (a server that says so is believed in any case).
    """

    sees = True

    def __init__(self, options: GeneratorOptions, *, retries: int = 2, reference_images: bool = True) -> None:
        """Raises `ConfigError` for an address or a key that can't be one."""
        try:
            parts = urlsplit(options.base_url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise ConfigError("generator.base_url has to be an address such as http://127.0.0.1:8000/v1.")
        api_key = options.api_key.get_secret_value()
        if not (api_key.isascii() and api_key.isprintable()):
            raise ConfigError("generator.api_key holds a character that no key has. Was it copied whole?")
        self.identity = f"openai:{options.model}"
        self._settings: dict[str, Any] = {
            "options": options,
            "retries": retries,
            "reference_images": reference_images,
        }
        self._open: Connection | None = None

    async def generate(self, prompt: Prompt) -> AsyncIterator[str]:
        """The answer in the pieces the server sends; a `StatusMessage` while a busy server is waited for.

        Cancelling or closing it closes the connection.
        Raises `Busy` when the server is overloaded or too slow, else `GeneratorError` with a sentence
        that says what to check; either may come after some pieces, when the answer breaks off.
        """
        connection = await self._connection()
        async with aclosing(connection.answer(prompt)) as pieces:
            async for piece in pieces:
                yield piece

    async def ping(self) -> None:
        """Check that the server answers, takes the key and has the model. Raises as `generate` does."""
        connection = await self._connection()
        await connection.check()

    @property
    def silent_for(self) -> float | None:
        """Seconds for which a server that didn't answer is left alone still; None while it answers, as far as known."""
        breaker = self._open.breaker if self._open else None
        return None if breaker is None or breaker.is_closed else breaker.seconds_left

    async def aclose(self) -> None:
        """Close the connections to the server."""
        if self._open is not None:
            await self._open.aclose()
            self._open = None

    async def _connection(self) -> Connection:
        """Made on first use: the openai library alone takes half a second to import."""
        if self._open is None:
            module = await asyncio.to_thread(import_module, "core.models.openai.connection")
            if self._open is None:  # another question may have been faster
                self._open = module.Connection(**self._settings)
        return self._open
