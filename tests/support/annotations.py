"""Small sources of photos in the layouts of well-known data sets, written where a test wants them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image


def photo(path: Path, size: tuple[int, int] = (200, 150), seed: int = 0, **options: Any) -> Path:
    """A sharp photo of (width, height) like no other of another seed: a patchwork of 10 px squares."""
    path.parent.mkdir(parents=True, exist_ok=True)
    width, height = size
    squares = np.random.default_rng(seed).integers(0, 256, (-(-height // 10), -(-width // 10), 3), np.uint8)
    pixels = squares.repeat(10, 0).repeat(10, 1)[:height, :width]
    PIL.Image.fromarray(pixels).save(path, quality=95, **options)
    return path


def instances(**changes: Any) -> dict[str, Any]:
    """COCO's annotations of two pictures: a dog and a cat in the first, another dog in the second."""
    return {
        "images": [
            {"id": 1, "file_name": "one.jpg", "width": 200, "height": 150, "license": 4},
            {"id": 2, "file_name": "two.jpg", "width": 200, "height": 150},
        ],
        "annotations": [
            {"id": 11, "image_id": 1, "category_id": 18, "bbox": [10.4, 10, 80.2, 90], "iscrowd": 0},
            {"id": 12, "image_id": 1, "category_id": 17, "bbox": [110, 20, 70, 100], "iscrowd": 0},
            {"id": 21, "image_id": 2, "category_id": 18, "bbox": [40, 30, 100, 100], "iscrowd": 0},
        ],
        "categories": [{"id": 17, "name": "cat"}, {"id": 18, "name": "dog"}],
        "licenses": [{"id": 4, "name": "Attribution License", "url": "https://creativecommons.org/licenses/by/2.0/"}],
        **changes,
    }


def coco(folder: Path, data: Mapping[str, Any] | None = None, name: str = "instances.json") -> Path:
    """Two pictures and their annotations; the path of the annotations."""
    for number, picture in enumerate(("one.jpg", "two.jpg")):
        photo(folder / picture, seed=number)
    file = folder / name
    file.write_text(json.dumps(instances() if data is None else data), "utf-8")
    return file


def tao(folder: Path, frames: int = 5) -> Path:
    """TAO's annotations: a dog that walks through a video, a ball beside it, and a dog in another video."""
    images, annotations = [], []
    for video, tracks in ((1, (7, 8)), (2, (9,))):
        for frame in range(frames):
            key = video * 100 + frame
            name = f"train/video{video}/frame{frame:04}.jpg"
            photo(folder / name, seed=key)
            size = {"width": 200, "height": 150}
            images.append({"id": key, "video_id": video, "file_name": name, "frame_index": frame * 30, **size})
            for track in tracks:
                box = [10 + 10 * frame, 20, 60, 60] if track != 8 else [120, 90, 40, 40]
                place = {"image_id": key, "video_id": video, "track_id": track, "category_id": 2 if track == 8 else 1}
                annotations.append({"id": key * 10 + track, "bbox": box, **place})
    file = folder / "train.json"
    categories = [{"id": 1, "name": "dog"}, {"id": 2, "name": "ball"}]
    tracks_told = [{"id": 7, "video_id": 1}, {"id": 8, "video_id": 1}, {"id": 9, "video_id": 2}]
    data = {"images": images, "annotations": annotations[::-1], "categories": categories, "tracks": tracks_told}
    file.write_text(json.dumps(data), "utf-8")
    return file


def celeba(folder: Path) -> Path:
    """CelebA's folder with two people and three photos."""
    for number in range(3):
        photo(folder / "Img" / "img_align_celeba" / f"00000{number}.jpg", (178, 218), seed=number)
    (folder / "Anno").mkdir()
    lines = {"identity_CelebA.txt": ["000000.jpg 2880", "000001.jpg 2937", "000002.jpg 2880"]}
    names = "Attractive Eyeglasses Wearing_Hat"
    rows = ["000000.jpg  1  1 -1", "000001.jpg -1 -1  1", "000002.jpg  1 -1 -1"]
    lines["list_attr_celeba.txt"] = ["3", names, *rows]
    for name, told in lines.items():
        (folder / "Anno" / name).write_text("\n".join(told) + "\n", "utf-8")
    return folder
