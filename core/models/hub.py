"""Weights on a model hub: found in huggingface_hub's cache, fetched into it at a pinned revision."""

from __future__ import annotations

from pathlib import Path

from core.errors import ConfigError, ModelError


def find(source: str, revision: str = "") -> Path:
    """The folder that a path or a hub id stands for, without a network.

    Raises `ModelError` when it isn't here, with the command that fetches it.
    """
    folder = Path(source).expanduser()
    if folder.is_dir():
        return folder
    try:
        from huggingface_hub import snapshot_download  # noqa: PLC0415 - only with an extra
        from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError  # noqa: PLC0415
    except ImportError:
        raise ConfigError(missing("huggingface_hub")) from None
    try:
        return Path(snapshot_download(source, revision=revision or None, local_files_only=True))
    except LocalEntryNotFoundError:
        at = f" at revision {revision}" if revision else ""
        command = f"python -m bot models pull {source}" + (f" --revision {revision}" if revision else "")
        raise ModelError(
            f"The weights of {source}{at} aren't here yet. Where there is a network, run: {command}"
        ) from None
    except HFValidationError:
        raise ModelError(f"There is no folder {source}, and it is no hub id either.") from None


def missing(library: str) -> str:
    """The sentence for a library that comes with an extra."""
    return f"This needs {library}, which isn't installed. My host can run: pip install '.[rap]'"
