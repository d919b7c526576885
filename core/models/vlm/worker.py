"""The thread that decodes: takes questions as they come, and writes all answers together."""

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

from core.errors import Busy, GeneratorError, ModelError, RapportError
from core.executor.fair_queue import SHUTTING_DOWN
from core.models.vlm.answers import Answer, Say, Words
from core.models.vlm.decoding import Decoding
from core.models.vlm.loading import Loaded
from core.models.vlm.options import Writing
from core.models.vlm.reading import Reader
from core.ports import Prompt

_LONGEST_READING = 16_384  # tokens read in one go: meanwhile the answers under way stand still
_MOST_UNLIKE = 1.5  # a batch's longest question by its shortest: what is padded is computed in vain

_log = structlog.get_logger(__name__)


class Worker:
    """Decodes on a thread of its own, from `start` to `close`.

    `load` is called first, on that thread; `loaded` has its result. At most `writing.batch` answers are
    written together, fewer once the memory has run out.
    """

    def __init__(self, load: Callable[[], Loaded], writing: Writing) -> None:
        self.loaded: Future[Loaded] = Future()
        self._load, self._writing, self._limit = load, writing, writing.batch
        self._arrivals: queue.SimpleQueue[Answer | None] = queue.SimpleQueue()
        self._waiting: deque[Answer] = deque()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="rapport-generate", daemon=True)

    def start(self) -> None:
        """Load the model and serve."""
        self._thread.start()

    @property
    def failed(self) -> bool:
        """Whether the model could not be loaded."""
        return self.loaded.done() and self.loaded.exception() is not None

    def answer(self, prompt: Prompt, say: Say) -> Answer:
        """An answer to be written, the model being loaded: worded and tokenised. From any thread; blocks.

        `say` is called on the worker's thread: with each piece, with an error, and with None at the end.
        Raises `GeneratorError` for a prompt that is too long.
        """
        question = self._reader.read(prompt)
        until = monotonic() + self._writing.seconds
        words = Words(self._spelling, question.stops)
        return Answer(question, words, say, most=self._writing.max_tokens, until=until)

    def submit(self, answer: Answer) -> None:
        """Write this answer as soon as there is a place. From any thread."""
        self._arrivals.put(answer)

    def close(self, seconds: float) -> None:
        """Refuse what waits and what is under way, and wait for the thread. Blocks."""
        self._closing.set()
        self._arrivals.put(None)
        self._thread.join(seconds)

    @property
    def waiting(self) -> int:
        """How many answers wait for their first token."""
        return self._arrivals.qsize() + len(self._waiting)

    # ── on the thread ─────────────────────────────────────────────────────────────────────────────

    def _work(self) -> None:
        with torch.inference_mode():
            try:
                decoding = self._prepared()
            except RapportError as error:
                self.loaded.set_exception(error)
                return
            except BaseException as error:  # noqa: BLE001 - whoever waits for the model is told
                failure = ModelError(f"The language model can't be loaded ({type(error).__name__}): {error}")
                failure.__cause__ = error
                self.loaded.set_exception(failure)
                return
            while not self._closing.is_set():
                self._listen(idle=not decoding.rows)
                self._advance(decoding)
            self._listen(idle=False)
            self._end([*decoding.reset(), *self._waiting], Busy(SHUTTING_DOWN))

    def _prepared(self) -> Decoding:
        """The model, loaded, with what goes before and after it."""
        loaded, writing = self._load(), self._writing
        decoding = Decoding(loaded, temperature=writing.temperature, kept_tokens=writing.kept_tokens)
        self._reader = Reader(loaded, style=writing.style, room=loaded.context - writing.max_tokens)
        # Other threads use the processor's own tokenizer at the same time.
        self._spelling = Tokenizer.from_str(loaded.tokenizer.backend_tokenizer.to_str())
        self.loaded.set_result(loaded)
        return decoding

    def _listen(self, *, idle: bool) -> None:
        """Queue what has come in; with nothing to do, sleep until something does."""
        try:
            while (answer := self._arrivals.get(block=idle and not self._waiting)) is not None:
                self._waiting.append(answer)
        except queue.Empty:
            pass

    def _advance(self, decoding: Decoding) -> None:
        """Admit a group, or write one token for all; let those go who are done."""
        group: list[Answer] = []
        try:
            if group := self._group(decoding):
                decoding.admit(group)
            elif decoding.rows:
                decoding.step()
            self._end(decoding.release(), None)
        except Exception as error:  # noqa: BLE001 - the thread has to live on, and each answer to be told
            under_way = decoding.reset()
            self._recover(decoding, under_way, [one for one in group if one not in under_way], error)

    def _group(self, decoding: Decoding) -> list[Answer]:
        """The next questions to be read together: like inputs, like length, the longest waiting first.

        One that goes on with a conversation is read alone; there is little of it.
        """
        for answer in [one for one in self._waiting if one.gone]:
            self._waiting.remove(answer)
            self._end([answer], None)
        places = self._limit - len(decoding.rows)
        if not self._waiting or places <= 0 or (decoding.rows and not decoding.joins):
            return []
        first = self._waiting[0]
        if decoding.prefixes.knows(first.question):
            return [self._waiting.popleft()]
        alike = [one for one in self._waiting if _alike(one, first)][:places]
        longest = max(one.length for one in alike)
        group = alike[: max(1, _LONGEST_READING // longest)]
        self._waiting = deque(one for one in self._waiting if one not in group)
        return group

    def _recover(self, decoding: Decoding, under_way: list[Answer], group: list[Answer], error: Exception) -> None:
        """Another error than want of memory ends who caused it, and the others begin anew where they are."""
        if is_out_of_memory(error):
            self._make_room(decoding, [*under_way, *group], error)
            return
        _log.error("generation failed", error=type(error).__name__, detail=str(error)[:200])
        sentence = f"The model failed ({type(error).__name__}). Please ask again."
        self._fail(group or under_way, sentence, error)
        self._waiting.extendleft(reversed(under_way if group else []))

    def _make_room(self, decoding: Decoding, both: list[Answer], error: Exception) -> None:
        """All begin anew where they are: without what was kept, or, if nothing was, fewer at a time."""
        error.__traceback__ = None  # its frames hold the tensors that were too many
        kept = decoding.prefixes.shrink()
        torch.cuda.empty_cache()  # does nothing without CUDA
        if not kept:
            if len(both) == 1:
                self._fail(both, "The question is too large for my model's memory. Ask a shorter one.", error)
                return
            self._limit = max(1, len(both) // 2)
            _log.warning("out of memory", lane="generate", size=len(both), limit=self._limit)
        self._waiting.extendleft(reversed(both))

    def _fail(self, answers: list[Answer], sentence: str, error: Exception) -> None:
        failure = GeneratorError(sentence)
        failure.__cause__ = error
        self._end(answers, failure)

    def _end(self, answers: list[Answer], error: RapportError | None) -> None:
        for answer in answers:
            answer.close(error)


def _alike(one: Answer, other: Answer) -> bool:
    short, long = sorted((one.length, other.length))
    return long <= _MOST_UNLIKE * short and one.question.likeness == other.question.likeness


def is_out_of_memory(error: BaseException) -> bool:
    """A GPU's, Python's or the CPU allocator's word for it."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
