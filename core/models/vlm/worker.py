"""The thread that decodes: takes prompts as they come, and decodes all completions together."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from time import monotonic

import structlog
import torch
from tokenizers import Tokenizer

from core.errors import SHUTTING_DOWN, Busy, GeneratorError, ModelError, RapportError, traced
from core.i18n.lazy_strings import lazy_gettext
from core.models.options import GeneratorOptions
from core.models.vlm.completion import Completion, Detokenizer, Emit
from core.models.vlm.continuous_batch import ContinuousBatch
from core.models.vlm.loading import Loaded
from core.models.vlm.preprocessor import Preprocessor
from core.ports import Prompt

_MOST_PREFILLED = 16_384  # tokens of prompts computed at once: meanwhile the completions under way wait
_MOST_PADDING = 1.5  # a group's longest prompt by its shortest: what is padded is computed in vain

_log = structlog.get_logger(__name__)


class Worker:
    """Decodes on a thread of its own, from `start` to `close`.

    `load` is called first, on that thread; `loaded` has its result. At most `options.concurrency` completions are
    decoded together, fewer once the memory has run out.
    """

    def __init__(self, load: Callable[[], Loaded], options: GeneratorOptions) -> None:
        self.loaded: Future[Loaded] = Future()
        self._load, self._options, self._limit = load, options, options.concurrency
        self._arrivals: queue.SimpleQueue[Completion | None] = queue.SimpleQueue()
        self._waiting: deque[Completion] = deque()
        self._closing, self._forgetting = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._work, name="rapport-generate", daemon=True)

    def start(self) -> None:
        """Load the model and serve."""
        self._thread.start()

    @property
    def failed(self) -> bool:
        """Whether the model could not be loaded."""
        return self.loaded.done() and self.loaded.exception() is not None

    def completion(self, prompt: Prompt, emit: Emit) -> Completion:
        """A completion to be submitted, the model being loaded: tokenised. From any thread; blocks.

        `emit` is called on the worker's thread: with each piece, with an error, and with None at the end.
        Raises `GeneratorError` for a prompt that is too long.
        """
        encoded = self._preprocessor.read(prompt)
        until = monotonic() + self._options.timeout
        text = Detokenizer(self._tokenizer, encoded.stops)
        return Completion(encoded, text, emit, most=self._options.max_tokens, until=until)

    def submit(self, completion: Completion) -> None:
        """Decode this as soon as there is a free row. From any thread."""
        self._arrivals.put(completion)

    def forget(self) -> None:
        """Keep nothing of what was read and written so far, nor of what is under way. From any thread."""
        self._forgetting.set()
        self._arrivals.put(None)

    def close(self, seconds: float) -> None:
        """Refuse what waits and what is under way, and wait for the thread. Blocks."""
        self._closing.set()
        self._arrivals.put(None)
        self._thread.join(seconds)

    @property
    def waiting(self) -> int:
        """How many completions wait for their first token."""
        return self._arrivals.qsize() + len(self._waiting)

    # ── on the thread ─────────────────────────────────────────────────────────────────────────────

    def _work(self) -> None:
        with torch.inference_mode():
            try:
                loaded, options = self._load(), self._options
                batch = ContinuousBatch(loaded, temperature=options.temperature, kept_tokens=options.kept_tokens)
                self._preprocessor = Preprocessor(
                    loaded, style=options.prompt, room=loaded.context - options.max_tokens
                )
                # Other threads use the processor's own tokenizer at the same time.
                self._tokenizer = Tokenizer.from_str(loaded.tokenizer.backend_tokenizer.to_str())
            except RapportError as error:
                self.loaded.set_exception(error)
                return
            except BaseException as error:  # noqa: BLE001 - whoever waits for the model is told
                failure = ModelError(f"The language model can't be loaded ({type(error).__name__}): {error}")
                failure.__cause__ = error
                self.loaded.set_exception(failure)
                return
            self.loaded.set_result(loaded)
            while not self._closing.is_set():
                self._receive(idle=not batch.rows)
                if self._forgetting.is_set():
                    self._forgetting.clear()
                    batch.prefixes.clear()
                    for completion in (*batch.rows, *self._waiting):
                        completion.cacheable = False
                group: list[Completion] = []
                try:
                    if group := self._next_group(batch):
                        batch.admit(group)
                    elif batch.rows:
                        batch.step()
                    self._close(batch.release(), None)
                except Exception as error:  # noqa: BLE001 - the thread has to live on, and each caller to be told
                    under_way = batch.reset()
                    self._recover(batch, under_way, [one for one in group if one not in under_way], error)
            self._receive(idle=False)
            self._close([*batch.reset(), *self._waiting], Busy(SHUTTING_DOWN))

    def _receive(self, *, idle: bool) -> None:
        """Queue what has arrived; with nothing to do, sleep until something does."""
        try:
            while (completion := self._arrivals.get(block=idle and not self._waiting)) is not None:
                self._waiting.append(completion)
        except queue.Empty:
            pass

    def _next_group(self, batch: ContinuousBatch) -> list[Completion]:
        """The next prompts to be computed together: of like shapes and length, the longest waiting first.

        One that continues a cached prefix is computed alone; there is little of it.
        """
        for completion in [one for one in self._waiting if one.abandoned]:
            self._waiting.remove(completion)
            self._close([completion], None)
        free = self._limit - len(batch.rows)
        if not self._waiting or free <= 0 or (batch.rows and not batch.joins):
            return []
        first = self._waiting[0]
        if batch.prefixes.knows(first.prompt):
            return [self._waiting.popleft()]
        alike = [
            one
            for one in self._waiting
            if max(one.length, first.length) <= _MOST_PADDING * min(one.length, first.length)
            and one.prompt.shapes == first.prompt.shapes
        ][:free]
        longest = max(one.length for one in alike)
        group = alike[: max(1, _MOST_PREFILLED // longest)]
        self._waiting = deque(one for one in self._waiting if one not in group)
        return group

    def _recover(
        self, batch: ContinuousBatch, under_way: list[Completion], group: list[Completion], error: Exception
    ) -> None:
        """After an error: those that caused it end, the others begin anew with the tokens that they have.

        Out of memory ends none but a single one: all begin anew with an empty prefix cache, or, where that was empty,
        fewer at a time.
        """
        if not is_out_of_memory(error):
            _log.error("generation failed", error=traced(error))
            failure = GeneratorError(f"The model failed ({type(error).__name__}). Please ask again.")
            failure.__cause__ = error
            self._close(group or under_way, failure)
            self._waiting.extendleft(reversed(under_way if group else []))
            return
        both = [*under_way, *group]
        error.__traceback__ = None  # its frames hold the tensors that were too many
        kept = batch.prefixes.shrink()
        torch.cuda.empty_cache()  # does nothing without CUDA
        if not kept and len(both) == 1:
            failure = GeneratorError(
                lazy_gettext("The question is too large for my model's memory. Ask a shorter one.")
            )
            failure.__cause__ = error
            self._close(both, failure)
            return
        if not kept:
            self._limit = max(1, len(both) // 2)
            _log.warning("out of memory", lane="generate", size=len(both), limit=self._limit)
        self._waiting.extendleft(reversed(both))

    def _close(self, completions: list[Completion], error: RapportError | None) -> None:
        for completion in completions:
            completion.close(error)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a GPU, Python or the CPU's allocator ran out of memory."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
