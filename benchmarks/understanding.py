"""Are plain words understood? `python -m benchmarks.understanding [FILE…]`, by default the files in `utterances/`.

A file has one utterance a line: {"lang", "context", "text", "intent", "names"}. Right is one whose intent and names are
as given (small and large letters alike). An unwanted edit is one that would change the memory though it asks for none.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from core.intents import Intent
from core.language.understanding import understand
from core.language.understanding.topic import Asked, Topic
from core.names import fold

FOLDER = Path(__file__).parent / "utterances"
_KNOWN = ("bo", "Mia", "Luna", "Kettle")
TOPICS = {
    "none": Topic(_KNOWN),
    "photo": Topic(_KNOWN, shows=True, seen=("bo",)),
    "unsure": Topic(_KNOWN, shows=True, asked=Asked.IS_IT, about="bo"),
    "stranger": Topic(_KNOWN, shows=True, asked=Asked.WHO),
    "unnamed": Topic(_KNOWN, shows=True, asked=Asked.NAME),
}
EDITS = {Intent.REMEMBER, Intent.FORGET, Intent.RENAME, Intent.DESCRIBE, Intent.MERGE, Intent.UNDO}
EDITS |= {Intent.YES, Intent.NO, Intent.NO_IS}
Row = dict[str, str | list[str]]


def judged(row: Row) -> tuple[bool, bool, str]:
    """Whether the row is understood, whether an edit is made that nobody asked for, and what was understood."""
    said = understand(str(row["text"]), str(row["lang"]), TOPICS[str(row["context"])])
    right = said.intent == row["intent"] and [fold(one) for one in said.names] == [fold(one) for one in row["names"]]
    return right, said.intent in EDITS and row["intent"] == Intent.NONE, f"{said.intent} {list(said.names)}"


def measure(rows: Iterable[Row]) -> dict[str, Any]:
    """The figures for these rows."""
    rows = list(rows)
    understand("hello", "en", TOPICS["none"])  # what is loaded on first use is loaded now
    began = time.perf_counter()
    judgements = [judged(row) for row in rows]
    each = (time.perf_counter() - began) / max(len(rows), 1)
    shares = {}
    for field in ("lang", "intent"):
        of = Counter(str(row[field]) for row in rows)
        right = Counter(str(row[field]) for row, one in zip(rows, judgements, strict=True) if one[0])
        shares[field] = {name: f"{right[name]}/{count}" for name, count in sorted(of.items())}
    right_ones = sum(one[0] for one in judgements)
    return {
        "utterances": len(rows),
        "right": right_ones,
        "percent": round(100 * right_ones / max(len(rows), 1), 1),
        "unwanted edits": sum(one[1] for one in judgements),
        "by language": shares["lang"],
        "by intent": shares["intent"],
        "microseconds each": round(1e6 * each),
    }


def main() -> None:
    paths = [Path(one) for one in sys.argv[1:]] or sorted(FOLDER.glob("*.jsonl"))
    rows = {path.stem: [json.loads(line) for line in path.read_text("utf-8").splitlines()] for path in paths}
    print(json.dumps({"understanding": {name: measure(one) for name, one in rows.items()}}, ensure_ascii=False))


if __name__ == "__main__":
    main()
