"""Archives: what `/export` writes and `/import` reads, a stranger's zip within bounds."""

from core.assistant.archive.reading import Archive, ListedConcept, ListedKept, ListedPhoto, read
from core.assistant.archive.unzipping import UnreadableFile
from core.assistant.archive.writing import Packer

__all__ = ["Archive", "ListedConcept", "ListedKept", "ListedPhoto", "Packer", "UnreadableFile", "read"]
