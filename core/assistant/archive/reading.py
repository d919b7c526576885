"""Reads an archive: what `/export` packed, RAP's layout, or photos whose folders or file names say who is on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pydantic import ValidationError

from core.assistant.archive.photo_names import name_of
from core.assistant.archive.saved import (
    FORMAT,
    LARGEST_JSON,
    MOST_NAMES,
    MOST_PHOTOS,
    MOST_WITHOUT_PHOTOS,
    RapDatabase,
    Saved,
    SavedConcept,
    SavedKept,
    SavedPhoto,
    parsed,
)
from core.assistant.archive.unzipping import TOO_MUCH, UnreadableFile, Unzipper, path_of
from core.concepts import Box
from core.errors import UserError
from core.i18n.lazy_strings import gettext_noop
from core.names import LONGEST, check_category, check_info, clean, fold
from core.store.errors import refuse_broken
from core.store.values import NewInfo, SightingNote

_DAMAGED = gettext_noop("The list of names in there is damaged, so I took nothing in.")
_TOO_LONG = gettext_noop("The list of names in there is longer than I can take in at once.")
_EARLIEST = 1900  # year
_PHOTO_ENDINGS = (".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".heic", ".heif")


@dataclass(frozen=True, slots=True)
class ListedPhoto:
    """A photo as an archive lists it: `file` is its path in the zip; without a box it is the whole photo."""

    file: str
    box: Box | None = None
    candidates: tuple[Box, ...] = ()
    negative: bool = False
    cover: bool = False


@dataclass(frozen=True, slots=True)
class ListedConcept:
    """A concept as an archive lists it, in words that may be kept; `infos` runs from old to new."""

    name: str
    category: str | None
    infos: tuple[NewInfo, ...]
    photos: tuple[ListedPhoto, ...]
    sightings: tuple[SightingNote, ...] = ()


@dataclass(frozen=True, slots=True)
class ListedKept:
    """A kept photo as an archive lists it, with the names of whom it surely shows, and may show."""

    file: str
    shows: tuple[str, ...]
    perhaps: tuple[str, ...]
    at: datetime | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Archive:
    """A zip that was read: its concepts, each name once, and the photos, which are unpacked as they are needed.

    `plain` says that nobody has said which region of a photo is meant; `unfit` counts names and texts that can't be
    kept, `nameless` photos that don't say who is on them.
    """

    concepts: tuple[ListedConcept, ...]
    zip: Unzipper
    plain: bool = False
    unfit: int = 0
    nameless: int = 0
    kept: tuple[ListedKept, ...] = ()


def read(data: bytes) -> Archive:
    """Read a zip. Blocking; its photos are left packed.

    Raises `UserError` with a sentence when it is no zip, is damaged, holds nothing that can be taken in, or too much.
    """
    unzipper = Unzipper(data)
    # The one nearest to the top, in the order in which we prefer them.
    found = [one for one in unzipper.files if one.rpartition("/")[2] in {"rapport.json", "database.json"}]
    nearest = min(found, key=lambda one: (one.count("/"), one.endswith("database.json"), one), default=None)
    if nearest is None:
        return _plain(unzipper)
    kept: tuple[SavedKept, ...] = ()
    try:
        listed = parsed(unzipper.read(nearest, LARGEST_JSON))
        if nearest.endswith("rapport.json"):
            version = listed.get("format") if isinstance(listed, dict) else None
            if type(version) is int and version > FORMAT:
                raise UserError(
                    "That export was made by a newer version of me, which I can't read. Bring me up to date."
                )
            saved = Saved.model_validate(listed)
            concepts, kept = saved.concepts, saved.kept
        else:
            concepts = RapDatabase.model_validate(listed).concepts()
    except OverflowError as error:
        raise UserError(_TOO_LONG) from error
    except ValidationError as error:
        too_long = {one["type"] for one in error.errors(include_url=False, include_input=False)} == {"too_long"}
        raise UserError(_TOO_LONG if too_long else _DAMAGED) from error
    except (UnreadableFile, ValueError, RecursionError) as error:
        raise UserError(_DAMAGED) from error
    bare = sum(not one.photos for one in concepts)
    if bare > MOST_WITHOUT_PHOTOS or sum(len(one.photos) for one in concepts) > MOST_PHOTOS:
        raise UserError(_TOO_LONG)
    find = _finder(nearest, frozenset(unzipper.files))
    photos = (ListedKept(find(one.file), one.shows, one.perhaps, _moment(one.at)) for one in kept)
    return replace(_merged(concepts, unzipper, find), kept=tuple(photos))


def _finder(list_path: str, files: frozenset[str]) -> Callable[[str], str]:
    """Finds a listed file in the zip: from the list's folder, from those above it, or beside the list.

    RAP's own lists tell paths from the folder that their folder is in.
    """
    folders = list_path.split("/")[:-1]

    def find(file: str) -> str:
        path = path_of(file)
        above = ("/".join([*folders[:depth], path]) for depth in range(len(folders), -1, -1))
        beside = "/".join([*folders, path.rpartition("/")[2]])
        return next((one for one in (*above, beside) if one in files), path)

    return find


def _plain(unzipper: Unzipper) -> Archive:
    """A zip without a list: its photos tell by their paths who is on them."""
    photos: dict[str, list[SavedPhoto]] = {}
    nameless = 0
    for path in unzipper.files:
        if path.casefold().endswith(_PHOTO_ENDINGS):
            name = name_of(path)
            nameless += name is None
            if name is not None:
                photos.setdefault(name, []).append(SavedPhoto.model_construct(file=path))
    if nameless and not photos:
        raise UserError("Those photos don't say who is on them. Name them, or their folders: bo.jpg, or bo/1.jpg.")
    if not photos:
        raise UserError(
            "I found no photos and no list of names in there. Send me what /export gave you, "
            "or photos called bo.jpg or bo/1.jpg."
        )
    if len(photos) > MOST_NAMES:
        raise UserError(TOO_MUCH)
    concepts = [SavedConcept.model_construct(name=name, photos=tuple(listed)) for name, listed in photos.items()]
    return _merged(concepts, unzipper, str, plain=True, nameless=nameless)


def _sightings(concept: SavedConcept) -> list[SightingNote]:
    """A stranger's lines of a diary, as they may be kept and shown."""
    found = ((_moment(one.at), "".join(filter(str.isprintable, one.sender)).strip()) for one in concept.seen)
    return [SightingNote(at, sender[:LONGEST]) for at, sender in found if at]


def _moment(at: datetime | None) -> datetime | None:
    """A stranger's date, where it can be one of ours."""
    if at is None or not _EARLIEST <= at.year < 9999:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _merged(
    concepts: Iterable[SavedConcept],
    unzipper: Unzipper,
    find: Callable[[str], str],
    *,
    plain: bool = False,
    nameless: int = 0,
) -> Archive:
    """The concepts whose words may be kept, those of one name together, each photo of one once."""
    kept: dict[str, ListedConcept] = {}
    unfit = 0
    for one in concepts:
        try:
            name, category = clean(one.name), check_category(one.category or "")
            infos = [NewInfo(check_info(info.text), _moment(info.at)) for info in one.infos if info.text.strip()]
            refuse_broken(name, category, *(info.text for info in infos))
        except UserError:
            unfit += 1
            continue
        photos = [
            ListedPhoto(
                find(photo.file),
                Box(*photo.box) if photo.box else None,
                tuple(Box(*box) for box in photo.candidates),
                photo.negative,
                photo.cover,
            )
            for photo in one.photos
        ]
        same = kept.get(fold(name), ListedConcept(name, None, (), ()))
        kept[fold(name)] = ListedConcept(
            same.name,
            category or same.category,
            tuple(dict.fromkeys((*same.infos, *infos))),
            tuple(dict.fromkeys((*same.photos, *photos))),
            tuple(dict.fromkeys((*same.sightings, *_sightings(one)))),
        )
    return Archive(tuple(kept.values()), unzipper, plain, unfit, nameless)
