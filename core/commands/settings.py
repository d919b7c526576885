"""What a chat can set about how the assistant behaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.errors import UserError
from core.i18n.lazy_strings import gettext_noop


class Replies(StrEnum):
    """When the bot speaks in a group."""

    ADDRESSED = "addressed"
    KNOWN = "known"
    ALL = "all"


class Language(StrEnum):
    """The language in which the bot speaks."""

    AUTO = "auto"
    EN = "en"
    DE = "de"
    ES = "es"
    ZH = "zh"


class Edits(StrEnum):
    """Who may forget, rename or describe what somebody else has remembered."""

    CREATOR = "creator"
    ANYONE = "anyone"


class Diary(StrEnum):
    """Whether it is noted when somebody was seen."""

    OFF = "off"
    ON = "on"


class Keep(StrEnum):
    """Which photos are kept without being asked for each."""

    OFF = "off"
    KNOWN = "known"


class TrainingUse(StrEnum):
    """Whether members may agree that what they taught here is used to train a model."""

    OFF = "off"
    ON = "on"


class Faces(StrEnum):
    """Whether people are known by their faces."""

    AUTO = "auto"
    OFF = "off"
    ON = "on"


MEANINGS: dict[str, dict[str, str]] = {
    "replies": {
        Replies.ADDRESSED: gettext_noop("I answer when I'm spoken to"),
        Replies.KNOWN: gettext_noop("I also speak up when I'm sure that I see someone I know"),
        Replies.ALL: gettext_noop("I answer everything"),
    },
    "edits": {
        Edits.CREATOR: gettext_noop("only who remembered someone, or an admin, may forget, rename or describe them"),
        Edits.ANYONE: gettext_noop("anyone here may forget, rename or describe anyone"),
    },
    "diary": {
        Diary.OFF: gettext_noop("I don't note down whom I see"),
        Diary.ON: gettext_noop("I note down when I see someone I know, and who sent the photo"),
    },
    "keep": {
        Keep.OFF: gettext_noop("I keep a photo only when somebody asks me to"),
        Keep.KNOWN: gettext_noop("I keep each photo in which I'm sure that I see someone I know"),
    },
    "faces": {
        Faces.AUTO: gettext_noop("I compare faces only where one person is alone with me"),
        Faces.OFF: gettext_noop("I don't compare faces"),
        Faces.ON: gettext_noop("I know people whom you have taught me by their faces, too"),
    },
    "training": {
        TrainingUse.OFF: gettext_noop("nothing of this chat is used to train a model"),
        TrainingUse.ON: gettext_noop("what those of you who agree have taught me may be used to train a model"),
    },
    "language": {
        Language.AUTO: gettext_noop("I speak the language that each of you has set here, if I can"),
        Language.EN: "English",
        Language.DE: "Deutsch",
        Language.ES: "español",
        Language.ZH: "中文",
    },
}
LABELS: dict[str, str] = {
    "replies": gettext_noop("When I speak"),
    "edits": gettext_noop("Who may change what I know"),
    "language": gettext_noop("My language in this chat"),
    "diary": gettext_noop("A diary of whom I saw when"),
    "keep": gettext_noop("Which photos I keep"),
    "faces": gettext_noop("Whether I compare faces"),
    "training": gettext_noop("Whether a model may learn from this chat"),
}
_DEFAULTS = {
    "replies": Replies.ADDRESSED.value,
    "edits": Edits.CREATOR.value,
    "diary": Diary.OFF.value,
    "keep": Keep.OFF.value,
    "faces": Faces.AUTO.value,
    "training": TrainingUse.OFF.value,
    "language": Language.AUTO.value,
}


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """One chat's choices, as `/settings` shows them."""

    replies: Replies
    edits: Edits
    diary: Diary
    keep: Keep
    faces: Faces
    training: TrainingUse
    language: Language

    @property
    def takes_down(self) -> bool:
        """Whether something of an answer about photos is kept: a note in the diary, or the photo."""
        return self.diary is Diary.ON or self.keep is Keep.KNOWN

    @classmethod
    def of(cls, stored: Mapping[str, str]) -> ChatSettings:
        """The stored choices, with the default for each that was never made."""
        chosen = {**_DEFAULTS, **{key: stored[key] for key in _DEFAULTS if key in stored}}
        return cls(
            Replies(chosen["replies"]),
            Edits(chosen["edits"]),
            Diary(chosen["diary"]),
            Keep(chosen["keep"]),
            Faces(chosen["faces"]),
            TrainingUse(chosen["training"]),
            Language(chosen["language"]),
        )


def check_setting(key: str, value: str | None) -> tuple[str, str]:
    """The setting as it will be stored. Raises `UserError` with what there is to choose from when it can't be."""
    if key not in MEANINGS:
        raise UserError("There is no setting “{key}”. There are: {keys}.", key=key[:32], keys=", ".join(MEANINGS))
    if value not in MEANINGS[key]:
        choices = " · ".join(MEANINGS[key])
        raise UserError("{setting} can be: {choices}", setting=f"/settings {key}", choices=choices)
    return key, value
