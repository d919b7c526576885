"""Reads a folder of labelled photos, whichever of the field's layouts it has.

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
_APART = ("negatives", "strangers", "random")


def read(path: Path) -> Collection:
    """The data set in a folder. Raises `DataError` that says what is missing."""
    existing(path)
    if path.is_file():
        raise DataError(f"{path} is a file; give the folder that holds the concepts' folders.")
    if (path / "positives").is_dir():
        return checked(_myvlm(path))
    if (path / "train").is_dir():
        return checked(_yollava(path))
    if (path / "database.json").is_file():
        return checked(_rap(path))
    if (path / "dataset").is_dir():  # as DreamBooth's repository lies
        path = path / "dataset"
    return checked(_folders(path))


def _folders(path: Path) -> Collection:
    categories = _classes(path / "prompts_and_classes.txt")
    subjects = [
        _subject(folder, categories, lookalikes=pictures_below(path / "negatives" / folder.name))
        for folder in _children(path)
        if folder.name not in _APART
    ]
    if not subjects:
        raise DataError(f"{path} holds no folders with photos: it takes one folder for each concept.")
    strangers = (*pictures_below(path / "strangers"), *pictures_below(path / "random"))
    return Collection(path.name, tuple(subjects), strangers)


def _myvlm(path: Path) -> Collection:
    subjects = [
        _subject(folder, {}, lookalikes=pictures_below(path / "negatives" / folder.name))
        for folder in _children(path / "positives")
    ]
    strangers = (*pictures_below(path / "random"), *pictures(path / "negatives"))
    return Collection(path.name, tuple(subjects), strangers)


def _yollava(path: Path) -> Collection:
    subjects = [
        _subject(
            folder,
            {},
            queries=pictures(path / "test" / folder.name),
            lookalikes=pictures_below(folder / "negative_example"),
        )
        for folder in _children(path / "train")
    ]
    return Collection(path.name, tuple(subjects), pictures_below(path / "strangers"))


def _rap(path: Path) -> Collection:
    """RAP's store has one picture for each concept; a folder of its name holds the photos to ask about."""
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
    """The records of a `database.json` by plain name. Raises `DataError` when it is none."""
    try:
        found = json.loads(path.read_text("utf-8"))["concept_dict"]
        return {str(record.get("name") or key).strip("<>"): record for key, record in found.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{path} is no RAP database: it should hold a concept_dict.") from error


def _subject(
    folder: Path,
    categories: Mapping[str, str],
    *,
    queries: tuple[Path, ...] = (),
    lookalikes: tuple[Path, ...] = (),
) -> Subject:
    category = _text(folder / "category.txt") or categories.get(folder.name) or _kind(folder.name)
    info = _text(folder / "info.txt")
    return Subject(folder.name, pictures(folder), category, info, queries, lookalikes)


def _kind(name: str) -> str:
    """`cat_2` is a cat: how LCMP and DreamBooth name two of a kind."""
    return _NUMBER.sub("", name).replace("_", " ")


def _text(path: Path) -> str:
    return path.read_text("utf-8").strip() if path.is_file() else ""


def _children(path: Path) -> Iterable[Path]:
    return sorted(one for one in path.iterdir() if one.is_dir() and not one.name.startswith("."))


def _classes(path: Path) -> dict[str, str]:
    """The table at the top of DreamBooth's `prompts_and_classes.txt`: subject_name,class."""
    if not path.is_file():
        return {}
    rows = csv.reader(path.read_text("utf-8").splitlines())
    return {row[0].strip(): row[1].strip() for row in rows if len(row) == 2 and "{" not in row[0]}
