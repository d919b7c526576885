"""A generator on this machine: LLaVA, RAP-LLaVA or another vision-language model through transformers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from core.errors import SHUTTING_DOWN, Busy, ConfigError, RapportError
from core.i18n.lazy_strings import gettext_noop
from core.models.options import GeneratorOptions
from core.models.weights import hub
from core.ports import Prompt, StatusMessage

if TYPE_CHECKING:
    from core.models.vlm.loading import Loaded
    from core.models.vlm.worker import Worker

_GRACE = 10.0  # seconds for the thread to end


class TransformersGenerator:
    """Decodes the answers of several chats together, on one thread of its own; pieces come as they are made.

    `model` is a hub id or a folder, in transformers' or in LLaVA's original layout, or an adapter's; `device` where it
    goes ("auto" finds a GPU), `quantize` "none", "8bit" or "4bit". Nothing is loaded before `load` or the
    first question.
    """

    sees = True

    def __init__(
        self,
        options: GeneratorOptions,
        *,
        loader: Callable[[], Loaded] | None = None,
        patience: float = 60.0,
    ) -> None:
        """Raises `ConfigError` when torch or transformers is missing.

        `loader` replaces ours; `patience` is how many seconds a question waits for the model.
        """
        for library in ("torch", "transformers"):
            if find_spec(library) is None:
                raise ConfigError(hub.missing('generator.kind = "transformers"', library))
        self.identity = f"transformers:{options.model}" + (f"@{options.revision}" if options.revision else "")
        self._options, self._loader, self._patience = options, loader, patience
        self._starting = asyncio.Lock()
        self._worker: Worker | None = None
        self._closed = False

    async def generate(self, prompt: Prompt) -> AsyncIterator[str]:
        """The answer in pieces as they are decoded, a `StatusMessage` while the model is still being loaded.

        Closing or cancelling it ends the decoding. Raises `ModelError` when the model can't be loaded,
        `GeneratorError` when it fails, `Busy` when loading takes too long or the program ends.
        """
        if self._worker is None or not self._worker.loaded.done() or self._worker.failed:
            yield StatusMessage(gettext_noop("(My language model is being loaded; one moment …)"))
        worker = await self._ready(self._patience)
        pieces: asyncio.Queue[str | RapportError | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def emit(piece: str | RapportError | None) -> None:
            with suppress(RuntimeError):  # the loop is closed: its caller has gone
                loop.call_soon_threadsafe(pieces.put_nowait, piece)

        completion = await asyncio.to_thread(worker.completion, prompt, emit)
        if self._closed:
            raise Busy(SHUTTING_DOWN)
        worker.submit(completion)
        try:
            while (piece := await pieces.get()) is not None:
                if isinstance(piece, RapportError):
                    raise piece
                yield piece
        finally:
            completion.abandoned = True

    async def load(self) -> None:
        """Load the model now. Raises `ModelError` or `ConfigError` with what to do."""
        await self._ready(None)

    async def ping(self) -> None:
        """Check that the weights are here, without loading them. Raises as `load` does."""
        await asyncio.to_thread(hub.find, self._options.model, self._options.revision)

    def forget(self) -> None:
        """Let go of what the model keeps of earlier questions: something in them was forgotten."""
        if self._worker is not None:
            self._worker.forget()

    async def aclose(self) -> None:
        """End the thread; answers under way get `Busy`."""
        self._closed = True
        if self._worker is not None:
            await asyncio.to_thread(self._worker.close, _GRACE)
            self._worker = None

    @property
    def waiting(self) -> int:
        """Questions that wait for their first token."""
        return 0 if self._worker is None else self._worker.waiting

    async def _ready(self, patience: float | None) -> Worker:
        """The worker with its model loaded; a load that failed is tried again: the weights may have come."""
        try:
            async with asyncio.timeout(patience):
                async with self._starting:
                    if self._closed:
                        raise Busy(SHUTTING_DOWN)
                    if self._worker is None or self._worker.failed:
                        # Importing torch takes seconds.
                        worker = await asyncio.to_thread(import_module, "core.models.vlm.worker")
                        loading = await asyncio.to_thread(import_module, "core.models.vlm.loading")
                        chosen = self._options
                        source = {"revision": chosen.revision, "device": chosen.device, "quantize": chosen.quantize}
                        load = self._loader or partial(loading.load, chosen.model, **source)
                        self._worker = worker.Worker(load, self._options)
                        self._worker.start()
                    started = self._worker
                await asyncio.shield(asyncio.wrap_future(started.loaded))
                return started
        except TimeoutError:
            raise Busy("My language model is still being loaded. Please ask again in a minute.") from None
