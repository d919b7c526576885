"""A data card as a page: Markdown with the head that hubs read.

Source: https://huggingface.co/docs/hub/datasets-cards and "Datasheets for Datasets", https://arxiv.org/abs/1803.09010.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from core import counting

Figures = Mapping[str, Any]
"""What `card.json` holds."""

# The hub's own words for licences: https://huggingface.co/docs/hub/repositories-licenses
LICENCES = frozenset(
    {
        *("mit", "apache-2.0", "cc0-1.0", "cc-by-2.0", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0"),
        *("cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nc-sa-4.0", "cc-by-nc-nd-4.0", "cc-by-nd-4.0", "odbl", "pddl"),
    }
)
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_KINDS = {
    "grounding": "where somebody or something is",
    "recognition": "whether a concept is there, or which one it is",
    "caption": "for a sentence about the photo that names who is there",
    "description": "for several sentences about the photo, or about somebody in it",
    "question": "something that the text, the picture, or both together answer",
    "several": "about several concepts in one photo",
    "text": "about a concept, without a photo",
    "instruction": "plain instruction data, to keep what the model could do before",
}
_PRIVATE = """\
> **Not to be published.** {private} samples are made of photos, names and words of chats, whose members have agreed to
> training here and to nothing else. Who takes that back is left out of the next build: build anew before each training,
> and delete what was copied from earlier builds.
"""
_ABOUT = """\
Conversations about photos in which a vision-language model is told beforehand who might be there, in the manner of
[RAP](https://arxiv.org/abs/2410.13360): to each question belong the concepts that retrieval found, each with a
reference picture, a name and a text. Some of them are right, some were retrieved by mistake, and the answer speaks only
of those that are there. Names stand as `<bo>`.
"""
_FILES = """\
- `rap/SPLIT.json`: RAP's own layout; paths are relative to this folder. What it has no field for (boxes, which concepts
  are wrong, source and licence of each sample) is under `rapport`.
- `card.json`: the figures of this page.
"""
_TRAINERS = """\
- `datasets/SPLIT/*.parquet`: `messages` and `images` for trainers, with source and licence of each sample.
"""
_LIMITS = """\
## What to know before using it

- Which concept is right is known from the sources' labels, which have errors; the texts are as good as their writer.
- A changed picture (turned, mirrored, covered) is still the same photo: the numbers of subjects and of sources say more
  about variety than that of samples.
- `python -m bot data check` looks for leaks between the splits, `python -m bot data look` lets people judge samples.
"""


def page(figures: Figures, name: str, *, trainers: bool) -> str:
    """The page about a build called `name` with these figures; `trainers` is whether their folder is there."""
    private = sum(figures["private_samples"].values())
    made = f"Made on {figures['made']} by Rapport {figures['versions']['rapport']} (`python -m bot data build`).\n"
    parts = [
        head(figures, name, trainers=trainers),
        f"# RAP samples: {name}\n",
        *([_PRIVATE.format(private=f"{private:,}")] if private else []),
        *(_ABOUT, made, _FILES + (_TRAINERS if trainers else "")),
        *how_many(figures["splits"]),
        *where_from(figures["splits"]),
        *who_wrote(figures),
        *left_out(figures),
        *how(figures),
        _LIMITS,
    ]
    return "\n".join(parts)


def head(figures: Figures, name: str, *, trainers: bool) -> str:
    """The YAML that hubs read; JSON's strings and lists are YAML's, too."""
    splits = figures["splits"]
    licences = {one.lower() for told in splits.values() for one in told["by_licence"]}
    size = sum(told["samples"] for told in splits.values())
    keys: dict[str, Any] = {
        "pretty_name": f"RAP samples: {name}",
        "license": next(iter(licences)) if len(licences) == 1 and licences <= LICENCES else "other",
        "task_categories": ["image-text-to-text", "visual-question-answering"],
        "tags": ["rap", "personalization", "retrieval-augmented-generation"],
        "size_categories": [next((word for most, word in _SIZES if size < most), "n>1M")],
    }
    if trainers:
        files = [{"split": split, "path": f"datasets/{split}/*.parquet"} for split in splits]
        keys["configs"] = [{"config_name": "default", "data_files": files}]
    return "\n".join(["---", *(f"{key}: {json.dumps(value)}" for key, value in keys.items()), "---", ""])


def how_many(splits: Figures) -> Iterator[str]:
    """Counts by kind and by what was retrieved, and the shares with their goals."""
    yield "## How many\n"
    keys = ("samples", "turns", "subjects", "pictures", "with_a_photo")
    yield rows(
        ("split", "samples", "questions", "subjects", "pictures", "samples with a photo"),
        ((split, *(told[key] for key in keys)) for split, told in splits.items()),
    )
    kinds = counted(splits, "kind")
    yield rows(("kind", "asks", *splits), ((kind, _KINDS.get(kind, ""), *counts) for kind, *counts in kinds))
    yield rows(("concepts in the list", *splits), sorted(counted(splits, "concepts")))
    yield rows(("right and wrong ones", *splits), counted(splits, "retrieved"))
    yield "Of the samples with concepts:\n"
    yield rows(
        ("split", "retrieved were", "share", "goal", ""),
        (
            (
                split,
                what,
                f"{of['share']:.0%}",
                f"≥ {of['goal']:.0%}",
                "met" if of["share"] >= of["goal"] else "**missed**",
            )
            for split, told in splits.items()
            for what, of in told["shares"].items()
        ),
    )


def where_from(splits: Figures) -> Iterator[str]:
    """Sources, licences, and how the pictures were changed."""
    yield "## Where from\n"
    yield rows(("source", *splits), counted(splits, "source"))
    yield rows(("licence of the photos", *splits), counted(splits, "licence"))
    unknown = sum(told["by_licence"].get("unknown", 0) for told in splits.values())
    if unknown:
        these = counting.counted(unknown, "sample")
        yield f"Nobody has said under which licence the photos of {these} are: find out before sharing.\n"
    yield rows(("changed by", *splits), counted(splits, "augmented"))


def who_wrote(figures: Figures) -> Iterator[str]:
    """The teachers, and what they have cost."""
    yield "## Who wrote the texts\n"
    yield rows(("teacher", *figures["splits"]), counted(figures["splits"], "teacher"))
    yield "`none` are the annotations' own words and templates.\n"
    if figures["spent"]:
        keys = dict.fromkeys(key for some in figures["spent"].values() for key in some)
        yield "What they have cost:\n"
        yield rows(
            ("teacher", *(key.replace("_", " ") for key in keys)),
            ((name, *(some.get(key, 0) for key in keys)) for name, some in figures["spent"].items()),
        )


def left_out(figures: Figures) -> Iterator[str]:
    """What was refused, by step and reason, and what fell short."""
    yield "## What was left out\n"
    refused = [(step, *one) for step, some in figures["refusals"].items() for one in some.items()]
    yield rows(("step", "reason", "how many"), refused) if refused else "Nothing.\n"
    if figures["notes"]:
        yield "".join(f"- {one}\n" for one in figures["notes"])


def how(figures: Figures) -> Iterator[str]:
    """What it takes to make it again."""
    yield "## How it was made\n"
    told = ", ".join(f"{name} {number}" for name, number in figures["versions"].items())
    seeds = ", ".join(f"{name} {seed}" for name, seed in figures["seeds"].items())
    yield f"Versions: {told}. Seeds: {seeds or 'none'}. The options:\n"
    yield f"```json\n{json.dumps(figures['options'], indent=1, ensure_ascii=False)}\n```\n"


def counted(splits: Figures, by: str) -> list[tuple[str, *tuple[int, ...]]]:
    """What was counted by something, with the count in each split."""
    found = dict.fromkeys(key for told in splits.values() for key in told[f"by_{by}"])
    return [(key, *(told[f"by_{by}"].get(key, 0) for told in splits.values())) for key in found]


def rows(columns: Iterable[object], cells: Iterable[Iterable[object]]) -> str:
    """A table in Markdown; numbers with a comma at the thousands."""

    def line(cells: Iterable[object]) -> str:
        told = (written(one) if isinstance(one, int | float) else " ".join(str(one).split()) for one in cells)
        return "| " + " | ".join(one.replace("|", "\\|") for one in told) + " |"

    names = [*columns]
    return "\n".join([line(names), line("---" for _ in names), *map(line, cells), ""])


def written(number: float) -> str:
    """A number with a comma at the thousands and no more than four decimals."""
    return f"{number:,.4f}".rstrip("0").rstrip(".")
