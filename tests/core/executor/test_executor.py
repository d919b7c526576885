from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import TypeVar

import pytest

from core.errors import Busy, GeneratorError, ModelError
from core.executor.batch_lane import BatchLane
from core.executor.executor import Executor
from core.executor.stream_lane import StreamLane
from tests.support.clock import skip

T = TypeVar("T")


class Doubling:
    """A model that doubles numbers, keeps count of its batches, and can be held up."""

    def __init__(self, largest: int = 1000) -> None:
        self.batches: list[list[int]] = []
        self.entered = threading.Semaphore(0)
        self.gate = threading.Event()
        self.gate.set()
        self._largest = largest

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        self.entered.release()
        self.gate.wait(300)
        if len(items) > self._largest:
            raise MemoryError
        if 13 in items:
            raise ValueError("thirteen is not my number")
        return [2 * item for item in items]

    async def hold(self, submit: Callable[[int], asyncio.Task[int]], item: int = 0) -> asyncio.Task[int]:
        """Stop in the middle of a run of `item`, so that whatever comes now has to queue."""
        self.gate.clear()
        task = submit(item)
        await self.running()
        return task

    async def running(self) -> None:
        await asyncio.to_thread(self.entered.acquire, timeout=300)


async def queued(*tasks: asyncio.Task[T]) -> None:
    """Let the tasks come as far as their wait."""
    for _ in range(3):
        await asyncio.sleep(0)
    assert not any(task.done() for task in tasks)


# ── batches ───────────────────────────────────────────────────────────────────────────────────────


async def test_each_caller_gets_its_own_result() -> None:
    async with Executor() as executor:
        lane = executor.lane("double", Doubling())
        results = await asyncio.gather(*(lane.submit(n, chat=str(n % 7)) for n in range(100) if n != 13))
        assert results == [2 * n for n in range(100) if n != 13]


async def test_what_queues_up_during_a_run_is_the_next_batch_up_to_the_limit() -> None:
    model = Doubling()
    async with Executor() as executor:
        lane = executor.lane("double", model, max_batch=4)
        first = await model.hold(lambda n: asyncio.create_task(lane.submit(n)))
        rest = [asyncio.create_task(lane.submit(n)) for n in range(1, 7)]
        await queued(*rest)
        model.gate.set()
        assert await asyncio.gather(first, *rest) == [0, 2, 4, 6, 8, 10, 12]
        assert model.batches == [[0], [1, 2, 3, 4], [5, 6]]
        assert lane.stats().sizes == {1: 1, 4: 1, 2: 1}


async def test_an_album_does_not_starve_the_other_chats() -> None:
    model = Doubling()
    async with Executor() as executor:
        lane = executor.lane("double", model, max_batch=4)
        first = await model.hold(lambda n: asyncio.create_task(lane.submit(n)))
        album = [asyncio.create_task(lane.submit(n, chat="album")) for n in range(100, 120)]
        others = [asyncio.create_task(lane.submit(n, chat=str(n))) for n in range(1, 4)]
        await queued(*album, *others)
        model.gate.set()
        await asyncio.gather(first, *album, *others)
        assert model.batches[1] == [100, 1, 2, 3]


async def test_a_poisoned_item_fails_alone_with_its_own_error() -> None:
    model = Doubling()
    async with Executor() as executor:
        lane = executor.lane("double", model)
        first = await model.hold(lambda n: asyncio.create_task(lane.submit(n)))
        rest = [asyncio.create_task(lane.submit(n)) for n in range(10, 18)]
        await queued(*rest)
        model.gate.set()
        await first
        outcomes = await asyncio.gather(*rest, return_exceptions=True)
        assert isinstance(outcomes[3], ValueError)
        assert outcomes[:3] + outcomes[4:] == [20, 22, 24, 28, 30, 32, 34]
        assert lane.stats().failed == 1


async def test_an_exception_among_the_results_fails_its_item_alone_in_one_run() -> None:
    model = Doubling()

    def run(items: Sequence[int]) -> list[int | Exception]:
        model(items)
        return [ValueError("odd") if item % 2 else item for item in items]

    async with Executor() as executor:
        lane = executor.lane("even", run)
        first = await model.hold(lambda n: asyncio.create_task(lane.submit(n)))  # type: ignore[arg-type]
        rest = [asyncio.create_task(lane.submit(n)) for n in (2, 3, 4)]
        await queued(*rest)
        model.gate.set()
        two, three, four = await asyncio.gather(*rest, return_exceptions=True)
        assert (await first, two, four) == (0, 2, 4)
        assert isinstance(three, ValueError)
        assert model.batches == [[0], [2, 3, 4]]


async def test_the_wrong_number_of_results_is_an_error_of_the_whole_batch() -> None:
    def short(items: Sequence[int]) -> list[int]:
        return list(items)[1:]

    async with Executor() as executor:
        lane = executor.lane("short", short)
        with pytest.raises(ModelError, match=r"short model gave 0 results for 1 input\."):
            await lane.submit(1)


@pytest.mark.parametrize("error", [StopIteration("odd"), SystemExit(3), type("Panic", (BaseException,), {})()])
async def test_no_exception_of_a_model_ends_the_worker(error: BaseException) -> None:
    def run(items: Sequence[int]) -> list[int]:
        if items[0] < 0:
            raise error
        return list(items)

    async with Executor() as executor:
        lane = executor.lane("panicky", run)
        with pytest.raises(ModelError, match="panicky model failed"):
            await lane.submit(-1)
        assert await lane.submit(1) == 1


async def test_a_cancelled_callers_item_is_dropped_from_the_queue() -> None:
    model = Doubling()
    async with Executor() as executor:
        lane = executor.lane("double", model, capacity=1)
        first = await model.hold(lambda n: asyncio.create_task(lane.submit(n)))
        gone = asyncio.create_task(lane.submit(1))
        await queued(gone)
        gone.cancel()
        await asyncio.wait([gone])
        second = asyncio.create_task(lane.submit(2))  # finds the only place free again
        await queued(second)
        model.gate.set()
        assert [await first, await second] == [0, 4]
        assert gone.cancelled()
        assert model.batches == [[0], [2]]
        assert lane.stats().dropped == 1


async def test_an_item_past_its_deadline_is_refused_before_it_costs_a_run() -> None:
    model = Doubling()
    async with Executor() as executor:
        lane = executor.lane("double", model)
        now = asyncio.get_running_loop().time()
        with pytest.raises(Busy, match="in time"):
            await lane.submit(1, deadline=now)
        first = await model.hold(lambda n: asyncio.create_task(lane.submit(n, deadline=now + 600)))
        with pytest.raises(Busy, match="in time"):
            await lane.submit(2, deadline=now + 0.01)
        model.gate.set()
        assert await first == 0
        assert await lane.submit(3) == 6
        assert model.batches == [[0], [3]]


async def test_an_item_past_its_deadline_costs_no_run_even_when_the_loop_is_slow_to_say_so() -> None:
    model = Doubling()
    async with Executor() as executor:
        lane = executor.lane("double", model)
        first = await model.hold(lambda n: asyncio.create_task(lane.submit(n)))
        deadline = asyncio.get_running_loop().time() + 3
        late = asyncio.create_task(lane.submit(1, deadline=deadline))
        last = asyncio.create_task(lane.submit(2))
        await queued(late, last)
        time.sleep(4)  # noqa: ASYNC251 - nothing else runs on the loop now, its timers neither
        model.gate.set()
        model.entered.acquire(timeout=300)
        assert model.batches == [[0], [2]]
        with pytest.raises(Busy, match="in time"):
            await late
        assert [await first, await last] == [0, 4]


async def test_a_run_that_began_in_time_may_end_after_the_deadline() -> None:
    model = Doubling()
    async with Executor() as executor:
        lane = executor.lane("double", model)
        passed = asyncio.Event()
        deadline = asyncio.get_running_loop().time() + 600
        task = await model.hold(lambda n: asyncio.create_task(lane.submit(n, deadline=deadline)), 4)
        asyncio.get_running_loop().call_at(deadline + 1, passed.set)
        skip(602)
        await passed.wait()
        model.gate.set()
        assert await task == 8


async def test_a_full_queue_answers_busy_to_the_chat_that_fills_it_and_lets_others_in() -> None:
    model = Doubling()
    async with Executor() as executor:
        lane = executor.lane("double", model, capacity=2)
        first = await model.hold(lambda n: asyncio.create_task(lane.submit(n)))
        album = [asyncio.create_task(lane.submit(n, chat="album")) for n in (1, 2)]
        await queued(*album)
        with pytest.raises(Busy, match="again in a minute"):
            await lane.submit(3, chat="album")
        other = asyncio.create_task(lane.submit(4, chat="other"))
        await asyncio.wait([album[1]])
        assert isinstance(album[1].exception(), Busy)
        model.gate.set()
        assert [await first, await album[0], await other] == [0, 2, 8]


async def test_out_of_memory_halves_the_batch_and_the_size_is_remembered() -> None:
    model = Doubling(largest=2)
    async with Executor() as executor:
        lane = executor.lane("double", model)
        for round_ in range(2):
            first = await model.hold(lambda n: asyncio.create_task(lane.submit(n)), 0)
            rest = [asyncio.create_task(lane.submit(n)) for n in range(1, 9)]
            await queued(*rest)
            model.gate.set()
            assert await asyncio.gather(first, *rest) == [2 * n for n in range(9)]
            assert lane.stats().limit == 2, round_
        assert [len(batch) for batch in model.batches].count(8) == 1


async def test_one_item_too_large_for_memory_does_not_shrink_the_batches_of_the_others() -> None:
    model = Doubling()

    def run(items: Sequence[int]) -> list[int]:
        results = model(items)
        if 1 in items:
            raise MemoryError
        return results

    async with Executor() as executor:
        lane = executor.lane("double", run, max_batch=8)
        first = await model.hold(lambda n: asyncio.create_task(lane.submit(n)))
        rest = [asyncio.create_task(lane.submit(n)) for n in range(1, 9)]
        await queued(*rest)
        model.gate.set()
        outcomes = await asyncio.gather(first, *rest, return_exceptions=True)
        assert isinstance(outcomes[1], MemoryError)
        assert outcomes[2:] == [2 * n for n in range(2, 9)]
        assert lane.stats().limit == 4


# ── hung runs ─────────────────────────────────────────────────────────────────────────────────────


async def answered(lane: BatchLane[int, int], item: int) -> int:
    """What the lane says as soon as it can: on a slow machine a run that does nothing may count as hung, too."""
    while True:
        try:
            return await lane.submit(item)
        except ModelError:
            await asyncio.sleep(0.001)


async def test_a_hung_run_gets_a_sentence_and_the_worker_is_replaced() -> None:
    model = Doubling()
    async with Executor() as executor:
        lane = executor.lane("double", model, run_timeout=0.2)
        stuck = await model.hold(lambda n: asyncio.create_task(lane.submit(n)))
        with pytest.raises(ModelError, match="double model stopped responding"):
            await stuck
        assert lane.stats().hung == 1
        model.gate.set()
        assert await answered(lane, 21) == 42


async def test_a_model_that_loads_for_long_does_not_hang_but_its_run_may() -> None:
    model, loading = Doubling(), threading.Event()
    loading.set()
    async with Executor() as executor:
        lane = executor.lane("double", model, run_timeout=0.05, loading=loading.is_set)
        waiting = await model.hold(lambda n: asyncio.create_task(lane.submit(n)))
        assert not (await asyncio.wait({waiting}, timeout=1))[0]  # twenty times as long as a run may take
        assert lane.stats().hung == 0
        loading.clear()
        with pytest.raises(ModelError, match="double model stopped responding"):
            await waiting
        model.gate.set()


async def test_a_device_that_always_hangs_says_so_and_serves_again_when_it_comes_back() -> None:
    model = Doubling()
    model.gate.clear()
    async with Executor() as executor:
        lane = executor.lane("double", model, run_timeout=0.02)
        for n in range(4):
            with pytest.raises(ModelError, match="stopped responding"):
                await lane.submit(n)
        with pytest.raises(ModelError, match="has to be restarted"):
            await lane.submit(4)
        model.gate.set()
        assert await answered(lane, 5) == 10


# ── devices ───────────────────────────────────────────────────────────────────────────────────────


async def test_lanes_of_one_device_take_turns_and_never_run_together() -> None:
    order: list[str] = []
    model, inside = Doubling(), threading.Lock()

    def run(name: str) -> Callable[[Sequence[int]], list[int]]:
        def one(items: Sequence[int]) -> list[int]:
            assert inside.acquire(blocking=False)
            order.append(name)
            results = model(items)
            inside.release()
            return results

        return one

    async with Executor() as executor:
        detect = executor.lane("detect", run("detect"), device="gpu", max_batch=1)
        encode = executor.lane("encode", run("encode"), device="gpu", max_batch=1)
        first = await model.hold(lambda n: asyncio.create_task(detect.submit(n)))
        rest = [asyncio.create_task(detect.submit(n)) for n in (1, 2)]
        rest += [asyncio.create_task(encode.submit(n)) for n in (3, 4)]
        await queued(*rest)
        model.gate.set()
        await asyncio.gather(first, *rest)
        assert order == ["detect", "encode", "detect", "encode", "detect"]


async def test_lanes_of_two_devices_run_at_the_same_time() -> None:
    both = threading.Barrier(2, timeout=300)

    def run(items: Sequence[int]) -> list[int]:
        both.wait()
        return list(items)

    async with Executor() as executor:
        detect = executor.lane("detect", run, device="one")
        encode = executor.lane("encode", run, device="two")
        results = await asyncio.gather(detect.submit(1), encode.submit(2))
        assert list(results) == [1, 2]


# ── beginning and end ─────────────────────────────────────────────────────────────────────────────


async def test_nothing_starts_before_start() -> None:
    before = threading.active_count()
    executor = Executor()
    lane = executor.lane("double", Doubling())
    stream = executor.stream_lane("count", count)
    assert threading.active_count() == before
    with pytest.raises(RuntimeError):
        await lane.submit(1)
    with pytest.raises(RuntimeError):
        await anext(stream.stream(1))
    await executor.aclose()


async def test_an_executor_starts_once() -> None:
    async with Executor() as executor:
        with pytest.raises(RuntimeError):
            executor.start()


async def test_a_lane_that_could_never_run_is_refused() -> None:
    executor = Executor()
    with pytest.raises(ValueError, match="at least one"):
        executor.lane("double", Doubling(), max_batch=0)
    with pytest.raises(ValueError, match="at least one"):
        executor.stream_lane("count", count, concurrency=0)
    executor.start()
    await executor.aclose()
    with pytest.raises(RuntimeError, match="closed"):
        executor.lane("double", Doubling())


async def test_closing_finishes_what_is_under_way_and_refuses_the_rest() -> None:
    model = Doubling()
    executor = Executor()
    lane = executor.lane("double", model, device="closing")
    executor.start()
    under_way = await model.hold(lambda n: asyncio.create_task(lane.submit(n)), 4)
    waiting = asyncio.create_task(lane.submit(5))
    await queued(waiting)
    closing = asyncio.create_task(executor.aclose())
    with pytest.raises(Busy, match="shutting down"):
        await waiting
    with pytest.raises(Busy, match="shutting down"):
        await lane.submit(6)
    model.gate.set()
    assert await under_way == 8
    await closing
    assert lane.stats().refused == 2
    for worker in [thread for thread in threading.enumerate() if thread.name == "rapport-closing"]:
        worker.join(30)  # it has said that it goes; on a busy machine it may take a moment
        assert not worker.is_alive()


async def test_closing_does_not_wait_for_a_run_longer_than_its_grace() -> None:
    model = Doubling()
    executor = Executor()
    lane = executor.lane("double", model)
    executor.start()
    stuck = await model.hold(lambda n: asyncio.create_task(lane.submit(n)))
    await executor.aclose(grace=0.01)
    with pytest.raises(Busy, match="shutting down"):
        await stuck
    model.gate.set()


async def test_stats_tell_what_waits_and_what_runs() -> None:
    model = Doubling()
    async with Executor() as executor:
        lane = executor.lane("double", model, max_batch=3)
        executor.stream_lane("count", count)
        first = await model.hold(lambda n: asyncio.create_task(lane.submit(n)))
        second = asyncio.create_task(lane.submit(1))
        await queued(second)
        batches, streams = executor.stats()
        assert (batches.name, batches.waiting, batches.running, batches.limit) == ("double", 1, 1, 3)
        assert (streams.name, streams.limit, streams.runs) == ("count", 4, 0)
        model.gate.set()
        await asyncio.gather(first, second)
        batches, _ = executor.stats()
        assert (batches.waiting, batches.running, batches.answered, batches.runs) == (0, 0, 2, 2)


# ── streams ───────────────────────────────────────────────────────────────────────────────────────


async def count(last: int) -> AsyncIterator[str]:
    for number in range(1, last + 1):
        yield f"{number} "


class Held:
    """A generator that says its item, waits to be let go, and says "end"; it notes what becomes of it."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.closed: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}

    async def __call__(self, item: str) -> AsyncIterator[str]:
        self.began.append(item)
        gate = self.gates.setdefault(item, asyncio.Event())
        try:
            yield item
            await gate.wait()
            yield "end"
        finally:
            self.closed.append(item)

    def let_go(self, *items: str) -> None:
        for item in items:
            self.gates.setdefault(item, asyncio.Event()).set()


async def listen(lane: StreamLane[str], item: str, chat: str = "") -> list[str]:
    return [piece async for piece in lane.stream(item, chat=chat)]


async def test_pieces_arrive_as_they_are_made() -> None:
    model = Held()
    async with Executor() as executor:
        stream = executor.stream_lane("held", model).stream("bo")
        assert await anext(stream) == "bo"
        assert model.closed == []
        model.let_go("bo")
        assert [piece async for piece in stream] == ["end"]


async def test_streams_share_the_places_and_chats_take_turns() -> None:
    model = Held()
    async with Executor() as executor:
        lane = executor.stream_lane("held", model, concurrency=2)
        items = ["a1", "a2", "a3", "a4", "b1"]
        tasks = [asyncio.create_task(listen(lane, item, item[0])) for item in items]
        await queued(*tasks)
        assert model.began == ["a1", "a2"]
        assert (lane.stats().running, lane.stats().waiting) == (2, 3)
        model.let_go(*items)
        assert await asyncio.gather(*tasks) == [[item, "end"] for item in items]
        assert model.began.index("b1") < model.began.index("a4")
        assert lane.stats().answered == 5


async def test_a_cancelled_stream_closes_its_generator_and_frees_the_place() -> None:
    model = Held()
    async with Executor() as executor:
        lane = executor.stream_lane("held", model, concurrency=1)
        task = asyncio.create_task(listen(lane, "a"))
        waiting = asyncio.create_task(listen(lane, "b"))
        await queued(task, waiting)
        task.cancel()
        await asyncio.wait([task])
        assert model.closed == ["a"]
        model.let_go("b")
        assert await waiting == ["b", "end"]
        assert lane.stats().dropped == 1


async def test_a_stream_left_early_closes_its_generator_and_frees_the_place() -> None:
    model = Held()
    async with Executor() as executor:
        lane = executor.stream_lane("held", model, concurrency=1)
        async with aclosing(lane.stream("a")) as stream:
            assert await anext(stream) == "a"
        assert model.closed == ["a"]
        assert lane.stats().running == 0


async def test_a_stream_cancelled_while_it_waits_is_never_begun() -> None:
    model = Held()
    async with Executor() as executor:
        lane = executor.stream_lane("held", model, concurrency=1)
        first, gone, last = (asyncio.create_task(listen(lane, item)) for item in "abc")
        await queued(first, gone, last)
        gone.cancel()
        model.let_go("a", "c")
        await asyncio.wait([first, gone, last])
        assert model.began == ["a", "c"]


async def test_a_place_handed_to_a_stream_that_is_cancelled_in_that_moment_is_not_lost() -> None:
    model = Held()
    async with Executor() as executor:
        lane = executor.stream_lane("held", model, concurrency=1)
        holder = lane.stream("a")
        await anext(holder)
        unlucky = asyncio.create_task(listen(lane, "b"))
        last = asyncio.create_task(listen(lane, "c"))
        await queued(unlucky, last)
        await holder.aclose()  # hands the place over …
        unlucky.cancel()  # … and the new owner goes before it could take it
        model.let_go("c")
        assert await last == ["c", "end"]
        assert model.began == ["a", "c"]


async def test_a_stream_that_waits_past_its_deadline_is_refused() -> None:
    model = Held()
    async with Executor() as executor:
        lane = executor.stream_lane("held", model, concurrency=1)
        first = asyncio.create_task(listen(lane, "a"))
        await queued(first)
        now = asyncio.get_running_loop().time()
        for deadline in (now, now + 0.01):
            with pytest.raises(Busy, match="in time"):
                await anext(lane.stream("b", deadline=deadline))
        model.let_go("a")
        assert await first == ["a", "end"]
        assert model.began == ["a"]


async def test_a_full_queue_of_streams_answers_busy_and_lets_other_chats_in() -> None:
    model = Held()
    async with Executor() as executor:
        lane = executor.stream_lane("held", model, concurrency=1, capacity=2)
        tasks = [asyncio.create_task(listen(lane, f"a{n}", "a")) for n in range(3)]
        await queued(*tasks)
        with pytest.raises(Busy, match="again in a minute"):
            await listen(lane, "a3", "a")
        other = asyncio.create_task(listen(lane, "b", "b"))
        await asyncio.wait([tasks[2]])
        assert isinstance(tasks[2].exception(), Busy)
        model.let_go("a0", "a1", "b")
        assert await other == ["b", "end"]


async def test_a_silent_generator_is_given_up() -> None:
    model = Held()
    async with Executor() as executor:
        lane = executor.stream_lane("held", model, silence=0.02)
        with pytest.raises(GeneratorError, match="held model fell silent"):
            await listen(lane, "a")
        assert model.closed == ["a"]
        assert (lane.stats().hung, lane.stats().running) == (1, 0)


async def test_a_generators_own_error_reaches_its_caller_and_frees_the_place() -> None:
    async def broken(item: str) -> AsyncIterator[str]:
        yield item
        raise TimeoutError("not the executor's")

    async with Executor() as executor:
        lane = executor.stream_lane("broken", broken)
        with pytest.raises(TimeoutError, match="not the executor's"):
            await listen(lane, "a")
        assert (lane.stats().failed, lane.stats().running) == (1, 0)


async def test_closing_lets_streams_end_and_refuses_those_that_wait() -> None:
    model = Held()
    executor = Executor()
    lane = executor.stream_lane("held", model, concurrency=1)
    executor.start()
    under_way, waiting = (asyncio.create_task(listen(lane, item)) for item in "ab")
    await queued(under_way, waiting)
    closing = asyncio.create_task(executor.aclose())
    with pytest.raises(Busy, match="shutting down"):
        await waiting
    with pytest.raises(Busy, match="shutting down"):
        await listen(lane, "c")
    model.let_go("a")
    assert await under_way == ["a", "end"]
    await closing


async def test_closing_ends_streams_that_outlast_its_grace() -> None:
    model = Held()
    executor = Executor()
    lane = executor.stream_lane("held", model)
    executor.start()
    silent = asyncio.create_task(listen(lane, "a"))
    unread = lane.stream("b")
    await anext(unread)
    await queued(silent)
    await executor.aclose(grace=0.01)
    with pytest.raises(Busy, match="shutting down"):
        await silent
    with pytest.raises(Busy, match="shutting down"):
        await anext(unread)
    assert sorted(model.closed) == ["a", "b"]
