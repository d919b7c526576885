"""Exchanges about pictures and the subjects in them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.data.records import Description, Exchange, Picture
from bot.data.samples import Kind, Turn, Value


class Scene(Value):
    """A picture, and what is told of those in it: first of its subject, then of the others that are known."""

    picture: Picture
    descriptions: tuple[Description, ...]


class ConversationOptions(Value):
    """Which conversations are made."""

    seed: int = 0


class Exchanges:
    """The step `Scene` → `Exchange`s."""

    name, record, concurrency = "exchanges", Exchange, 1

    def __init__(self, options: ConversationOptions) -> None:
        self.options = options

    def id_of(self, given: Scene) -> str:
        """The picture's id."""
        return given.picture.id

    async def make(self, given: Scene) -> Sequence[Exchange]:
        """Is bo in this photo? Yes."""
        name = given.descriptions[0].name
        turn = Turn(question=f"Is <{name}> in this photo?", answer=f"Yes, <{name}> is in this photo.")
        return [
            Exchange(
                id=f"{given.picture.id}#recognition",
                kind=Kind.RECOGNITION,
                picture=given.picture.id,
                turns=(turn,),
                subjects=(given.picture.subject,),
            )
        ]
