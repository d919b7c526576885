"""How late the event loop is while both messengers are under load, beside one that does nothing."""

from __future__ import annotations

from benchmarks import load
from benchmarks.chaos.figures import Figure

P999, MOST = 20, 150  # milliseconds


async def measure(*, short: bool) -> list[Figure]:
    """The lag in steady state: by the wall's clock, and the loop's own work in it."""
    figures = await load.measure(400 if short else 2000)
    lags = figures["lag_ms"]
    rows = [
        Figure(
            f"the event loop's lag, {share}, {clock}", lags[name][key], "ms", goal, None, lags["idle"][key], "idle loop"
        )
        for name, clock in (("wall", "by the wall's clock"), ("own", "its own work"))
        for key, share, goal in (("p999", "p99.9", P999), ("most", "largest", MOST))
    ]
    return [
        *rows,
        Figure("chats not answered once and in order", figures["chats_not_answered_once_and_in_order"], most=0),
    ]
