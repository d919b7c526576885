"""The demonstration from an empty folder to a model: pictures and samples, an untrained model, two runs of training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bot.train.demo import lessons
from bot.train.demo.lessons import Lessons
from bot.train.demo.untrained import write_untrained
from bot.train.planning import Progress
from bot.train.profiles import profile_of
from bot.train.run import Training, fine_tune

CAPTIONS, CONVERSATIONS = "captions.json", "conversations.json"


def demonstrate(
    out: Path,
    *,
    amount: Lessons | None = None,
    seed: int = 0,
    tell: Callable[[str], None] = lambda _: None,
    progress: Progress = lambda *_: None,
) -> Path:
    """Train the demo's model in a folder; the model's own folder. What is there already is not made anew."""
    amount = amount or Lessons(seed=seed)
    data = write_samples(out / "data", amount, progress)
    blank = out / "untrained"
    if not (blank / "config.json").is_file():
        write_untrained(blank, seed=seed)
    profile = profile_of("demo", given={"seed": seed})
    model = str(blank)
    for file in (CAPTIONS, CONVERSATIONS):
        run = out / file.removesuffix(".json")
        model = str(fine_tune(Training(data / file, model, run, profile, device="cpu"), tell, progress).model)
    return Path(model)


def write_samples(data: Path, amount: Lessons, progress: Progress) -> Path:
    """Write the pictures and both files of samples."""
    if not (data / CONVERSATIONS).is_file():
        learnt, _ = lessons.split()
        gallery = lessons.paint(data, learnt, amount, progress)
        lessons.write_captions(data / CAPTIONS, gallery, amount)
        lessons.write_conversations(data / CONVERSATIONS, gallery, amount)
    return data
