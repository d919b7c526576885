"""What a source is, by what is there: the reader for each layout, and a sentence where it can't be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from bot.data.records import Split
from bot.data.samples import Value
from bot.data.sources import identities, referring, video
from bot.data.sources.candidates import SourceReader
from bot.data.sources.coco import CocoReader
from bot.data.sources.files import PictureFolder, picture_folder, read_json
from bot.data.sources.labelled import LabelledReader
from bot.evaluation.data import readers
from bot.evaluation.data.datasets import pictures
from core.errors import ConfigError, DataError
from core.options import closest

Layout = Literal["labelled", "coco", "refs", "video", "frames", "identities"]
READ = (
    "What is read: a folder with a folder of photos for each subject (labelled), a folder of videos with a folder of "
    "frames for each track (frames), COCO's annotations (coco), referring expressions as JSON (refs), annotations of "
    f"videos (video), {identities.FILE} (identities). Say which it is with ,as=…: docs/training.md"
)
_SOME = 20  # names of pictures that are looked for


class PhotoSource(Value):
    """One source of photos, as `--from PATH,key=value…` or a table of a plan describes it."""

    path: Path = Field(description="A folder, or a file of annotations.")
    layout: Layout | None = Field(None, alias="as", description="Its layout; told by what is there where it can be.")
    images: Path | None = Field(None, description="The folder of the pictures that annotations name.")
    captions: Path | None = Field(None, description="COCO's captions of the same pictures.")
    name: str = Field("", pattern=r"^[^/,<>\s]*$", max_length=40, description="What its subjects' ids begin with.")
    licence: str = Field("", max_length=200, description="The licence of pictures of which the annotations tell none.")
    split: Split | None = Field(None, description="Puts all its subjects into training or into evaluation.")
    names: Literal["folders", "none"] = Field("folders", description="Whether folders' names are the subjects' names.")

    @property
    def called(self) -> str:
        """Its name, the file's or folder's where none is given."""
        stem = self.path.resolve().stem if self.path.is_file() else self.path.resolve().name
        return self.name or "-".join(stem.replace("/", " ").replace(",", " ").split())[:40] or "photos"


_KEYS = [one.alias or key for key, one in PhotoSource.model_fields.items() if key != "path"]


def source_from(text: str, licence: str = "") -> PhotoSource:
    """The source that `PATH,key=value…` describes. A comma that no key follows belongs to the path or the value.

    `licence` is that of pictures of which nothing else tells one. Raises `ConfigError` with a sentence.
    """
    path, *rest = text.split(",")
    told: dict[str, str] = {}
    last = ""
    for part in rest:
        key, equals, value = part.partition("=")
        if equals and key in _KEYS:
            last, told[key] = key, value
            continue
        joined = f"{told[last] if last else path},{part}"
        if equals and key.isidentifier() and not _belongs(joined, key, last):
            near = closest(key, _KEYS)
            meant = f" Did you mean {near}?" if near else ""
            raise ConfigError(f"--from {text}: {key} is no key.{meant} The keys are {', '.join(_KEYS)}.")
        if last:
            told[last] = joined
        else:
            path = joined
    try:
        return PhotoSource.model_validate({"licence": licence, **told, "path": Path(path).expanduser()})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise ConfigError(f"--from {text}: {key}: {first['msg']}. The keys are {', '.join(_KEYS)}.") from error


def _belongs(joined: str, key: str, last: str) -> bool:
    """Whether `,key=…` is a part of what stands before it: of a path that there is, or of the words of a licence."""
    if last == "licence":
        return not closest(key, _KEYS)
    return last in ("", "images", "captions") and Path(joined).expanduser().exists()


def opened(source: PhotoSource) -> tuple[SourceReader, PictureFolder]:
    """A source's reader, and the folder of its pictures. Raises `DataError` that says what to change."""
    path = source.path
    if not path.exists():
        raise DataError(f"There is nothing at {path}. {READ}.")
    if path.is_dir():
        return _folder(source)
    if path.suffix.lower() in {".p", ".pkl", ".pickle"}:
        raise DataError(referring.PICKLE.format(path=path, json=path.with_suffix(".json").name))
    if source.layout == "identities" or (path.suffix == ".txt" and source.layout is None):
        return _identities(source, path)
    return _annotations(source, path, read_json(path))


def _folder(source: PhotoSource) -> tuple[SourceReader, PictureFolder]:
    path, layout = source.path, source.layout or _layout_of(source.path)
    if layout == "identities":
        files = [one for one in (path / identities.FILE, path / "Anno" / identities.FILE) if one.is_file()]
        if not files:
            raise DataError(f"There is no {identities.FILE} in {path}. Give the file itself.")
        return _identities(source, files[0])
    if layout == "frames":
        return video.FramesReader(path), PictureFolder(path)
    if layout == "labelled":
        collection = readers.everything(path)
        return LabelledReader(collection, path, named=source.names == "folders"), PictureFolder(path)
    file = _annotation_file(path)
    if file.suffix != ".json":
        raise DataError(referring.PICKLE.format(path=file, json=file.with_suffix(".json").name))
    return _annotations(source, file, read_json(file))


def _layout_of(path: Path) -> Layout | None:
    """A folder's layout, None where it is for its annotation file to say. Raises `DataError` where it can't be told."""
    if any((path / one / identities.FILE).is_file() for one in ("", "Anno")):
        return "identities"
    if (path / "database.json").is_file() or any((path / one).is_dir() for one in ("positives", "dataset")):
        return "labelled"
    if _annotation_files(path):
        return None
    children = [one for one in sorted(path.iterdir()) if one.is_dir() and not one.name.startswith(".")]
    photos = [one for one in children if pictures(one)]
    deeper = [one for one in children if any(pictures(below) for below in one.iterdir() if below.is_dir())]
    if photos or (path / "train").is_dir():
        return "labelled"
    if deeper:
        return "frames"
    raise DataError(f"Nothing in {path} can be read. {READ}.")


def _annotation_files(path: Path) -> list[Path]:
    """The annotation files of a data set's folder; of RefCOCO's only the refs, beside which the instances are."""
    here = [one for folder in (path, path / "annotations") for one in sorted(folder.glob("*")) if one.is_file()]
    refs = [one for one in here if one.name.startswith("refs(") and one.suffix in {".json", ".p"}]
    asked = [one for one in refs if one.suffix == ".json"] or refs
    return asked or [one for one in here if one.suffix == ".json" and not one.name.startswith("captions")]


def _annotation_file(path: Path) -> Path:
    match _annotation_files(path):
        case [one]:
            return one
        case []:
            raise DataError(f"There are no annotations in {path}. {READ}.")
        case several:
            names = ", ".join(one.relative_to(path).as_posix() for one in several[:5])
            raise DataError(f"There are several annotation files in {path} ({names}). Give the one that is meant.")


def _annotations(source: PhotoSource, file: Path, data: Any) -> tuple[SourceReader, PictureFolder]:
    layout = source.layout or _shape_of(data)
    if isinstance(data, list) and layout == "refs":
        instances = file.with_name("instances.json")
        if not instances.is_file():
            raise DataError(f"{file} needs the annotations that it refers to, {instances}, beside it.")
        data, refs = read_json(instances), data
    elif layout == "refs" and isinstance(data, dict):
        data, refs = referring.from_google(data) if "refexps" in data else referring.from_mdetr(data)
    if not isinstance(data, dict) or layout is None:
        raise DataError(f"{file} is laid out in no way that is known. {READ}.")
    reader: CocoReader | referring.ReferringReader | video.VideoReader
    if layout == "video":
        reader = video.VideoReader(video.from_tracks(data))
    elif layout == "refs":
        reader = referring.ReferringReader(data, refs, _captions(source, file))
    elif layout == "coco":
        reader = CocoReader(data, _captions(source, file))
    else:
        raise DataError(f"{file} is no {layout}, which are folders.")
    return reader, picture_folder(file, islice(reader.pictures(), _SOME), source.images)


def _shape_of(data: Any) -> Layout | None:
    """The layout of a JSON file."""
    if isinstance(data, list):
        return "refs" if any(isinstance(one, dict) and "ann_id" in one for one in data[:10]) else None
    if not isinstance(data, dict) or "annotations" not in data or not {"images", "videos"} & data.keys():
        return None
    if "refexps" in data or any("tokens_positive" in one for one in _first(data, "annotations")):
        return "refs"
    return "video" if video.has_tracks(data) else "coco"


def _first(data: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    found = data.get(name)
    return (one for one in (found if isinstance(found, list) else [])[:10] if isinstance(one, dict))


def _captions(source: PhotoSource, file: Path) -> Mapping[str, Any] | None:
    """What the file of captions holds, which COCO has beside the instances under such a name."""
    beside = file.with_name(file.name.replace("instances", "captions"))
    found = source.captions or (beside if beside != file and beside.is_file() else None)
    data = read_json(found) if found else None
    if data is not None and not isinstance(data, dict):
        raise DataError(f"{found} is no file of COCO's captions.")
    return data


def _identities(source: PhotoSource, file: Path) -> tuple[SourceReader, PictureFolder]:
    names = identities.photos_of(file, _SOME)
    if not names:
        raise DataError(f"{file} names no photos; each line is PHOTO WHO, as in CelebA's {identities.FILE}. {READ}.")
    usual = [
        above / below / folder
        for above in (file.parent, file.parent.parent)
        for below in ("", "Img")
        for folder in (identities.ALIGNED, identities.IN_THE_WILD)
    ]
    given = source.images or next((one for one in usual if one.is_dir() and PictureFolder(one).holds(names)), None)
    pictures_at = picture_folder(file, names, given)
    return identities.IdentitiesReader(file, boxes=pictures_at.root.name == identities.IN_THE_WILD), pictures_at
