"""Referring expressions, people's words for one object of a picture, beside COCO's annotations.

refs(unc).json     RefCOCO, RefCOCO+, RefCOCOg: the list of `refs(unc).p` as JSON, `instances.json` beside it
                   (https://github.com/lichengunc/refer)
one file           Google's, with `refexps` (https://github.com/mjhucla/Google_Refexp_toolbox), and MDETR's, whose
                   images have a `caption` each (https://github.com/ashkamath/mdetr)

The original refs are a pickle, which can run any program as it is read: it is never opened here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.data.records import Split
from bot.data.sources.candidates import Candidate, words
from bot.data.sources.coco import CocoReader, Row, rows
from bot.data.steps import Refusal
from core.errors import DataError

PICKLE = (
    "{path} is a pickle, which can run any program when it is opened, so it is not read. If you trust it, write it as "
    "JSON: python -c \"import json, pickle, sys; json.dump(pickle.load(open(sys.argv[1], 'rb')), "
    "open(sys.argv[2], 'w'))\" '{path}' '{json}'"
)


class ReferringReader:
    """The objects that are referred to, with the words for each. `refs` is a list as RefCOCO has it."""

    def __init__(self, data: Row, refs: Sequence[Any], captions: Row | None = None) -> None:
        self.coco = CocoReader(data, captions)
        self.faults: list[Refusal] = list(self.coco.faults)
        self._phrases: defaultdict[str, list[str]] = defaultdict(list)
        self._splits: dict[str, Split] = {}
        for number, ref in enumerate(refs):
            key = str(ref.get("ann_id")) if isinstance(ref, Mapping) else ""
            if key not in self.coco.annotations:
                self.faults.append(Refusal(of=f"refs[{number}]", reason="points nowhere", detail=f"ann_id {key[:80]}"))
                continue
            sentences = ref.get("sentences")
            for one in sentences if isinstance(sentences, list) else ():
                told = one.get("raw") or one.get("sent") if isinstance(one, Mapping) else one
                if text := words(told):
                    self._phrases[key].append(text)
            if key not in self._splits or ref.get("split", "train") != "train":
                self._splits[key] = "train" if ref.get("split", "train") == "train" else "eval"

    def subjects(self) -> Sequence[str]:
        """The ids of the annotations that somebody referred to."""
        return list(self._splits)

    def views(self, subject: str) -> Iterator[Candidate | Refusal]:
        """The one view of an object. What the data set holds back (val, test) is for evaluation."""
        phrases = tuple(dict.fromkeys(self._phrases[subject]))
        yield self.coco.view(subject, phrases=phrases, split="eval" if self._splits[subject] == "eval" else None)

    def pictures(self) -> Iterator[str]:
        """The paths of the pictures, as they are annotated."""
        return self.coco.pictures()


def from_google(data: Row) -> tuple[Row, Sequence[Row]]:
    """COCO's annotations and refs of a file of Google's. Raises `DataError`."""
    texts = {str(one.get("refexp_id")): one.get("raw") for one in rows(data, "refexps") if isinstance(one, Mapping)}
    annotations = [one | {"id": one.get("annotation_id")} for one in rows(data, "annotations") if isinstance(one, dict)]
    images = [one | {"id": one.get("image_id")} for one in rows(data, "images") if isinstance(one, dict)]
    refs = []
    for one in annotations:
        told = one.get("refexp_ids")
        refs.append(
            {
                "ann_id": one["id"],
                "sentences": [texts.get(str(key)) for key in (told if isinstance(told, list) else ())],
            }
        )
    return {**data, "images": images, "annotations": annotations}, refs


def from_mdetr(data: Row) -> tuple[Row, Sequence[Row]]:
    """COCO's annotations and refs of a file of MDETR's, which has a picture anew for each expression."""
    images = {str(one.get("id")): one for one in rows(data, "images") if isinstance(one, Mapping)}
    pictures: dict[str, Row] = {}
    annotations: dict[str, Row] = {}
    refs = []
    for one in rows(data, "annotations"):
        if not isinstance(one, Mapping) or str(one.get("image_id")) not in images:
            raise DataError("The annotations point to an image that isn't in the file.")
        image = images[str(one["image_id"])]
        picture, key = str(image.get("original_id", image.get("id"))), str(one.get("original_id", one.get("id")))
        pictures.setdefault(picture, {**image, "id": picture})
        annotations.setdefault(key, {**one, "id": key, "image_id": picture})
        refs.append({"ann_id": key, "sentences": [image.get("caption")]})
    return {**data, "images": list(pictures.values()), "annotations": list(annotations.values())}, refs
