"""A sample as serving would have put it: the `Prompt` of its question, and the conversation that a model is to learn.

Training and serving share every word: `core.language.prompts` writes both, and pictures are prepared as
`core.images.pictures` prepares them for an answer. In a sample's words a name stands as `<bo>`; people write, and are
to read, plain names, and in the list of concepts RAP's prompt has the brackets itself.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any, Literal

import PIL.Image

from bot.data.samples import IMAGE, Kind, Sample
from core.concepts import Box, Grade, Match, Region, Sighting
from core.errors import BadPhoto, DataError
from core.images.decoding import OWN, decode, encode_jpeg, shrink
from core.images.formats import media_type
from core.images.pictures import PORTRAIT_SIDE, SHOWN_SIDE
from core.language.prompts import question_messages, rap_text, typed_messages
from core.names import fold
from core.ports import HistoryEntry, Prompt, PromptConcept

Style = Literal["rap", "chat"]
"""RAP's layout, or chat messages after its example, for models with a chat template of their own."""

_MARKED = re.compile(r"<(?!image>)([^<>\n]{1,64})>")


# What frames a prompt in one model or another: a picture's place, begin and end, roles.
_MARK = re.compile(r"<(?:image|video|audio|s|/s|unk|pad|bos|eos|(?:start|end)_of_turn)>|<\|[^<>|\s]{1,40}\|>")
_ROLE_MARK = re.compile(r"\[/?INST\]|<</?SYS>>|\b(?:USER|ASSISTANT|SYSTEM)\s*:")
_ROLES = frozenset({"image", "user", "assistant", "system", "/s"})


def marks_in(text: str, *, roles: bool = True) -> list[str]:
    """The marks of a prompt in a text, which a model takes for its frame; with `roles` those of who speaks, too."""
    return _MARK.findall(text) + (_ROLE_MARK.findall(text) if roles else [])


def is_mark(name: str) -> bool:
    """Whether a name, in brackets as RAP's prompt has it or as it is, passes for a mark of a prompt."""
    return bool(marks_in(f"<{name}>") or marks_in(name) or fold(name).strip("<>[]: ") in _ROLES)


def marked_names(text: str) -> list[str]:
    """The names that stand in a sample's words as `<bo>`, in order."""
    return _MARKED.findall(text)


def unmarked(text: str) -> str:
    """A sample's words as people read them: `bo` in place of `<bo>`."""
    return _MARKED.sub(r"\1", text)


def answer_of(sample: Sample, turn: int = -1) -> str:
    """What the model should say to the question of a turn."""
    return _words(sample, sample.turns[turn].answer)


def prompt_of(sample: Sample, folder: Path, *, turn: int = -1, grade: Grade = Grade.SURE) -> Prompt:
    """What a generator would get for the question of a turn; pictures are read from paths relative to `folder`.

    Earlier turns are what was said about the photo before. `grade` is what each concept that has a box is a sighting
    of: RAP's text has no words for SURE. Blocking. Raises `DataError` for a picture that is missing or can't be read.
    """
    asked = range(len(sample.turns))[turn]
    photo, size, factor = (None, (0, 0), 1.0)
    if sample.image:
        photo, size, factor = picture_as_shown(folder / sample.image, SHOWN_SIDE)
    known = tuple(
        PromptConcept(
            number,
            one.name,
            one.category or None,
            _words(sample, one.info),
            picture_as_shown(folder / one.crop, PORTRAIT_SIDE)[0],
        )
        for number, one in enumerate(sample.concepts, 1)
    )
    sightings = tuple(
        Sighting(Region(Box(*one.box).scaled(factor), one.category or None, 1.0), grade, Match(number, one.name, 1), 1)
        for number, one in enumerate(sample.concepts, 1)
        if one.box is not None and sample.image
    )
    said = (
        HistoryEntry(role, _words(sample, text))
        for one in sample.turns[:asked]
        for role, text in (("user", one.question), ("assistant", one.answer))
    )
    return Prompt(
        _words(sample, sample.turns[asked].question),
        photo=photo,
        size=size,
        sightings=sightings,
        known=known,
        names=tuple(one.name for one in sample.concepts),
        said=tuple(said),
    )


def conversation_of(sample: Sample, folder: Path) -> tuple[list[dict[str, str]], list[bytes]]:
    """All turns in RAP's layout as `{"role", "content"}`, and the pictures (JPEG) of its `<image>` marks, in order.

    They are the messages that serving makes of the last question, and the answer to it. Raises as `prompt_of`.
    """
    prompt = prompt_of(sample, folder)
    text, pictures = rap_text(prompt)
    asked = [{"role": "user", "content": text}, *question_messages(prompt)[1:]]
    return [*asked, {"role": "assistant", "content": answer_of(sample)}], pictures


def typed_conversation_of(
    sample: Sample, folder: Path, style: Style = "rap"
) -> tuple[list[dict[str, Any]], list[bytes]]:
    """The same conversation with every content as a list of `{"type", "text"}`, and its pictures (JPEG) in order.

    The text is None where a picture stands. In the chat style each concept with a box is a sighting that is not sure,
    so that the model has to look. Raises as `prompt_of`.
    """
    if style == "chat":
        messages, pictures = typed_messages(prompt_of(sample, folder, grade=Grade.MAYBE))
        answer = {"role": "assistant", "content": [{"type": "text", "text": answer_of(sample)}]}
        typed = [{**one, "content": [{"text": None, **part} for part in one["content"]]} for one in (*messages, answer)]
        return typed, pictures
    plain, pictures = conversation_of(sample, folder)
    # A picture's mark is only in the first message: people's own words can't hold one.
    first = [
        part for text in plain[0]["content"].split(IMAGE) for part in ({"type": "image", "text": None}, _text(text))
    ]
    contents = [[part for part in first[1:] if part["text"] != ""], *([_text(one["content"])] for one in plain[1:])]
    return [{"role": one["role"], "content": content} for one, content in zip(plain, contents, strict=True)], pictures


def picture_as_shown(file: Path, side: int) -> tuple[bytes, tuple[int, int], float]:
    """A picture as a generator gets it, its size, and the factor from the file's pixels to its own.

    It is an upright JPEG of at most `side` pixels; one that is so already stays byte by byte. Blocking. Raises
    `DataError` when it is missing or can't be read.
    """
    try:
        data = file.read_bytes()
        if media_type(data) == "image/jpeg":
            with PIL.Image.open(io.BytesIO(data), formats=("JPEG",)) as picture:
                if max(picture.size) <= side and "exif" not in picture.info:
                    return data, picture.size, 1.0
        image, factor = shrink(decode(data, limits=OWN), side)
    except OSError as error:
        raise DataError(f"The picture {file} can't be read ({error.strerror or 'it is damaged'}).") from error
    except BadPhoto as error:
        raise DataError(f"The picture {file} can't be read: {error}") from error
    return encode_jpeg(image), (image.width, image.height), factor


def _words(sample: Sample, text: str) -> str:
    """Words of a sample as people read them; in plain instruction data angle brackets are part of the text."""
    return text if sample.kind is Kind.INSTRUCTION else unmarked(text)


def _text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}
