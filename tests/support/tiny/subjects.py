"""Subjects, views and pictures in memory, as a build hands them on; the files that they name aren't there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.data.conversing import ConversationOptions, Exchanges, Scene
from bot.data.negatives import Material
from bot.data.records import Crop, Description, Exchange, Other, Picture, QuestionAnswer, Split

SIZE = (400, 300)


@dataclass(frozen=True)
class Person:
    """A subject: what it is called, its kind, how many photos there are, and who else is in all of them."""

    id: str
    name: str
    category: str = "dog"
    views: int = 2
    beside: tuple[str, ...] = ()
    questions: bool = True
    caption: bool = True


def crop_of(who: Person, number: int, split: Split = "train") -> Crop:
    """A view of a subject."""
    id = f"{who.id}/{number}"
    boxes = [(20 + 120 * at, 40, 120 + 120 * at, 220) for at in range(3)]
    return Crop.model_validate(
        {
            "id": id,
            "subject": who.id,
            "name": who.name,
            "category": who.category,
            "picture": f"pictures/{id}.jpg",
            "digest": f"digest of {id}",
            "box": boxes[0],
            "others": tuple(Other(box=box, subject=one) for box, one in zip(boxes[1:], who.beside, strict=False)),
            "source": f"source of {who.id.partition('/')[0]}",
            "licence": "CC0-1.0",
            "split": split,
            "crop": f"crops/{id}.jpg",
            "sharpness": 0.8,
            "share": 0.2,
        }
    )


def description_of(who: Person) -> Description:
    """What is told of a subject: with a caption for its first view, and questions of all three sorts."""
    mark = f"<{who.name}>"
    questions = (
        QuestionAnswer(question=f"What does {mark} love?", answer=f"{mark} loves the number {len(who.id)}."),
        QuestionAnswer(question=f"Is {mark} on the left?", answer="Yes.", about="picture", view=f"{who.id}/0"),
        QuestionAnswer(question=f"Is {mark} happy?", answer="Yes, it is.", about="both", view=f"{who.id}/0"),
    )
    return Description(
        subject=who.id,
        name=who.name,
        category=who.category,
        info=f"{mark} is one of {who.id}. {mark} loves the number {len(who.id)}.",
        captions={f"{who.id}/0": f"{mark} sits in the red grass."} if who.caption else {},
        questions=questions if who.questions else (),
        teacher="somebody",
    )


def pictures_of(crop: Crop) -> list[Picture]:
    """A view's own picture, and two changed ones."""
    box = crop.box
    assert box is not None
    own = Picture(
        id=crop.id,
        view=crop.id,
        subject=crop.subject,
        picture=crop.picture,
        size=SIZE,
        box=box,
        others=crop.others,
    )
    changed = [
        own.model_copy(
            update={"id": f"{crop.id}~{change}", "augmented": (change,), "crop": f"crops/{crop.id}~{change}.jpg"}
            | {"picture": f"pictures/{crop.id}~{change}.jpg"}
        )
        for change in ("flip", "light")
    ]
    return [own, *changed]


def exchanges_of(scenes: Sequence[Scene], options: ConversationOptions) -> list[Exchange]:
    """All exchanges of scenes."""

    async def make() -> list[Exchange]:
        step = Exchanges(options)
        return [one for scene in scenes for one in await step.make(scene)]

    return asyncio.run(make())


def material_of(
    people: Sequence[Person],
    *,
    options: ConversationOptions | None = None,
    split: Split = "train",
    more: Sequence[Exchange] = (),
) -> Material:
    """All that a split's samples are made of."""
    crops = [crop_of(who, number, split) for who in people for number in range(who.views)]
    descriptions = {who.id: description_of(who) for who in people}
    pictures = {one.id: one for crop in crops for one in pictures_of(crop)}
    scenes = [
        Scene(
            picture=one,
            descriptions=(
                descriptions[one.subject],
                *(descriptions[other.subject] for other in one.others if other.subject in descriptions),
            ),
        )
        for one in pictures.values()
    ]
    scenes += [Scene(descriptions=(one,)) for one in descriptions.values()]
    exchanges = exchanges_of(scenes, options or ConversationOptions())
    return Material(split, {one.id: one for one in crops}, descriptions, pictures, [*exchanges, *more])
