"""The same thing over time: videos as annotated frames, or as folders of frames.

COCO's layout with tracks    TAO (`track_id`), ImageNet-VID as MMTracking writes it (`instance_id`), OVIS and
                             YouTube-VIS (a track for each annotation, a box for each frame)
folders of frames            DIR/video/track/*.jpg; the category from the track's name or its `category.txt`
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.data.sources.candidates import Candidate, category_of, is_number, natural
from bot.data.sources.coco import CocoReader, Row, rows
from bot.data.sources.files import read_lines
from bot.data.steps import Refusal
from bot.evaluation.data.datasets import pictures

_FRAMES = ("frame_index", "frame_id", "frame_num")


class VideoReader:
    """The tracks of a file of annotations."""

    def __init__(self, data: Row) -> None:
        self.coco = _Frames(data)
        self.faults: list[Refusal] = list(self.coco.faults)
        self._tracks: defaultdict[str, list[str]] = defaultdict(list)
        for key in self.coco.annotations:
            self._tracks[self.coco.subject_of(key)].append(key)

    def subjects(self) -> Sequence[str]:
        """The tracks' ids."""
        return list(self._tracks)

    def views(self, subject: str) -> Iterator[Candidate | Refusal]:
        """The frames of a track, in their order."""
        found = [(self.coco.frame(key), self.coco.view(key), key) for key in self._tracks[subject]]
        for frame, view, key in sorted(found, key=lambda one: one[0]):
            if isinstance(view, Refusal):
                yield view
            else:
                yield replace(view, scene=self.coco.video(key), frame=frame)

    def pictures(self) -> Iterator[str]:
        """The paths of the frames, as they are annotated."""
        return self.coco.pictures()


class _Frames(CocoReader):
    """Frames with boxes, each of which belongs to a track of a video."""

    def subject_of(self, annotation: str) -> str:
        row = self.annotations[annotation]
        track = row.get("track_id", row.get("instance_id"))
        # Tracks are numbered through in TAO, and anew in each video by MMTracking.
        return annotation if track is None else f"{self.video(annotation)}/{track}"

    def video(self, annotation: str) -> str:
        return str(self.images[str(self.annotations[annotation]["image_id"])].get("video_id", ""))[:80]

    def frame(self, annotation: str) -> float:
        image = self.images[str(self.annotations[annotation]["image_id"])]
        return next((float(image[key]) for key in _FRAMES if is_number(image.get(key))), 0.0)


def has_tracks(data: Row) -> bool:
    """Whether annotations are of videos."""
    some = [one for one in rows(data, "annotations")[:100] if isinstance(one, Mapping)]
    return any(key in one for one in some for key in ("track_id", "instance_id", "bboxes"))


def from_tracks(data: Row) -> Row:
    """Annotations with a box for each frame (YouTube-VIS, OVIS) as such with a frame and a box each."""
    if not any(isinstance(one, Mapping) and "bboxes" in one for one in rows(data, "annotations")[:100]):
        return data
    images, annotations = [], []
    for video in rows(data, "videos"):
        names = video.get("file_names") if isinstance(video, Mapping) else None
        for frame, name in enumerate(names if isinstance(names, list) else ()):
            one = {key: video.get(key) for key in ("width", "height", "license")}
            key = f"{video.get('id')}/{frame}"
            images.append({**one, "id": key, "video_id": video.get("id"), "file_name": name, "frame_id": frame})
    for track in rows(data, "annotations"):
        boxes: Any = track.get("bboxes") if isinstance(track, Mapping) else None
        hidden = track.get("occlusion") if isinstance(track, Mapping) else None
        for frame, box in enumerate(boxes if isinstance(boxes, list) else ()):
            if box is None:
                continue  # it isn't there
            one = {key: track.get(key) for key in ("category_id", "iscrowd")}
            if isinstance(hidden, list) and frame < len(hidden):
                one["occlusion"] = hidden[frame]
            place = {"id": f"{track.get('id')}/{frame}", "image_id": f"{track.get('video_id')}/{frame}"}
            annotations.append({**one, **place, "track_id": track.get("id"), "bbox": box})
    return {**data, "images": images, "annotations": annotations}


class FramesReader:
    """Folders of frames: DIR/video/track/*.jpg. Each track is a subject that fills its pictures or is looked for."""

    def __init__(self, root: Path) -> None:
        self.faults: list[Refusal] = []
        self._root = root
        found = (one for one in root.glob("*/*") if one.is_dir() and not one.name.startswith("."))
        self._tracks = {one.relative_to(root).as_posix(): one for one in sorted(found) if pictures(one)}

    def subjects(self) -> Sequence[str]:
        """The tracks as "video/track"."""
        return list(self._tracks)

    def views(self, subject: str) -> Iterator[Candidate | Refusal]:
        """The frames of a track, in the order of the numbers in their names."""
        track = self._tracks[subject]
        named, told = re.sub(r"[\s_-]*\d+$", "", track.name), track / "category.txt"
        category = category_of(" ".join(read_lines(told)) if told.is_file() else named)
        for number, path in enumerate(sorted(pictures(track), key=natural)):
            name = path.relative_to(self._root).as_posix()
            yield Candidate(picture=name, category=category, scene=track.parent.name, frame=number)
