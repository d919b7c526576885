"""What a line in says and what a line out tells: JSON, with photos and files by their paths."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError, from_json

from core.errors import UserError
from core.images.contact_sheet import picture_of
from core.messages import Attachment, Card, Chat, Message, Photo, Reply, Sender, Unreadable, with_usual_signs
from core.platforms.local_files import read_files

LONGEST_LINE = 1 << 20  # characters
_LONGEST_ID = 1000  # characters
_MOST_FILES = 100
_SHOWN = 50  # characters of a key that are repeated
# Readers that split text by more than "\n" would see several lines, and terminals would obey; JSON may escape them.
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def _named(path: object) -> object:
    """A path that names something: an empty one would be the working folder."""
    if path == "":
        raise PydanticCustomError("empty", "an empty path names no file")
    return path


Id = Annotated[str, Field(max_length=_LONGEST_ID)]
Paths = Annotated[tuple[Annotated[Path, BeforeValidator(_named)], ...], Field(max_length=_MOST_FILES)]


class Line(BaseModel):
    """One line in. Unknown keys are refused, so that a typo is not silently ignored."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    id: Id | None = None
    chat: Id = "pipe"
    thread: Id = ""
    sender: Id = "someone"
    sender_name: Id = ""
    language: Id = ""
    admin: bool = False
    private: bool = False
    text: str = ""
    photos: Paths = ()
    files: Paths = ()
    reply_to: Id | None = None
    button: str | None = None
    addressed: bool = True

    @classmethod
    def read(cls, text: str) -> Self:
        """The line that a JSON object stands for. Raises `UserError` that says what is wrong with it first."""
        if len(text) > LONGEST_LINE:
            raise UserError("That line is too long: photos go in by path, not by content.")
        try:
            given = from_json(text.encode())
        except UnicodeEncodeError as error:
            raise UserError("I can't read that line: it isn't UTF-8.") from error
        except ValueError as error:
            raise UserError(f"I can't read that line: Invalid JSON: {error}.") from error
        if not isinstance(given, dict):
            raise UserError("I can't read that line: it is no JSON object.")
        # Looked for here, not by the model: that would name every one of a hundred thousand.
        if unknown := next((key for key in given if key not in cls.model_fields), None):
            raise UserError(f"I can't read that line: {unknown[:_SHOWN]} is no key that I know.")
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
            key = ".".join(map(str, fault["loc"]))
            raise UserError(f"I can't read that line: {key}: {fault['msg']}.") from error

    @property
    def said(self) -> str:
        """The text, or what the pressed button says."""
        return with_usual_signs(self.text) if self.button is None else self.button

    @property
    def outline(self) -> Message:
        """The line as a message without its files."""
        return Message(
            chat=Chat("pipe", self.chat, self.thread, private=self.private),
            sender=Sender(self.sender, self.sender_name or self.sender, self.admin, self.language),
            text=self.said,
            id=self.id or "",
            reply_to=self.reply_to,
            addressed=self.addressed,
            pressed=self.button is not None,
        )

    def message(self, largest: int) -> Message:
        """The line as a message. Blocks: reads its files.

        Raises `UserError` for a file that can't be read or has more than `largest` bytes.
        """
        found = read_files([*self.photos, *self.files], largest, folders=self.said.startswith("/import"))
        return replace(
            self.outline,
            photos=tuple(one for one in found if isinstance(one, Photo)),
            files=tuple(one for one in found if isinstance(one, Attachment)),
            unreadable=tuple(one for one in found if isinstance(one, Unreadable)),
        )


def reply_row(line_id: str | None, reply: Reply, write: Callable[[str, bytes], Path]) -> dict[str, Any]:
    """The line out for a reply. Blocks: its pictures and files are written, their paths go into the line."""
    picture = picture_of(reply)
    row: dict[str, Any] = {
        "id": line_id,
        "text": reply.text,
        "image": str(write(".jpg", picture)) if picture else None,
        "buttons": [{"label": button.label, "value": button.value} for button in reply.buttons],
        "sightings": [
            {
                "name": seen.match.name if seen.match else None,
                "grade": str(seen.grade),
                "score": round(float(seen.score), 4),
                "box": list(seen.region.box),
                "category": seen.region.category,
            }
            for seen in reply.sightings
        ],
    }
    if reply.regions:
        row["regions"] = [
            {
                "photo": one.photo,
                "box": list(one.box),
                "size": list(one.size),
                "label": one.label,
                "value": one.value,
            }
            for one in reply.regions
        ]
    if taken := reply.understood:
        row["understood"] = {"intent": taken.intent, "names": list(taken.names)}
    if reply.cards:
        row["cards"] = [{"title": card.title, "text": card.text} | _photo_of(card) for card in reply.cards]
    if reply.attachments:
        row["files"] = [str(write(Path(one.name).suffix, one.data)) for one in reply.attachments]
    # What a bridge shows to the sender alone, what it doesn't show, and what it shows in place of the pressed message.
    return row | {key: True for key in ("private", "silent", "replaces") if getattr(reply, key)}


def _photo_of(card: Card) -> dict[str, Any]:
    """What the card of one photo has besides: by which number commands know it, and whether it is the cover."""
    return {} if card.number is None else {"number": card.number, "cover": card.cover}


def refusal_row(text: str, error: UserError) -> dict[str, Any]:
    """The line out for a line that can't be read, with its id as far as that can be made out."""
    try:
        line = from_json(text[:LONGEST_LINE].encode(), allow_partial=True)
    except ValueError:
        line = None
    line_id = line.get("id") if isinstance(line, dict) else None
    known = isinstance(line_id, str | int | float) and len(str(line_id)) <= _LONGEST_ID
    return {"id": str(line_id) if known else None, "error": str(error)}


def line_out(row: dict[str, Any]) -> str:
    """The row as JSON on one line, whatever splits lines, and with its end."""
    text = json.dumps(row, ensure_ascii=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"
