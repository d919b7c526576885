"""What a line in says and what a line out tells: JSON, with photos and files by their paths."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import UserError
from core.images.contact_sheet import picture_of
from core.messages import Attachment, Chat, Message, Photo, Reply, Sender, Unreadable
from core.platforms.attachments import read_attachment
from core.platforms.output_folder import OutputFolder

_LONGEST_LINE = 1 << 20


class Line(BaseModel):
    """One line in. Unknown keys are refused, so that a typo is not silently ignored."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    id: str | None = None
    chat: str = "pipe"
    thread: str = ""
    sender: str = "someone"
    sender_name: str = ""
    language: str = ""
    admin: bool = False
    text: str = ""
    photos: tuple[Path, ...] = ()
    files: tuple[Path, ...] = ()
    reply_to: str | None = None
    button: str | None = None
    addressed: bool = True

    @classmethod
    def read(cls, text: str) -> Self:
        """The line that a JSON object stands for. Raises `UserError` that says what is wrong with it first."""
        if len(text) > _LONGEST_LINE:
            raise UserError("That line is too long: photos go in by path, not by content.")
        try:
            return cls.model_validate_json(text.encode())
        except UnicodeEncodeError as error:
            raise UserError("I can't read that line: it isn't UTF-8.") from error
        except ValidationError as error:
            fault = error.errors()[0]
            key, wrong = ".".join(map(str, fault["loc"])), str(fault["msg"])
            if key:
                unknown = fault["type"] == "extra_forbidden"
                wrong = f"{key} is no key that I know" if unknown else f"{key}: {wrong}"
            raise UserError(f"I can't read that line: {wrong}.") from error

    def message(self, largest: int) -> Message:
        """The line as a message. Blocks: reads its files.

        Raises `UserError` for a file that can't be read or has more than `largest` bytes.
        """
        found = []
        for path in (*self.photos, *self.files):
            try:
                if path.stat().st_size > largest:
                    raise UserError(f"{path.name} is too large: {largest / 1e6:.0f} MB is the most I take.")
                found.append(read_attachment(path.read_bytes(), path.name))
            except OSError as error:
                raise UserError(f"I can't read {path}: {error.strerror or 'no such file'}.") from error
        return Message(
            chat=Chat("pipe", self.chat, self.thread),
            sender=Sender(self.sender, self.sender_name or self.sender, self.admin, self.language),
            text=self.button if self.button is not None else self.text,
            photos=tuple(one for one in found if isinstance(one, Photo)),
            files=tuple(one for one in found if isinstance(one, Attachment)),
            unreadable=tuple(one for one in found if isinstance(one, Unreadable)),
            id=self.id or "",
            reply_to=self.reply_to,
            addressed=self.addressed,
            pressed=self.button is not None,
        )


def reply_row(line_id: str | None, reply: Reply, folder: OutputFolder) -> dict[str, Any]:
    """The line out for a reply. Blocks: its pictures and files go to the folder, their paths into the line."""
    picture = picture_of(reply)
    row: dict[str, Any] = {
        "id": line_id,
        "text": reply.text,
        "image": str(folder.write(".jpg", picture)) if picture else None,
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
    if reply.cards:
        row["cards"] = [{"title": card.title, "text": card.text} for card in reply.cards]
    if reply.attachments:
        row["files"] = [str(folder.write(Path(one.name).suffix, one.data)) for one in reply.attachments]
    return row


def refusal_row(text: str, error: UserError) -> dict[str, Any]:
    """The line out for a line that can't be read, with its id as far as that can be made out."""
    try:
        line = json.loads(text)
    except ValueError:
        line = None
    line_id = line.get("id") if isinstance(line, dict) else None
    return {"id": None if line_id is None else str(line_id), "error": str(error)}
