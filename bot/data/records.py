"""What the steps hand on: views of subjects, their crops, their texts, and the pictures that samples are made of."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bot.data.samples import Kind, Turn, Value
from bot.data.steps import Record
from core.concepts import Box

Split = Literal["train", "eval"]


class Other(Value):
    """Something else that a picture shows: a subject by its id, or only a kind of thing."""

    box: Box
    subject: str = ""
    category: str = ""


class SubjectPhoto(Record):
    """A photo of a subject, as a source tells of it.

    `picture` is the photo's path, `digest` the hash of its bytes; `box` is where the subject is in the upright photo,
    in pixels (None: all of it). `visible` is how much of the subject is to be seen, 0…1, where the source knows.
    `phrases` are words of the annotations for it, `captions` for the whole picture. Views of one `track` (a video) show
    the same thing over time. An empty `name` is still to be given. `size` is (width, height) of the photo that the
    boxes were drawn on, where the source knows: a copy of another size is found out by it.
    """

    id: str
    subject: str
    name: str = ""
    category: str = ""
    info: str = ""
    picture: str
    digest: str
    box: Box | None = None
    size: tuple[int, int] | None = None
    visible: float | None = None
    others: tuple[Other, ...] = ()
    phrases: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    track: str = ""
    source: str
    licence: str = ""
    split: Split = "train"


class Crop(SubjectPhoto):
    """A view that has passed the gates: `picture` is a JPEG in the build's folder, `box` and `others` in its pixels.

    `seen` is the detector's word for the subject where it was looked for, "" where nothing stood out in the photo.
    `crop` is the subject's crop, `sharpness` that of the crop (`core.images.decoding.sharpness`), `share` the part
    of the picture that the box is.
    """

    crop: str
    seen: str | None = None
    sharpness: float
    share: float


class QuestionAnswer(Value):
    """A question about a subject: answered from its text, from one of its pictures (a view's id), or from both."""

    question: str
    answer: str
    about: Literal["text", "picture", "both"] = "text"
    view: str = ""


class Description(Record):
    """What is told of a subject: its name, category and text, a caption for some of its views by id, and questions.

    A name stands as `<bo>` in text, captions, questions and answers. `teacher` is who wrote it, "none" for the
    annotations.
    """

    subject: str
    name: str
    category: str = ""
    info: str
    captions: dict[str, str] = Field(default_factory=dict)
    questions: tuple[QuestionAnswer, ...] = ()
    teacher: str = "none"


class Picture(Record):
    """A picture that samples are made of: a view's own (`augmented` is empty) or a changed one.

    `view` is the id of the crop that it comes from, `box` and `others` are in its pixels, `size` is its width and
    height. `beside` are the views that it was put together with: their subjects are among the `others`. `crop` is the
    path of the subject's crop in it, where it was changed.
    """

    id: str
    view: str
    subject: str
    picture: str
    size: tuple[int, int]
    box: Box
    others: tuple[Other, ...] = ()
    beside: tuple[str, ...] = ()
    augmented: tuple[str, ...] = ()
    crop: str = ""


ABSENT = "?"
"""As the name `<?>` in an exchange: one of the concepts that are retrieved and aren't there."""


class Exchange(Record):
    """A conversation that is to become a sample once it has its retrieved concepts.

    `picture` is a `Picture`'s id, empty for text alone; plain instruction data has its picture's path. `subjects` are
    those whom the answer needs, in order; `without` is whether it is meant for a prompt with none of them: then
    `subjects` are those who are there, and only others may be retrieved. `told` is whether the answer rests on the
    subject's text.
    """

    id: str
    kind: Kind
    picture: str = ""
    turns: tuple[Turn, ...]
    subjects: tuple[str, ...] = ()
    without: bool = False
    told: bool = False
