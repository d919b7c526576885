"""`python -m benchmarks.chaos [--short] [PART…]`, or `python -m benchmarks.chaos soak [--minutes 30] [--rate 20]`.

Prints one table of all parts with their goals, then one line of JSON; exits 1 where a goal was missed or a part
failed. Each part runs in a process of its own, one after the other.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.chaos import soak
from benchmarks.chaos.measuring import measure_all

PARTS = ("inbox", "store", "generator", "growth", "lag")
"""Modules of this package with `async def measure(*, short: bool) -> list[Figure]`."""


def main() -> int:
    """Measure what is asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (all of them), or soak")
    parser.add_argument("--short", action="store_true", help="the same with fewer of everything")
    parser.add_argument("--minutes", type=float, default=30, help="of the soak")
    parser.add_argument("--rate", type=float, default=20, help="of the soak: messages a second")
    arguments = parser.parse_args()
    if unknown := {*arguments.parts} - {*PARTS, "soak"}:
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    if "soak" in arguments.parts:
        return soak.main(arguments.minutes, arguments.rate)
    return measure_all(arguments.parts or PARTS, short=arguments.short)


if __name__ == "__main__":
    sys.exit(main())
