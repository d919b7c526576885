"""From conversations to samples: which concepts are handed to the model with the question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.data.records import Crop, Description, Exchange, Picture, Split
from bot.data.samples import Provenance, RetrievedConcept, Sample, Value
from bot.data.steps import Refusal


class MixOptions(Value):
    """The shares of the kinds, and of the negatives."""

    seed: int = 0


@dataclass(frozen=True, slots=True)
class Material:
    """What one split's samples are made of: crops by id and by subject, descriptions by subject, pictures by id."""

    split: Split
    crops: Mapping[str, Crop]
    descriptions: Mapping[str, Description]
    pictures: Mapping[str, Picture]
    exchanges: Sequence[Exchange]


class LookAlikes(Protocol):
    """Finds what the retriever would mistake a subject for."""

    async def like(self, crop: Crop, among: Sequence[Crop]) -> Sequence[Crop]:
        """The others' crops, the most alike first."""
        ...


@dataclass(frozen=True, slots=True)
class Mixed:
    """The samples of a split, what was refused, and sentences about shares that could not be met."""

    samples: tuple[Sample, ...]
    refusals: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()


async def mixed(material: Material, options: MixOptions, look_alikes: LookAlikes | None = None) -> Mixed:  # noqa: ARG001
    """The samples of a split."""
    samples = []
    for one in material.exchanges:
        picture = material.pictures[one.picture]
        crop = material.crops[picture.view]
        concepts = tuple(
            RetrievedConcept(
                crop=crop.crop,
                name=material.descriptions[subject].name,
                info=material.descriptions[subject].info,
                category=material.descriptions[subject].category,
                box=picture.box,
                subject=subject,
            )
            for subject in one.subjects
        )
        samples.append(
            Sample(
                id=one.id,
                kind=one.kind,
                image=picture.picture,
                turns=one.turns,
                concepts=concepts,
                subjects=one.subjects,
                provenance=Provenance(source=crop.source, licence=crop.licence, seed=options.seed),
            )
        )
    return Mixed(tuple(samples))
