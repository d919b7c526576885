"""A file that says of each photo who it shows, as CelebA's `identity_CelebA.txt`.

Read beside it, where they are there: `list_attr_celeba.txt` (what is to be seen), `list_eval_partition.txt` (what is
held back), `list_bbox_celeba.txt` (the face's box, for the photos that are not aligned).
Source: https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from bot.data.sources.candidates import Candidate, box_of
from bot.data.sources.files import read_lines
from bot.data.steps import Refusal, Refused

FILE = "identity_CelebA.txt"
ALIGNED, IN_THE_WILD = "img_align_celeba", "img_celeba"
# What everybody sees alike; the others judge people.
_ATTRIBUTES = {
    "Bald": "a bald head",
    "Bangs": "a fringe",
    "Black_Hair": "black hair",
    "Blond_Hair": "blond hair",
    "Brown_Hair": "brown hair",
    "Gray_Hair": "grey hair",
    "Wavy_Hair": "wavy hair",
    "Straight_Hair": "straight hair",
    "Goatee": "a goatee",
    "Mustache": "a moustache",
    "Eyeglasses": "glasses",
    "Smiling": "a smile",
    "Wearing_Earrings": "earrings",
    "Wearing_Hat": "a hat",
    "Wearing_Necklace": "a necklace",
    "Wearing_Necktie": "a necktie",
}


class IdentitiesReader:
    """The people of an identity file. `boxes` is whether the photos are those that the boxes are for."""

    def __init__(self, file: Path, *, boxes: bool) -> None:
        self.faults: list[Refusal] = []
        self._photos: defaultdict[str, list[str]] = defaultdict(list)
        listed: set[str] = set()
        for number, told in _lines(file):
            if len(told) != 2:
                self.faults.append(Refusal(of=f"line {number}", reason="no annotation", detail="it is not PHOTO WHO"))
            elif told[0] in listed:
                self.faults.append(Refusal(of=told[0], reason="an id twice", detail=f"line {number}; the first counts"))
            else:
                listed.add(told[0])
                self._photos[told[1]].append(told[0])
        folder = file.parent
        self._phrases = {
            photo: tuple(_ATTRIBUTES[one] for one in row if one in _ATTRIBUTES)
            for photo, row in _attributes(folder / "list_attr_celeba.txt").items()
        }
        self._parts = _table(folder / "list_eval_partition.txt")
        self._boxes = _table(folder / "list_bbox_celeba.txt") if boxes else {}

    def subjects(self) -> Sequence[str]:
        """The people's ids."""
        return list(self._photos)

    def views(self, subject: str) -> Iterator[Candidate | Refusal]:
        """The photos of a person."""
        held_back = any(self._parts.get(one, ["0"]) != ["0"] for one in self._photos[subject])
        for photo in self._photos[subject]:
            try:
                told = self._boxes.get(photo)
                box = box_of([int(one) for one in told if re.fullmatch(r"-?\d{1,7}", one)]) if told else None
            except Refused as error:
                yield Refusal(of=photo, reason=error.reason, detail=error.detail)
                continue
            yield Candidate(
                picture=photo,
                box=box,
                category="person",
                phrases=self._phrases.get(photo, ()),
                split="eval" if held_back else None,
            )


def photos_of(file: Path, most: int) -> list[str]:
    """The names of the first photos of an identity file; none where it is no such file."""
    some = [told for _, told in islice(_lines(file), most)]
    return [told[0] for told in some if len(told) == 2]


def _lines(file: Path) -> Iterator[tuple[int, list[str]]]:
    """The lines' numbers and words; Kaggle's copy has commas and a heading."""
    for number, line in enumerate(read_lines(file), 1):
        told = re.split(r"[\s,]+", line.strip())
        if told != [""] and told[0] != "image_id":
            yield number, told


def _table(path: Path) -> Mapping[str, list[str]]:
    """A file's lines by their first word, none where there is no file."""
    lines = (one.split() for one in read_lines(path)) if path.is_file() else ()
    return {words[0]: words[1:] for words in lines if len(words) > 1}


def _attributes(path: Path) -> Mapping[str, list[str]]:
    """The attributes that each photo has; the file's second line names them."""
    names = next((line.split() for line in read_lines(path)[1:2]), []) if path.is_file() else []
    return {
        photo: [name for name, has in zip(names, row, strict=False) if has == "1"]
        for photo, row in _table(path).items()
    }
