"""`python -m tests.house [--way]`: the figures of the house; exits 1 with the findings where a rule doesn't hold."""

from __future__ import annotations

import sys

from bot import logs
from tests.house import rules
from tests.house.photo_way import MOST_FILES, MOST_FUNCTIONS, files_of, photo_way, way_too_long
from tests.house.source import house


def main() -> int:
    """Print the figures and the findings; the exit status is 1 where there are any."""
    logs.set_up("text", "warning")
    files = house()
    percent, once, functions = rules.share_called_once(files)
    way = photo_way()
    print(f"{len(files)} files, {functions} functions")
    print(f"private functions called from one place: {once} ({percent:.1f} %, at most {rules.MOST_CALLED_ONCE} %)")
    print("".join(f"    {room}\n" for room in rules.shares_by_room(files)), end="")
    print(
        f"one photo passes {len(way.passed)} functions in {files_of(way.passed)} files; {len(way.leading)} "
        f"(at most {MOST_FUNCTIONS}) in {files_of(way.leading)} (at most {MOST_FILES}) lead on into another file"
    )
    if "--way" in sys.argv:
        print(
            "".join(f"    {file} {name}{' →' * ((file, name) in way.leading)}\n" for file, name in sorted(way.passed))
        )
    print(f"identifiers with the word place: {rules.identifiers(files, 'place')}")
    groups = rules.IMPORTS, rules.FUNCTIONS, rules.VALUES, rules.NAMES, rules.OTHERS
    found = [*rules.findings(*(rule for group in groups for rule in group)), *way_too_long(way)]
    print("\n".join(found) or "every rule holds")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
