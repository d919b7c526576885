"""The build as a folder of Parquet files for trainers: TRL's vision format, with columns `messages` and `images`.

`messages` are typed parts in the order in which serving gives them to the model, `images` the pictures' bytes in that
order. Source: https://huggingface.co/docs/trl/dataset_formats and https://huggingface.co/docs/datasets/image_dataset
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bot.data.prompts import Style, typed_conversation_of
from bot.data.records import Split
from bot.data.samples import Sample
from core.errors import ConfigError

FOLDER = "datasets"
MISSING = 'A folder for trainers needs the library "datasets": pip install ".[data]", or build with --no-datasets.'
_MOST_BYTES, _MOST_ROWS = 128 << 20, 2000  # of one file: what is in memory at a time


def installed() -> bool:
    """Whether the library is there that writes the folder."""
    return find_spec("datasets") is not None


def write_folder(
    out: Path,
    samples: Mapping[Split, Iterable[Sample]],
    style: Style = "rap",
    progress: Callable[[int], None] = lambda _: None,
) -> dict[Split, int]:
    """Write `out`/datasets/SPLIT/NUMBER.parquet of samples whose paths are relative to `out`; rows by split.

    The old folder stays until the new one is whole. `progress` hears how many samples are written. Blocking, with one
    file's pictures in memory. Raises `ConfigError` without the library, `DataError` for a picture that can't be read.
    """
    if not installed():
        raise ConfigError(MISSING)
    new, old = out / f"{FOLDER}.new", out / f"{FOLDER}.old"
    for left in (new, old):
        shutil.rmtree(left, ignore_errors=True)
    written = dict.fromkeys(samples, 0)
    for split, some in samples.items():
        (new / split).mkdir(parents=True)
        for number, rows in enumerate(_files(some, out, style)):
            _write_file(new / split / f"{number:05}.parquet", rows)
            written[split] += len(rows)
            progress(sum(written.values()))
    if (out / FOLDER).exists():
        (out / FOLDER).rename(old)
    new.rename(out / FOLDER)
    shutil.rmtree(old, ignore_errors=True)
    return written


def _files(samples: Iterable[Sample], folder: Path, style: Style) -> Iterator[list[dict[str, Any]]]:
    """The rows of each file."""
    rows, size = list[dict[str, Any]](), 0
    for one in samples:
        messages, pictures = typed_conversation_of(one, folder, style)
        told = {"id": one.id, "type": one.kind.value, "source": one.provenance.source}
        told["licence"] = one.provenance.licence
        rows.append({"messages": messages, "images": [{"bytes": data, "path": None} for data in pictures], **told})
        size += sum(map(len, pictures))
        if size >= _MOST_BYTES or len(rows) >= _MOST_ROWS:
            yield rows
            rows, size = [], 0
    if rows:
        yield rows


def _write_file(file: Path, rows: list[dict[str, Any]]) -> None:
    # It takes a second to import, and only this needs it.
    from datasets import Dataset, Features, Image, List, Value, disable_progress_bars  # noqa: PLC0415

    text = Value("string")
    part = {"type": text, "text": text}
    features = Features(
        {
            "messages": List({"role": text, "content": List(part)}),
            "images": List(Image()),
            **dict.fromkeys(("id", "type", "source", "licence"), text),
        }
    )
    disable_progress_bars()
    Dataset.from_list(rows, features=features).to_parquet(file)
