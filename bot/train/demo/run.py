"""The demonstration from an empty folder to a model: pictures and samples, an untrained model, a run of training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from transformers import LlavaForConditionalGeneration, PreTrainedTokenizerFast

from bot.build.models import models_of
from bot.config import Config
from bot.data.samples import write_samples
from bot.evaluation.harness.cache import Cache
from bot.evaluation.harness.recognition import FileRecognizer
from bot.evaluation.harness.report import Report
from bot.train.demo import lessons
from bot.train.demo.judging import Examination, GrowingMemory, judge, judge_growing, opened
from bot.train.demo.lessons import Curriculum, Lessons
from bot.train.demo.recall import teach_recall
from bot.train.demo.report import report_of
from bot.train.demo.tower import teach_tower
from bot.train.demo.untrained import write_untrained
from bot.train.planning import Progress
from bot.train.profiles import profile_of
from bot.train.run import MODEL, Training, fine_tune
from core.counting import counted
from core.models.vlm.checkpoints import ORIGIN

PICTURES, START = "pictures", "start"
NEGATIVES, NO_NEGATIVES = "with-negatives", "without-negatives"
DATA, RUN, JUDGEMENT = "data", "run", "judgement"


def prepare(out: Path, amount: Lessons, progress: Progress = lambda *_: None) -> None:
    """Write the pictures, the samples of both runs, and the model that they start with; what is there stays."""
    figures, _ = lessons.split(amount)
    if not (out / START / ORIGIN).is_file():

        def teach(model: LlavaForConditionalGeneration, tokenizer: PreTrainedTokenizerFast) -> None:
            teach_tower(model, figures, amount.seeing, amount.seed, progress)
            teach_recall(model, tokenizer, figures, amount.recalling, amount.seed, progress)

        write_untrained(out / START, seed=amount.seed, teach=teach)
    runs = {NEGATIVES: amount, NO_NEGATIVES: replace(amount, negatives=0.0)}
    files = {name: out / name / DATA / "rap/train.json" for name in runs}
    if all(file.is_file() for file in files.values()):
        return
    gallery = lessons.paint(out / PICTURES, amount, progress, beside=f"../../{PICTURES}/")
    for name, chosen in runs.items():
        write_samples(files[name], Curriculum(gallery, chosen).samples())


def train(
    out: Path,
    name: str = NEGATIVES,
    *,
    seed: int = 0,
    tell: Callable[[str], None] = lambda _: None,
    progress: Progress = lambda *_: None,
) -> Path:
    """Train on the samples of a name, as `python -m bot train run` does; a run that was stopped goes on.

    Returns the model's folder.
    """
    run = out / name / RUN
    numbers = profile_of("demo", given={"seed": seed})
    fine_tune(Training(out / name / DATA, str(out / START), run, numbers, device="cpu"), tell, progress)
    return run / MODEL


async def examine(
    out: Path, names: Sequence[str], config: Config, amount: Lessons, plan: Examination, progress: Progress
) -> Report:
    """Ask the trained models, and the bot's recognizer for a store that grows; the figures by model."""
    learnt, kept = lessons.split(amount)
    with Cache(out / JUDGEMENT / "recognized.db") as cache:
        recognizer = FileRecognizer.of(config, models_of(config), cache)
        growing = (
            await GrowingMemory(recognizer, out / JUDGEMENT, (*kept, *learnt), plan).questions() if plan.sizes else {}
        )
    figures = {}
    for number, name in enumerate(names):
        progress("asking the models", number, len(names), name)
        async with opened(config, out / name / RUN / MODEL) as generator:
            figures[name] = {**await judge(generator, kept, plan), **await judge_growing(generator, growing)}
    progress("asking the models", len(names), len(names), "")
    conditions = (
        f"{counted(plan.questions, 'question')} of each kind about {len(kept)} figures, names, facts and pictures that"
        " no model has learnt from; two concepts are retrieved, the wrong ones half of the time look-alikes.",
        f"The growing store: {counted(plan.photos, 'photo')} of the first ten concepts,"
        " retrieved by the bot's own recognizer.",
    )
    identities = {"detector": config.models.detector, "encoder": config.models.encoder}
    return report_of(figures, identities, plan.seed, conditions)
