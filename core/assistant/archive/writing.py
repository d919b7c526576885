"""Packs what `/export` hands over, one concept at a time."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from typing import Any

from core.assistant.archive.saved import (
    FORMAT,
    MOST_AT_ONCE,
    MOST_CANDIDATES,
    MOST_EDGE,
    MOST_NAMES,
    MOST_TEXTS,
    Saved,
    SavedConcept,
    SavedConsent,
    SavedInfo,
    SavedKept,
    SavedPhoto,
    SavedSighting,
    SavedTraining,
)
from core.concepts import Box, Concept, Reference
from core.language.facts import in_one_line
from core.store.values import Consent, Consents, KeptPhoto, SightingNote


class Packer:
    """A zip that grows in memory. Blocking."""

    def __init__(self) -> None:
        self._out = io.BytesIO()
        self._zip = zipfile.ZipFile(self._out, "w", zipfile.ZIP_STORED)  # photos are compressed already
        self._saved: list[SavedConcept] = []
        self._kept: list[SavedKept] = []
        self._training: SavedTraining | None = None
        self._rap: dict[str, dict[str, Any]] = {"concept_dict": {}, "path_to_concept": {}}

    def add(
        self,
        concept: Concept,
        references: Sequence[Reference],
        portrait: bytes | None,
        notes: Sequence[SightingNote] = (),
    ) -> None:
        """Pack one concept; `portrait` is the JPEG of its region that RAP's layout holds, `notes` its diary."""
        photos = []
        for reference in references:
            file = f"photos/{reference.id}.jpg"
            self._zip.writestr(file, reference.photo)
            photos.append(
                SavedPhoto(
                    file=file,
                    box=_within_bounds(reference.box),
                    candidates=tuple(map(_within_bounds, reference.candidates[:MOST_CANDIDATES])),
                    negative=reference.negative,
                    cover=reference.id == concept.cover,
                    author=reference.author,
                    at=reference.at,
                )
            )
        infos = tuple(SavedInfo(text=one.text, author=one.author, at=one.at) for one in concept.infos[-MOST_TEXTS:])
        for begin in range(0, max(1, len(photos)), MOST_AT_ONCE):
            self._saved.append(
                SavedConcept(
                    name=concept.name,
                    category=concept.category,
                    infos=infos,
                    creator=concept.creator_name,
                    created_at=concept.created_at,
                    photos=tuple(photos[begin : begin + MOST_AT_ONCE]),
                    seen=tuple(SavedSighting(at=one.at, sender=one.sender) for one in notes[:MOST_AT_ONCE]),
                )
            )
        if portrait is not None:
            self._add_to_rap(concept, portrait)

    def keep(self, kept: KeptPhoto, jpeg: bytes) -> None:
        """Pack a photo that somebody chose to keep."""
        file = f"kept/{kept.number}.jpg"
        self._zip.writestr(file, jpeg)
        saved = SavedKept(file=file, shows=kept.shows, perhaps=kept.perhaps, author=kept.author, at=kept.at)
        self._kept.append(saved)

    def note(self, consents: Consents) -> None:
        """Say who has allowed training in the chat, and who agrees."""

        def saved(one: Consent) -> SavedConsent:
            return SavedConsent(name=one.name, at=one.at, wording=one.wording)

        agreed = tuple(map(saved, consents.agreed[:MOST_NAMES]))
        if consents.opened or agreed:
            self._training = SavedTraining(opened=consents.opened and saved(consents.opened), agreed=agreed)

    def _add_to_rap(self, concept: Concept, portrait: bytes) -> None:
        """One cut-out for each concept, names in angle brackets."""
        key, file = f"<{concept.name}>", f"rap/{concept.id}.jpg"
        self._zip.writestr(file, portrait)
        record = {
            "name": concept.name,
            "image": file,
            "info": in_one_line(concept.infos, concept.name),
            "category": concept.category or "",
        }
        self._rap["concept_dict"][key] = record
        self._rap["path_to_concept"][file] = key

    def packed(self) -> bytes:
        """The whole zip; nothing can be added any more."""
        saved = Saved(format=FORMAT, concepts=tuple(self._saved), kept=tuple(self._kept), training=self._training)
        self._zip.writestr("rapport.json", saved.model_dump_json())
        self._zip.writestr("database.json", json.dumps(self._rap, ensure_ascii=False, indent=1))
        self._zip.close()
        return self._out.getvalue()


def _within_bounds(box: Box) -> Box:
    """The box as a list of names may hold it: earlier versions have stored others, too."""
    return Box(*(min(max(edge, 0), MOST_EDGE) for edge in box))
