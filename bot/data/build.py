"""`python -m bot data build`: from sources to samples, step after step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from bot.data import steps
from bot.data.augmenting import Augmentation, Backgrounds
from bot.data.conversing import Exchanges, Scene
from bot.data.crops.cropping import CROPS, PICTURES, Crops
from bot.data.crops.finding import SubjectFinder
from bot.data.crops.views import compared
from bot.data.describing import by_subject, described, describing
from bot.data.instructions import Instructions, conversations
from bot.data.negatives import LookAlikes, Material, Mixed, mixed
from bot.data.output.delivering import SAMPLES, deliver
from bot.data.pictures.together import Together, groups
from bot.data.plan import BuildPlan
from bot.data.records import Crop, Description, Exchange, Picture, Split
from bot.data.samples import Kind, Provenance, Sample, Value
from bot.data.sources.gathering import Gathered
from bot.data.steps import Made, Record, Refusal, Step
from bot.data.teacher.names import renamings
from bot.data.teacher.preview import preview, told
from core.errors import DataError
from core.images.decoders import Decoders
from core.images.decoding import Limits

PICTURE_FOLDERS = (PICTURES, CROPS)
SOURCES, VIEWS = "sources", "views"
SPLITS: tuple[Split, ...] = ("train", "eval")

In = TypeVar("In", bound=Value)
Out = TypeVar("Out", bound=Record)
Progress = Callable[[str, int, int], None]
"""Hears a step's name, how many of its inputs are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a build has come to: the samples by split, refusals by step, and sentences about what fell short."""

    samples: Mapping[Split, tuple[Sample, ...]]
    refusals: Mapping[str, tuple[Refusal, ...]]
    notes: tuple[str, ...]


class Build:
    """A build in the folder `out`: each step goes on from its file there."""

    def __init__(
        self,
        out: Path,
        plan: BuildPlan,
        *,
        progress: Progress = lambda *_: None,
        finder: SubjectFinder | None = None,
        look_alikes: LookAlikes | None = None,
    ) -> None:
        self._out, self._plan, self._progress = out, plan, progress
        self._finder, self._look_alikes = finder, look_alikes
        self._refusals: dict[str, tuple[Refusal, ...]] = {}

    async def run(self, gathered: Gathered) -> Built:
        """Build, and write `rap/train.json` and `rap/eval.json`. Raises `DataError` where nothing could be made."""
        plan = self._plan
        plan.output.check()
        cut, crops = await self._cropped(gathered)
        subjects = by_subject(crops, plan.teacher.seed)
        async with describing(plan.teacher, self._out, subjects) as descriptions_step:
            descriptions = described(await self._step(descriptions_step, subjects))
        used = [crop for crop in crops if crop.subject in descriptions]
        pictures = await self._step(Augmentation(self._out, plan.augmentation), used)
        pictures += await self._step(Backgrounds(self._out, plan.backgrounds), used)
        names = {who: one.name for who, one in descriptions.items()}
        pictures += await self._step(Together(self._out, plan.together), groups(used, names, plan.together))
        scenes = [_scene(picture, descriptions) for picture in pictures]
        scenes += [Scene(descriptions=(one,)) for one in descriptions.values()]
        exchanges = await self._step(Exchanges(plan.conversations), scenes)
        exchanges += await self._step(Instructions(self._out, plan.instructions), conversations(plan.instructions))
        built = await self._mixed(used, descriptions, pictures, exchanges)
        built = replace(built, notes=(*gathered.notes, *renamings(subjects), *built.notes))
        self._prune(cut, pictures, exchanges)
        options, shown = plan.model_dump(mode="json"), partial(self._progress, "datasets")
        kept, refused = deliver(self._out, built.samples, built.refusals, built.notes, options, shown)
        if not any(kept.values()):
            reasons = sorted({one.reason for some in built.refusals.values() for one in some})
            raise DataError(
                f"No sample could be made. Refused: {', '.join(reasons) or 'nothing; the sources are empty'}."
            )
        return replace(built, samples=kept, refusals={**built.refusals, SAMPLES: refused})

    async def preview(self, gathered: Gathered) -> str:
        """What the teacher would be asked, and what that would cost, for people; nobody is asked."""
        subjects = by_subject((await self._cropped(gathered))[1], self._plan.teacher.seed)
        found = await asyncio.to_thread(preview, self._plan.teacher, subjects, self._out)
        return told(found, self._plan.teacher, self._out)

    async def _cropped(self, gathered: Gathered) -> tuple[Sequence[Crop], Sequence[Crop]]:
        """All crops that were cut, and those that are used."""
        self._out.mkdir(parents=True, exist_ok=True)
        self._file_refused(SOURCES, gathered.refusals)
        async with Decoders(Limits()) as decoders:
            step = Crops(self._out, self._plan.crops, decoders, finder=self._finder)
            cut = await self._step(step, gathered.photos)
        crops, refusals = await asyncio.to_thread(compared, cut, self._out)
        self._file_refused(VIEWS, refusals)
        return cut, crops

    def _file_refused(self, what: str, refusals: Sequence[Refusal]) -> None:
        self._refusals[what] = tuple(refusals)
        steps.write_lines(self._out / f"{what}.{steps.REFUSED}.jsonl", refusals)

    async def _step(self, step: Step[In, Out], inputs: Sequence[In]) -> tuple[Out, ...]:
        made: Made[Out] = await steps.run(
            step, inputs, self._out, lambda done, total: self._progress(step.name, done, total)
        )
        self._refusals[step.name] = made.refusals
        return made.records

    async def _mixed(
        self,
        crops: Sequence[Crop],
        descriptions: Mapping[str, Description],
        pictures: Sequence[Picture],
        exchanges: Sequence[Exchange],
    ) -> Built:
        splits = {one.subject: one.split for one in crops}
        by_id = {one.id: one for one in pictures}
        results, plan = dict[Split, Mixed](), self._plan.instructions
        for split in SPLITS:
            material = Material(
                split,
                {one.id: one for one in crops if one.split == split},
                {who: one for who, one in descriptions.items() if splits.get(who) == split},
                {key: one for key, one in by_id.items() if splits[one.subject] == split},
                [one for one in exchanges if _split_of(one, splits, by_id) == split],
                Provenance(source=plan.source or Path(plan.file).name, licence=plan.licence, teacher=""),
            )
            results[split] = await mixed(material, self._plan.mix, self._look_alikes)
        refused = tuple(refusal for one in results.values() for refusal in one.refusals)
        return Built(
            {split: one.samples for split, one in results.items()},
            {**self._refusals, SAMPLES: refused},
            tuple(f"{split}: {note}" for split, one in results.items() for note in one.notes),
        )

    def _prune(self, crops: Iterable[Crop], pictures: Iterable[Picture], exchanges: Iterable[Exchange]) -> None:
        """Delete the picture files that nothing needs any more: those of a source, or a consent, that is gone."""
        needed = {path for one in crops for path in (one.crop, one.picture)}
        needed |= {path for one in pictures for path in (one.crop, one.picture)}
        needed |= {one.picture for one in exchanges if one.kind is Kind.INSTRUCTION}
        for folder in PICTURE_FOLDERS:
            for file in (self._out / folder).glob("*"):
                if f"{folder}/{file.name}" not in needed:
                    file.unlink()


def _split_of(exchange: Exchange, splits: Mapping[str, Split], pictures: Mapping[str, Picture]) -> Split:
    """The split of its picture's subject, or of whom it is about; instruction data is for training."""
    if picture := pictures.get(exchange.picture):
        return splits[picture.subject]
    return splits.get(exchange.subjects[0], "train") if exchange.subjects else "train"


def _scene(picture: Picture, descriptions: Mapping[str, Description]) -> Scene:
    others = [descriptions[one.subject] for one in picture.others if one.subject in descriptions]
    return Scene(picture=picture, descriptions=(descriptions[picture.subject], *others))
