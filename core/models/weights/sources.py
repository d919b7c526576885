"""What a configuration's name for a model stands for: which family reads it, and where its weights lie.

"yolov8x-worldv2"                  an entry of catalogue.toml
"ultralytics:/data/mine.pt"        a family and a file, a folder, or a hub id (family:owner/name@commit)
"open_clip:ViT-H-14:/data/h.bin"   open_clip also wants the architecture's name
"2 * dinov2-base + clip-vit-b-32"  encoders fused, with weights
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import ConfigError, ModelError
from core.models.weights import hub
from core.models.weights.catalogue import find
from core.models.weights.fingerprint import unchanged

DETECTORS = ("yolo11", "yolo-world", "yolo-world-onnx", "ultralytics", "zero-shot")
ENCODERS = ("mobilenetv2", "open_clip", "dinov2", "dinov2-onnx", "clip-onnx")
SALIENCIES = ("u2net",)
NONE = "none"
"""What stands for no model where one can be done without."""
FACES = "face-api"
"""The entry of what finds faces and embeds them."""

OPEN = ("yolo-world", "yolo-world-onnx", "zero-shot")
"""Families whose detectors look for any word."""

_PART = re.compile(r"(?:(\d+(?:\.\d+)?)\s*\*\s*)?(\S.*)")


@dataclass(frozen=True, slots=True)
class Source:
    """Weights that are here: a file or a folder at `path`, read by `family`.

    `digests` are the SHA-256 of its files as far as they are known, `repository` and `revision` those of a hub's
    snapshot. Nothing is known of files of the host's own.
    """

    family: str
    path: Path
    architecture: str = ""
    digests: Mapping[Path, str] = field(default_factory=dict)
    repository: str = ""
    revision: str = ""

    def digest(self, name: str = "") -> str:
        """That of its file of that name, or of its only one; empty where nobody knows it."""
        return self.digests.get(self.path / name if name else self.path, "")

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """While a loader opens the files by itself: they are those that were fetched. Blocks while they are hashed.

        Raises `core.errors.ModelError` when one of them isn't, or is changed meanwhile.
        """
        if self.repository:
            hub.sound(self.repository, self.revision)
        with unchanged(self.digests):
            yield


def parts(text: str) -> tuple[tuple[float, str], ...]:
    """A sum of names with weights: "2 * a + b" → ((2.0, "a"), (1.0, "b")). Raises `ConfigError`."""
    found = [_PART.fullmatch(part.strip()) for part in text.split(" + ")]
    if not all(found):
        raise ConfigError(f'models.encoder = "{text}" can\'t be read; write for instance "2 * a + b".')
    return tuple((float(match[1] or 1), match[2].strip()) for match in found if match)


def names(detector: str, encoder: str, words: str) -> tuple[str, ...]:
    """The entries to be fetched for a detector and an encoder, each once.

    `words` is the CLIP for a detector of the family yolo-world. Files of one's own aren't fetched.
    """
    wanted = [detector, *(name for _, name in parts(encoder))]
    if family_of(detector, "detector") == "yolo-world":
        wanted.append(words)
    return tuple(dict.fromkeys(name for name in wanted if ":" not in name))


def optional(saliency: str, *, faces: bool) -> tuple[str, ...]:
    """The entries that are fetched where that can be done, and done without where not."""
    return (*(() if saliency == NONE or ":" in saliency else (saliency,)), *((FACES,) if faces else ()))


def saliency(name: str, cache: Path) -> Source | None:
    """The weights that tell what a photo is about; None where they aren't here, or aren't wanted.

    Raises `ConfigError` or `ModelError` for a name that there is not.
    """
    if name == NONE:
        return None
    family_of(name, "saliency")
    if ":" not in name and not find(name).is_here(cache):
        return None
    return source(name, "saliency", cache)


def family_of(name: str, kind: str) -> str:
    """How a detector, an encoder or a saliency model of that name is read. Raises `ConfigError` or `ModelError`."""
    known = {"detector": DETECTORS, "encoder": ENCODERS, "saliency": SALIENCIES}[kind]
    if ":" in name:
        family = name.partition(":")[0]
        if family not in known:
            raise ConfigError(f"models.{kind} = {name!r}: there is no {kind} {family!r}; {', '.join(known)}.")
        return family
    entry = find(name)
    if entry.kind != kind:
        raise ConfigError(f"models.{kind} is set to {name}, which is a {entry.kind}.")
    return entry.family


def source(name: str, kind: str, cache: Path) -> Source:
    """The weights of a model of that kind. Raises `ConfigError` or `ModelError` with what to do."""
    family = family_of(name, kind)
    if ":" not in name:
        entry = find(name)
        if not entry.is_here(cache):
            raise ModelError("The weights of {name} aren't here yet. Fetch them: python -m bot models pull", name=name)
        return Source(family, entry.path(cache), entry.architecture, entry.digests(cache))
    # A file or folder of the host's own, or a snapshot of a hub.
    where = name.partition(":")[2]
    architecture, _, rest = where.partition(":") if family == "open_clip" and ":" in where else ("", "", where)
    path = Path(rest).expanduser()
    if path.exists():
        return Source(family, path, architecture)
    if path.is_absolute() or path.suffix in {".pt", ".onnx", ".bin", ".safetensors"}:
        raise ModelError(f"There is no file {path}; models.{kind} names it.")
    repository, _, revision = rest.partition("@")
    return Source(family, hub.find(repository, revision), architecture, repository=repository, revision=revision)
