"""What `/export` writes and `/import` reads: a zip with our own JSON, RAP's `database.json`, and photos.

rapport.json      everything: concepts, texts with their authors, references with boxes
photos/1.jpg      the stored photos
database.json     the same in the layout of RAP's released code (github.com/Hoar012/RAP-MLLM)
rap/1.jpg         the cut-out regions that `database.json` points to
"""

from __future__ import annotations

import io
import json
import lzma
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from core.concepts import Box, Concept, Reference
from core.errors import UserError
from core.i18n.lazy_strings import gettext_noop
from core.images.decoding import OWN, crop, decode, encode_jpeg

_FORMAT = 1
_MOST_FILES = 20_000
_MOST_BYTES = 1 << 30  # unpacked, in all
_LARGEST_JSON = 64 << 20
_TOO_MUCH = gettext_noop("That zip unpacks to more than I can take in at once.")


# What a damaged zip raises, by how it was packed.
_UNREADABLE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, NotImplementedError)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class SavedInfo(_Strict):
    """One text with who wrote it."""

    text: str
    author: str = ""
    at: datetime | None = None


class SavedPhoto(_Strict):
    """One reference; without a box the whole photo."""

    file: str
    box: Box | None = None
    candidates: tuple[Box, ...] = ()
    negative: bool = False
    author: str = ""
    at: datetime | None = None


class SavedConcept(_Strict):
    """One concept with everything that was known of it."""

    name: str
    category: str | None = None
    infos: tuple[SavedInfo, ...] = ()
    creator: str = ""
    created_at: datetime | None = None
    photos: tuple[SavedPhoto, ...] = ()


class Saved(_Strict):
    """The whole of `rapport.json`."""

    format: int
    concepts: tuple[SavedConcept, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Archive:
    """A zip that was read: its concepts, and their photos by file name."""

    concepts: tuple[SavedConcept, ...]
    files: dict[str, bytes]


def write(kept: Sequence[tuple[Concept, Sequence[Reference]]]) -> bytes:
    """Pack concepts with their references. Blocking."""
    out = io.BytesIO()
    # Photos are compressed already.
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        saved = [_save(packed, concept, references) for concept, references in kept]
        packed.writestr("rapport.json", Saved(format=_FORMAT, concepts=tuple(saved)).model_dump_json(indent=1))
        packed.writestr("database.json", json.dumps(_rap(packed, kept), ensure_ascii=False, indent=1))
    return out.getvalue()


def read(data: bytes) -> Archive:
    """Read what `write` packed, or a zip with RAP's `database.json`. Blocking.

    Raises `UserError` with a sentence when it is no such zip, is damaged, or unpacks to too much.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            entries = packed.infolist()
            if len(entries) > _MOST_FILES or sum(entry.file_size for entry in entries) > _MOST_BYTES:
                raise UserError(_TOO_MUCH)
            names = set(packed.namelist())
            if "rapport.json" in names:
                concepts = Saved.model_validate_json(_text(packed, "rapport.json")).concepts
            elif "database.json" in names:
                concepts = _from_rap(json.loads(_text(packed, "database.json")))
            else:
                raise UserError("There is no rapport.json or database.json in that zip. Send me one that /export made.")
            wanted = {photo.file for concept in concepts for photo in concept.photos} & names
            return Archive(concepts, {name: packed.read(name) for name in sorted(wanted)})
    except _UNREADABLE as error:
        raise UserError("That isn't a zip that I can read. Send me one that /export made.") from error
    except (ValidationError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError("That zip's list of names is damaged, so I took nothing in.") from error


def _text(packed: zipfile.ZipFile, name: str) -> bytes:
    if packed.getinfo(name).file_size > _LARGEST_JSON:
        raise UserError(_TOO_MUCH)
    return packed.read(name)


def _save(packed: zipfile.ZipFile, concept: Concept, references: Sequence[Reference]) -> SavedConcept:
    photos = []
    for reference in references:
        file = f"photos/{reference.id}.jpg"
        packed.writestr(file, reference.photo)
        photos.append(
            SavedPhoto(
                file=file,
                box=reference.box,
                candidates=reference.candidates,
                negative=reference.negative,
                author=reference.author,
                at=reference.at,
            )
        )
    return SavedConcept(
        name=concept.name,
        category=concept.category,
        infos=tuple(SavedInfo(text=info.text, author=info.author, at=info.at) for info in concept.infos),
        creator=concept.creator_name,
        created_at=concept.created_at,
        photos=tuple(photos),
    )


def _rap(packed: zipfile.ZipFile, kept: Sequence[tuple[Concept, Sequence[Reference]]]) -> dict[str, dict[str, Any]]:
    """RAP's layout: one cut-out for each concept, names in angle brackets."""
    concepts: dict[str, Any] = {}
    paths: dict[str, str] = {}
    for concept, references in kept:
        positive = [reference for reference in references if not reference.negative]
        if not positive:
            continue
        key, file = f"<{concept.name}>", f"rap/{positive[0].id}.jpg"
        packed.writestr(file, encode_jpeg(crop(decode(positive[0].photo, limits=OWN), positive[0].box)))
        concepts[key] = {
            "name": concept.name,
            "image": file,
            "info": concept.info,
            "category": concept.category or "",
        }
        paths[file] = key
    return {"concept_dict": concepts, "path_to_concept": paths}


def _from_rap(database: dict[str, Any]) -> tuple[SavedConcept, ...]:
    found = []
    for key, record in database["concept_dict"].items():
        info = str(record.get("info") or "")
        found.append(
            SavedConcept(
                name=str(record.get("name") or key).strip("<>"),
                category=str(record.get("category") or "") or None,
                infos=(SavedInfo(text=info),) if info else (),
                photos=(SavedPhoto(file=str(record["image"])),),
            )
        )
    return tuple(found)
