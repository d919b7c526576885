"""What a chat wants kept of an answer: that somebody was seen (its diary), and the photo itself."""

from __future__ import annotations

from collections.abc import Sequence

from core.assistant.request import Request
from core.assistant.services import Services
from core.assistant.shown import Shown, open_photo
from core.commands.settings import Diary, Keep
from core.concepts import Grade, Sighting
from core.errors import StoreError, UserError
from core.store.values import KeptPhoto, NewKept


async def take_down(services: Services, request: Request, shown: Shown, seen: Sequence[Sequence[Sighting]]) -> None:
    """Note and keep what the chat's settings say of photos whose answer was just given; `seen` is who is in each.

    What can't be kept (there is no room, the store fails) is left: the answer has been given.
    """
    sure = {one.match.concept_id for sightings in seen for one in sightings if one.match and one.grade is Grade.SURE}
    try:
        if sure and request.settings.diary is Diary.ON:
            await services.store.note(request.chat, sure, shown.sender, shown.origin)
        if request.settings.keep is Keep.KNOWN:
            for number, sightings in enumerate(seen):
                if any(one.grade is Grade.SURE for one in sightings):
                    await keep_photo(services, request, shown, number, sightings)
    except (UserError, StoreError):
        return


async def keep_photo(
    services: Services, request: Request, shown: Shown, number: int, sightings: Sequence[Sighting]
) -> tuple[KeptPhoto, int]:
    """Keep photo `number`, from 0, with whom it shows; returns it with the change.

    Raises `UserError` when there is no room for it, or when it is kept already.
    """
    image = await open_photo(services, request.chat, shown, number)
    stored = await services.pictures.stored(request.chat, image)
    await services.quotas.require_room(request.message, size=len(stored.jpeg))
    shows = {one.match.concept_id: one.grade is Grade.SURE for one in sightings if one.match}
    new = NewKept(stored.jpeg, shows, f"{shown.origin} {number}")
    return await services.store.keep(request.chat, new, request.sender)
