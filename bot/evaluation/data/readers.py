"""Reads a folder of labelled photos in one of the layouts in use.

a folder per concept       DIR/bo/*.jpg, bo/info.txt, bo/category.txt, negatives/bo/*, strangers/*
MyVLM                      DIR/positives/bo/*, negatives/bo/*, random/*
Yo'LLaVA                   DIR/train/bo/*, test/bo/*, train/bo/negative_example/*
RAP                        DIR/database.json: one picture for each concept, photos beside it
DreamBooth, LCMP           a folder per concept; categories of prompts_and_classes.txt
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bot.evaluation.data.datasets import Collection, Subject, checked, existing, pictures, pictures_below
from core.errors import DataError

_NUMBER = re.compile(r"[\s_-]*\d+$")
_NOT_CONCEPTS = ("negatives", "strangers", "random")


def read(path: Path) -> Collection:
    """The data set in a folder, as far as it can be measured. Raises `DataError` that says what is missing."""
    return checked(everything(path))


def everything(path: Path) -> Collection:
    """All that a folder holds, subjects with a single photo too. Raises `DataError` for what is no such folder."""
    existing(path)
    if path.is_file():
        raise DataError(f"{path} is a file; give the folder that holds the concepts' folders.")
    if (path / "positives").is_dir():
        subjects = [
            _subject(folder, lookalikes=pictures_below(path / "negatives" / folder.name))
            for folder in _children(path / "positives")
        ]
        strangers = (*pictures_below(path / "random"), *pictures(path / "negatives"))
        return Collection(path.name, tuple(subjects), strangers)
    if (path / "train").is_dir():
        subjects = [
            _subject(
                folder,
                queries=pictures(path / "test" / folder.name),
                lookalikes=pictures_below(folder / "negative_example"),
            )
            for folder in _children(path / "train")
        ]
        return Collection(path.name, tuple(subjects), pictures_below(path / "strangers"))
    if (path / "database.json").is_file():
        return _rap_database(path)
    # DreamBooth's repository has its photos in a folder of its own.
    return _folder_per_concept(path / "dataset" if (path / "dataset").is_dir() else path)


def _folder_per_concept(path: Path) -> Collection:
    categories = {}
    if (table := path / "prompts_and_classes.txt").is_file():
        # DreamBooth's file begins with a table, subject_name,class; prompts with placeholders follow.
        rows = csv.reader(table.read_text("utf-8").splitlines())
        categories = {row[0].strip(): row[1].strip() for row in rows if len(row) == 2 and "{" not in row[0]}
    subjects = [
        _subject(folder, categories.get(folder.name), lookalikes=pictures_below(path / "negatives" / folder.name))
        for folder in _children(path)
        if folder.name not in _NOT_CONCEPTS
    ]
    if not subjects:
        raise DataError(f"{path} holds no folders with photos: it takes one folder for each concept.")
    strangers = (*pictures_below(path / "strangers"), *pictures_below(path / "random"))
    return Collection(path.name, tuple(subjects), strangers)


def _rap_database(path: Path) -> Collection:
    """RAP's database has one picture for each concept; a folder of the concept's name holds its queries."""
    records = concept_records(path / "database.json")
    subjects, skipped = [], []
    for name, record in records.items():
        picture = path / str(record.get("image", ""))
        if not picture.is_file():
            skipped.append(f"The picture of {name}, {picture}, is missing: left out.")
            continue
        subjects.append(
            Subject(
                name,
                (picture,),
                category=str(record.get("category") or ""),
                info=str(record.get("info") or ""),
                queries=tuple(one for one in pictures(path / name) if one != picture),
            )
        )
    return Collection(path.name, tuple(subjects), pictures_below(path / "strangers"), tuple(skipped))


def concept_records(path: Path) -> Mapping[str, Mapping[str, Any]]:
    """The records of a `database.json` by concept name. Raises `DataError` if it has another layout."""
    try:
        found = json.loads(path.read_text("utf-8"))["concept_dict"]
        return {str(record.get("name") or key).strip("<>"): record for key, record in found.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{path} is no RAP database: it should hold a concept_dict.") from error


def _subject(
    folder: Path,
    category: str | None = None,
    *,
    queries: tuple[Path, ...] = (),
    lookalikes: tuple[Path, ...] = (),
) -> Subject:
    """The subject with a folder's name and photos.

    Without a `category.txt` or a given category, its category is the name without its number: LCMP and
    DreamBooth name two cats `cat` and `cat_2`.
    """
    category = _text(folder / "category.txt") or category or _NUMBER.sub("", folder.name).replace("_", " ")
    info = _text(folder / "info.txt")
    return Subject(folder.name, pictures(folder), category, info, queries, lookalikes)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip() if path.is_file() else ""
    except UnicodeDecodeError as error:
        raise DataError(f"{path} isn't in UTF-8. Save it as UTF-8.") from error


def _children(path: Path) -> Iterable[Path]:
    return sorted(one for one in path.iterdir() if one.is_dir() and not one.name.startswith("."))
