"""COCO's layout, and that of LVIS, Objects365 and others that keep it: https://cocodataset.org/#format-data.

Each annotated object is a subject with one view; captions of the picture (`captions_*.json`) come along.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.data.records import Other, Split
from bot.data.sources.candidates import Candidate, box_of, category_of, id_of, size_of, visible_of, words
from bot.data.steps import Refusal, Refused
from core.errors import DataError

Row = Mapping[str, Any]
_MOST_OTHERS = 30
# Objects365 marks what only shows the thing.
_NOT_ITSELF = {"iscrowd": "a crowd", "isfake": "a picture of the thing", "isreflected": "a reflection"}


class CocoReader:
    """The annotated objects of a file. `captions` is what a file of captions holds."""

    def __init__(self, data: Row, captions: Row | None = None) -> None:
        self.faults: list[Refusal] = []
        self.images = self._by_id(data, "images")
        self.categories = self._by_id(data, "categories") if "categories" in data else {}
        self._licences = self._by_id(data, "licenses") if data.get("licenses") else {}
        self.annotations: dict[str, Row] = {}
        self.in_image: defaultdict[str, list[str]] = defaultdict(list)
        for key, row in self._by_id(data, "annotations").items():
            image = row.get("image_id")
            if str(image) in self.images:
                self.annotations[key] = row
                self.in_image[str(image)].append(key)
            else:
                self._fault(key, Refused("points nowhere", f"there is no image {str(image)[:80]!r}"))
        self._captions: defaultdict[str, list[str]] = defaultdict(list)
        for row in rows(captions, "annotations") if captions else ():
            if isinstance(row, Mapping) and (caption := words(row.get("caption"))):
                self._captions[str(row.get("image_id"))].append(caption)

    def subjects(self) -> Sequence[str]:
        """The annotations' ids."""
        return list(self.annotations)

    def views(self, subject: str) -> Iterator[Candidate | Refusal]:
        """The one view of an annotated object."""
        yield self.view(subject)

    def pictures(self) -> Iterator[str]:
        """The paths of the pictures, as they are annotated."""
        for row in self.images.values():
            if path := picture_of(row):
                yield path

    def view(self, annotation: str, *, phrases: Sequence[str] = (), split: Split | None = None) -> Candidate | Refusal:
        """The view of an annotation, or why there is none."""
        row = self.annotations[annotation]
        image = self.images[str(row["image_id"])]
        try:
            for key, reason in _NOT_ITSELF.items():
                if row.get(key):
                    raise Refused(reason)
            if not (picture := picture_of(image)):
                raise Refused("missing picture", "the annotations give it no file_name")
            return Candidate(
                picture=picture,
                box=box_of(row.get("bbox")),
                size=size_of(image),
                category=self._category(row),
                visible=visible_of(row),
                others=self._others(annotation, row),
                phrases=tuple(phrases),
                captions=tuple(self._captions.get(str(row["image_id"]), ())),
                licence=self._licence(image),
                split=split,
            )
        except Refused as error:
            return Refusal(of=annotation, reason=error.reason, detail=error.detail)

    def subject_of(self, annotation: str) -> str:
        """The id of the subject that an annotation shows."""
        return annotation

    def _others(self, annotation: str, row: Row) -> tuple[Other, ...]:
        found = []
        for key in self.in_image[str(row["image_id"])]:
            other = self.annotations[key]
            if key == annotation:
                continue
            try:
                box = box_of(other.get("bbox"))
            except Refused:
                continue  # it is told where it is a subject
            subject = "" if any(other.get(mark) for mark in _NOT_ITSELF) else self.subject_of(key)
            found.append(Other(box=box, subject=subject, category=self._category(other)))
        return tuple(sorted(found, key=lambda one: -one.box.area)[:_MOST_OTHERS])

    def _category(self, row: Row) -> str:
        return category_of(self.categories.get(str(row.get("category_id")), {}).get("name"))

    def _licence(self, image: Row) -> str:
        told = self._licences.get(str(image.get("license")), {})
        name, address = words(told.get("name"), 80), words(told.get("url"), 200)
        return f"{name} ({address})" if name and address else name or address

    def _by_id(self, data: Row, name: str) -> dict[str, Row]:
        """The rows of a list by id; the second of an id, and what is no row, is a fault."""
        found: dict[str, Row] = {}
        for number, row in enumerate(rows(data, name)):
            key = f"{name}[{number}]"
            try:
                if not isinstance(row, Mapping):
                    raise Refused("no annotation", "it is no object")
                key = id_of(row.get("id"))
                if key in found:
                    raise Refused("an id twice", f"{name} has several of it; the first counts")
            except Refused as error:
                self._fault(key, error)
            else:
                found[key] = row
        return found

    def _fault(self, of: str, error: Refused) -> None:
        self.faults.append(Refusal(of=of, reason=error.reason, detail=error.detail))


def rows(data: Row, name: str) -> Sequence[Any]:
    """The list of an annotation file with this name. Raises `DataError` where there is none."""
    found = data.get(name)
    if isinstance(found, Mapping):  # Google's referring expressions have objects by id
        found = list(found.values())
    if not isinstance(found, list):
        raise DataError(f"The annotations have no list of {name}, as COCO's have.")
    return found


def picture_of(image: Row) -> str:
    """The path of a picture; LVIS has only the address that it was downloaded from, which ends with it."""
    if (path := image.get("file_name")) and isinstance(path, str):
        return path
    return "/".join(address.split("/")[-2:]) if isinstance(address := image.get("coco_url"), str) else ""
