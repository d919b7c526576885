"""What goes in and out of the assistant: frozen values that every platform shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from core.concepts import NOTHING, Box, Known, Sighting
from core.i18n.lazy_strings import LazyString
from core.intents import Understood

LONGEST_VALUE = 64  # bytes of a button's value: Telegram's limit


def with_usual_signs(text: str) -> str:
    """The text with `|`, and `/` at its beginning, for the full-width ones that Chinese keyboards write."""
    text = text.replace("｜", "|")
    return f"/{text.lstrip()[1:]}" if text.lstrip().startswith("／") else text


@dataclass(frozen=True, slots=True)
class Chat:
    """The scope of one memory. A concept of one chat can't be reached from another.

    `thread` separates conversations (a topic, a thread) that share the chat's memory. `guild` is the
    server that the chat belongs to, on platforms that have such: access lists may name it.
    """

    platform: str
    id: str
    thread: str = ""
    private: bool = False
    guild: str = ""

    @classmethod
    def of(cls, key: str) -> Chat:
        """The chat that a key stands for."""
        platform, _, chat_id = key.partition(":")
        return cls(platform, chat_id)

    @property
    def key(self) -> str:
        """What the store files this chat's memory under: the same for all its threads."""
        return f"{self.platform}:{self.id}"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote a message; `id` is the platform's own, `name` is for people to read.

    `language` is what the person has set the platform to (BCP 47, as "de" or "zh-Hant-TW"), if it says. `is_chat`
    says that it was written in the name of a channel or a group, whose id it is then: whoever presses a button there
    is a person again.
    """

    id: str
    name: str = ""
    admin: bool = False
    language: str = ""
    is_chat: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Photo:
    """A picture as it came: untrusted bytes, decoded by `core.images.decoding.decode`."""

    data: bytes
    name: str = "photo"

    @property
    def stem(self) -> str:
        """The name without its ending: of a Live Photo both files have the same."""
        return self.name.rpartition(".")[0].casefold() or self.name

    @property
    def is_film(self) -> bool:
        """Whether it is called a video."""
        return self.name.casefold().endswith((".mov", ".mp4", ".m4v"))


@dataclass(frozen=True, slots=True, repr=False)
class Attachment:
    """A file that is not a photo: it goes with a reply, or comes with `/import`."""

    name: str
    media_type: str
    data: bytes


class AttachmentKind(StrEnum):
    """What kind of thing was attached that can't be looked at."""

    PHOTO = "photo"  # one that the platform doesn't hand over
    VIDEO = "video"
    ANIMATION = "animation"
    STICKER = "sticker"
    AUDIO = "audio"
    FILE = "file"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something attached that can't be looked at: an adapter reports it instead of dropping it.

    `name` is the file's name, empty where the platform tells none; `reason` is why a photo can't be fetched, as a
    sentence.
    """

    kind: AttachmentKind
    name: str = ""
    reason: LazyString | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Message:
    """One thing a person said to a chat.

    `text` has the signs of commands as `with_usual_signs` writes them. `photos`, `files` and `unreadable` are all that
    was attached; the film of a Live Photo doesn't count beside its still. `reply_to` is the id of the message answered
    to; `quoted` are that message's photos where the platform hands them over, `quoted_unreadable` what else was
    attached to it. A pressed button arrives as its value in `text` with `pressed` set; what it stands under is then the
    message answered to. `addressed` is false for group talk
    that is not meant for the bot. `caveat` is a sentence (in English, to be said) about what the platform keeps from
    the bot in this chat; `/help` ends with it. `edited_after` are the seconds between its first words and these; None
    where there were no others. Of an edited message only what asks for a change of the memory is obeyed.
    """

    chat: Chat
    sender: Sender
    text: str = ""
    photos: tuple[Photo, ...] = ()
    files: tuple[Attachment, ...] = ()
    id: str = ""
    reply_to: str | None = None
    quoted: tuple[Photo, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    quoted_unreadable: tuple[Unreadable, ...] = ()
    addressed: bool = True
    pressed: bool = False
    caveat: str = ""
    edited_after: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", with_usual_signs(self.text))
        stills = {one.stem for one in self.photos if not one.is_film}
        counted = tuple(one for one in self.photos if not (one.is_film and one.stem in stills))
        object.__setattr__(self, "photos", counted)


@dataclass(frozen=True, slots=True)
class PhotoRegion:
    """A region of a photo that a reply is about, to be tapped where a platform can show that.

    `photo` is which of the message's photos, counted from 0; `box` is in its pixels, `size` its width and height;
    `label` says what is seen there, and `value` is the command, in plain text, that asks or tells who that is.
    """

    photo: int
    box: Box
    size: tuple[int, int]
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Button:
    """A choice under a reply. `value` is a command in plain text, at most `LONGEST_VALUE` bytes of UTF-8."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Question:
    """What a reply asks: plain words answer it as its buttons do.

    `yes` and `no` are the commands that those words stand for, `naming` is what a name completes to one; empty where
    they answer nothing. `offered` says that a name may be told, though none was asked for. `about` is the name in
    "is it bo?". `with_photo` is the command that a photo without words is taken to come with.
    """

    yes: str = ""
    no: str = ""
    naming: str = ""
    offered: bool = False
    about: str = ""
    with_photo: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Card:
    """One entry of a gallery: a concept's name, a line about it, and its thumbnail (JPEG bytes).

    `text` says everything in one line. A card of a whole concept has its parts, too: `category`, `photos` (how many),
    `info` (what is known, in one line) and `facts` (all texts from old to new, each as one line). A card of one photo
    leaves `photos` None and has its `number`, from 1, by which `/remove`, `/move` and `/cover` know it, and whether it
    is the `cover`, the one that stands for its concept. `concept` is the id of the concept, which stays when its name
    changes; `noun` is its category in the reader's language. `line` is how the reply's text lists it, and stands for it
    where there is no room for more.
    """

    title: str
    text: str
    image: bytes | None = None
    category: str = ""
    photos: int | None = None
    info: str = ""
    facts: tuple[str, ...] = ()
    number: int | None = None
    cover: bool = False
    concept: int | None = None
    noun: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Reply:
    """What the assistant says. Drafts (`final=False`) hold the text so far; one final ends them.

    `image` is a JPEG. `private` marks what only the sender should see where a platform can do that.
    `silent` means: nothing to say (group talk that wasn't for us), adapters send nothing. `basis` is what an
    answer rests on: who keeps the reply lets go of it when that is forgotten. Of a reply without one, which says
    what it is about, it is enough to take out the words. `regions` are those of the photos that it is about;
    `shown` is what a command calls those photos, as in `/point SHOWN PHOTO X0 Y0 X1 Y1`. `replaces` says that it
    takes the place of the message whose button was pressed: `/review` goes on in one message. `understood` is what
    the message was taken for. `question` is what it asks the sender, None where it asks nothing.
    `progress` is how much of how many things a draft has done so far.
    """

    text: str
    final: bool = True
    image: bytes | None = None
    buttons: tuple[Button, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    cards: tuple[Card, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    private: bool = False
    silent: bool = False
    basis: Known = NOTHING
    regions: tuple[PhotoRegion, ...] = ()
    shown: str = ""
    replaces: bool = False
    understood: Understood | None = None
    question: Question | None = None
    progress: tuple[int, int] | None = None
