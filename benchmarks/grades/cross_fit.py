"""The lite encoder's grades on photos that nothing was fitted to.

    python -m benchmarks.grades.cross_fit photos/dreambooth photos/lcmp --also photos/grocery --write

The encoder's own fit has seen the collections that it was learnt from, and is surer of them than it will be of
anybody's photos. So each of these is seen through a fit that is learnt from the others, and each of those of `--also`
through the shipped one; then the curve of each collection is fitted to all others, and judged on it. Prints the table
and one JSON line; `--write` puts the curve that is fitted to all of them into calibration.toml.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from benchmarks.fit_mobilenet import learn, subjects_in
from bot.build.models import Models, models_of
from bot.config import load
from bot.evaluation.data import readers
from bot.evaluation.data.datasets import Collection
from bot.evaluation.experiments import calibrate
from bot.evaluation.harness.cache import Cache
from bot.evaluation.harness.recognition import FileRecognizer
from bot.evaluation.harness.report import Report
from bot.logs import set_up
from core.models.onnx.mobilenet import FIT, MobileNetEncoder, identity
from core.models.parts import Fit
from core.recognition.calibration import TABLE, Calibration

CACHE = Path("~/.cache/rapport/evaluation.db").expanduser()


async def measure(
    learnt: Sequence[Path], also: Sequence[Path], most: int, goals: calibrate.Goals
) -> tuple[Report, Calibration]:
    """Fit and judge; `most` photos of each subject are looked at."""
    config, cases = load(), list[calibrate.Case]()
    models = models_of(config, calibrate.INITIAL)
    with Cache(CACHE) as cache, Progress(disable=True) as progress:
        for folder in (*learnt, *also):
            others = [one for one in learnt if one != folder]
            fit = learn(subjects_in(others, ()))[0] if folder in learnt else Fit.load(FIT)
            recognizer = FileRecognizer.of(config, _through(models, fit), cache)
            collection = _few(readers.read(folder), most)
            cases += await calibrate.cases_of(recognizer, collection, seeds=(0, 1, 2), progress=progress)
    identities = {"detector": config.models.detector, "encoder": models.encoder_identity}
    return calibrate.report_of(cases, goals, identities, (0, 1, 2)), calibrate.fitted(cases, goals)


def _through(models: Models, fit: Fit) -> Models:
    """The models, with an encoder of another fit."""
    masked = bool(models.saliencies)
    encoders = {"cpu": lambda: MobileNetEncoder(fit=fit, masked=masked)}
    return replace(models, encoders=encoders, encoder_identity=identity(fit=fit, masked=masked))


def _few(collection: Collection, most: int) -> Collection:
    subjects = tuple(replace(one, photos=one.photos[:most]) for one in collection.subjects)
    return replace(collection, subjects=subjects)


def main() -> None:
    """Measure and print."""
    wanted = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    wanted.add_argument("learnt", nargs="+", type=Path, help="what the encoder is fitted to")
    wanted.add_argument("--also", nargs="*", default=(), type=Path, help="what it never saw")
    wanted.add_argument("--most", type=int, default=12, help="photos of each subject")
    wanted.add_argument("--goal", type=float, default=calibrate.Goals().sure, help="of the sure, right")
    wanted.add_argument("--wrong", type=float, default=calibrate.Goals().wrong, help="or of all photos, named wrongly")
    wanted.add_argument("--write", action="store_true")
    chosen = wanted.parse_args()
    set_up("text", "error")
    goals = calibrate.Goals(sure=chosen.goal, wrong=chosen.wrong)
    report, calibration = asyncio.run(measure(chosen.learnt, chosen.also, chosen.most, goals))
    report.show(Console(width=120))
    print(json.dumps({"benchmark": "cross_fit", "rows": list(report.rows), "calibration": asdict(calibration)}))
    if chosen.write:
        calibrate.save(TABLE, report.models["encoder"], calibration)


if __name__ == "__main__":
    main()
