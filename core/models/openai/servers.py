"""Several servers that serve the same model: the one with least to do is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from zlib import crc32

from core.errors import Busy, GeneratorError
from core.models.openai.generator import OpenAIGenerator
from core.ports import Prompt, StatusMessage


class OpenAIServers:
    """Answers by one of several servers, each with its own connections and its own breaker.

    Of those that answer, as far as known, the one with the fewest answers under way is asked; among equals a photo's
    questions go to the same one, which may have read the photo and its references already. Where one turns out to be
    down the next is asked, as long as nothing has been said.
    """

    sees = True

    def __init__(self, servers: Sequence[OpenAIGenerator]) -> None:
        self._servers, self.identity = tuple(servers), servers[0].identity
        self._under_way = Counter[OpenAIGenerator]()

    async def generate(self, prompt: Prompt) -> AsyncIterator[str]:
        """As `OpenAIGenerator.generate`; raises what the last server that was asked raised."""
        left = self._by_load(prompt)
        while left:
            server, said = left.pop(0), False
            self._under_way[server] += 1
            try:
                async with aclosing(server.generate(prompt)) as pieces:  # type: ignore[type-var]
                    async for piece in pieces:
                        said = said or not isinstance(piece, StatusMessage)
                        yield piece
                return
            except (GeneratorError, Busy):
                # A failure of the question's own would be the same elsewhere: only what is down now is passed over.
                if said or not left or server.silent_for is None:
                    raise
            finally:
                self._under_way[server] -= 1

    async def ping(self) -> None:
        """Check all of them. Raises as `OpenAIGenerator.ping` for the first that doesn't do."""
        for server in self._servers:
            await server.ping()

    @property
    def silent_for(self) -> float | None:
        """Seconds until one of them is tried again, where all are left alone; None while one answers."""
        waits = [server.silent_for for server in self._servers]
        return None if None in waits else min(wait for wait in waits if wait is not None)

    async def aclose(self) -> None:
        """Close the connections to all of them."""
        for server in self._servers:
            await server.aclose()

    def _by_load(self, prompt: Prompt) -> list[OpenAIGenerator]:
        turn = crc32(prompt.photo or b"") % len(self._servers)
        ordered = self._servers[turn:] + self._servers[:turn]
        # One whose time to be left alone is over has its turn: the question is the probe.
        return sorted(ordered, key=lambda one: (bool(one.silent_for), self._under_way[one]))
