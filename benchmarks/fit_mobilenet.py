"""Learn the lite encoder's whitening and cohort from folders of photos, and write mobilenet_fit.npz.

    python -m benchmarks.fit_mobilenet photos/dreambooth photos/lcmp [--to FILE]

The fit holds numbers of features and colours, no photo. Prints one JSON line: photos, parts, and the share of
the features' variance that the kept directions explain. A new fit is a new encoder: calibrate it
(`python -m bot eval calibrate`); stored memories are embedded anew at the next start. `--configured --to FILE` fits
the patches of `models.encoder` instead (DINOv2, CLIP); compare `python -m bot eval retrieval` with models.fit = FILE
and without, which compares whole crops.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np

from bot.build.vision import patches_of
from bot.config import load
from core.concepts import Box, Vectors
from core.errors import BadPhoto
from core.images.decoding import decode
from core.models.onnx.mobilenet import FIT, MobileNet
from core.models.parts import Fit, Network
from core.models.windows import windows

DIRECTIONS = 384  # kept; docs/recognition.md compares
BETWEEN = 0.2  # of the variance between subjects, added to that within them
SHRINKAGE = 0.4  # of the mean variance, added to each direction's: small ones are noise
COHORT = 64  # photos, from as many folders as there are
COHORT_LEVELS = (1, 2)


def main() -> None:
    wanted = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    wanted.add_argument("folders", nargs="+", type=Path)
    wanted.add_argument("--to", type=Path, default=FIT)
    wanted.add_argument("--configured", action="store_true", help="fit models.encoder, for models.fit, not MobileNetV2")
    wanted.add_argument("--leave-out", nargs="*", default=(), help="subjects (folder names) not to learn from")
    chosen = wanted.parse_args()
    subjects = subjects_in(chosen.folders, chosen.leave_out)
    if chosen.configured and chosen.to == FIT:
        wanted.error("--configured needs --to FILE, which models.fit then names")
    name, network = patches_of(load()) if chosen.configured else ("", None)
    fit, photos, explained = learn(subjects, network)
    np.savez_compressed(
        chosen.to,
        mean=fit.mean.astype(np.float16),
        projection=fit.projection.astype(np.float16),
        cohort=fit.cohort.astype(np.float16),
        starts=fit.starts,
        network=np.array(name),
    )
    print(json.dumps({"fit": name or "mobilenet", "photos": photos, "cohort": len(fit.starts), "explained": explained}))


def learn(subjects: Sequence[Sequence[Path]], network: Network | None = None) -> tuple[Fit, int, float]:
    """The fit to the photos of subjects, how many photos those are, and the share of variance that is kept.

    `network` is MobileNetV2 unless it is another.
    """
    seen = network or MobileNet()
    maps = {path: seen.features(decode(path.read_bytes()), seen.poses.usual)[0] for paths in subjects for path in paths}
    features = [np.concatenate([pooled(maps[path]) for path in paths]) for paths in subjects]
    mean, projection, explained = whitening(features)
    plain = Fit(mean, projection, np.zeros((0, projection.shape[1]), np.float32), np.zeros(0, np.int64))
    blurred = [pose for pose in seen.poses.reference if pose.blurred]
    parts = []
    for path in _cohort(subjects):
        # All that is blurred looks alike: where references are seen so, the cohort is, too.
        cells = [maps[path], *(seen.features(decode(path.read_bytes()), pose)[0] for pose in blurred)]
        parts.append(plain.whiten(np.concatenate([pooled(one, COHORT_LEVELS) for one in cells])))
    starts = np.cumsum([0, *(len(rows) for rows in parts[:-1])])
    return Fit(mean, projection, np.concatenate(parts), starts), len(maps), explained


def pooled(cells: Vectors, levels: tuple[int, ...] = (1, 2, 3, 4)) -> Vectors:
    """The largest value of each feature in each window of a photo's map: (windows, features)."""
    whole = Box(0, 0, cells.shape[1], cells.shape[0])
    return np.stack([cells[one.y0 : one.y1, one.x0 : one.x1].max((0, 1)) for one in windows(whole, levels)])


def whitening(subjects: Sequence[Vectors]) -> tuple[Vectors, Vectors, float]:
    """Mean and projection of the subjects' features, and the share of variance that is kept.

    What varies between photos of one subject is made small; what tells subjects apart counts only a
    little (`BETWEEN`), else whitening would hide it. Each subject counts the same, however many photos.
    """
    unit = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in subjects]
    means = np.stack([rows.mean(0) for rows in unit])
    within = sum(np.cov((rows - mean).T) for rows, mean in zip(unit, means, strict=True)) / len(unit)
    variance, directions = np.linalg.eigh(within + BETWEEN * np.cov(means.T))
    kept, chosen = variance[::-1][:DIRECTIONS], directions[:, ::-1][:, :DIRECTIONS]
    projection = chosen / np.sqrt(kept + SHRINKAGE * kept.mean())
    return means.mean(0), projection.astype(np.float32), round(float(kept.sum() / variance.sum()), 3)


def subjects_in(folders: Sequence[Path], leave_out: Sequence[str]) -> list[list[Path]]:
    """The photos of each subfolder that can be read, in order."""
    found = [
        [path for path in sorted(one.iterdir()) if _readable(path)]
        for folder in folders
        for one in sorted(folder.iterdir())
        if one.is_dir() and one.name not in leave_out
    ]
    return [paths for paths in found if paths]


def _readable(path: Path) -> bool:
    try:
        decode(path.read_bytes())
    except (BadPhoto, OSError):
        return False
    return True


def _cohort(subjects: Sequence[Sequence[Path]]) -> list[Path]:
    """A photo of each subject, then a second of each, until there are enough."""
    random = Random(0)  # noqa: S311 - a repeatable choice, no secret
    mixed = [random.sample(paths, len(paths)) for paths in random.sample(list(subjects), len(subjects))]
    rounds = [paths[turn] for turn in range(COHORT) for paths in mixed if turn < len(paths)]
    return rounds[:COHORT]


if __name__ == "__main__":
    main()
