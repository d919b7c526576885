"""Saying who is at a place in a photo under discussion: tapped, drawn, or told in words."""

from __future__ import annotations

from dataclasses import dataclass

from core.assistant.commands.remember import LET_GO, Place, Remember, is_not, learn
from core.assistant.replies import point as point_command
from core.assistant.request import Request
from core.assistant.services import Services
from core.assistant.shown import open_photo
from core.commands.arguments import is_number, parts_of
from core.commands.registry import command
from core.concepts import Box
from core.errors import UserError
from core.i18n.lazy_strings import gettext_noop
from core.messages import Question, Reply

_BROKEN_BUTTON = gettext_noop("That button is broken; send the photo again with /remember NAME.")


@dataclass(frozen=True, slots=True)
class Point:
    """A place in a shown photo, None for all that was shown; who is there, who is not, what it is, and what is told."""

    shown: str
    photo: int = 0
    box: Box | None = None
    name: str = ""
    instead_of: str = ""
    category: str = ""
    info: str = ""


def read_point(rest: str) -> Point:
    """SHOWN, or SHOWN PHOTO X0 Y0 X1 Y1; then | NAME, | WHO IT ISN'T, | CATEGORY, and | INFO."""
    where, name, instead_of, category, info = [*parts_of(rest, 5), "", "", "", ""][:5]
    key, *numbers = where.split() or [""]
    if len(numbers) not in {0, 5} or not all(map(is_number, numbers)):
        raise UserError(_BROKEN_BUTTON)
    if not numbers:
        return Point(key, name=name, instead_of=instead_of, category=category, info=info)
    photo, x0, y0, x1, y1 = map(int, numbers)
    return Point(key, photo, Box(x0, y0, x1, y1), name, instead_of, category, info)


@command("point", read_point, about_photo=True, edits=True)
async def point(services: Services, request: Request, given: Point) -> Reply:
    """Ask who is at a place in a photo, or learn it."""
    own = request.shown  # it may not be kept any longer than it is answered
    shown = own if own and own.key == given.shown else services.conversations.find(request.chat, given.shown)
    if shown is None or given.photo >= len(shown.photos):
        raise UserError(LET_GO)
    taught = Remember(given.name, given.category or None, given.info or None)
    try:
        if given.box is None:
            return await learn(services, request, taught, shown)
        image = await open_photo(services, request.chat, shown, given.photo)
        place = Place(given.photo, given.box.within(image.box))
        if not given.name:
            said = request.translator.gettext("Who is it? Answer with the name.")
            cutout = await services.pictures.cutout(request.chat, image, place.box)
            question = Question(naming=f"{point_command(shown, place.photo, place.box)} | ")
            return Reply(said, image=cutout, question=question)
        if given.instead_of:
            await is_not(services, request, shown, place, given.instead_of)
            await open_photo(services, request.chat, shown, given.photo)
        return await learn(services, request, taught, shown, place)
    finally:
        shown.close()
