"""Consent that was taken back: nothing that earlier builds made of chats outlives it.

What a build uses of chats is noted as hashes (`chat.json`). When something of it is no longer there at the next build,
all that was made of chats is deleted before anything else happens, to be made anew of what is left: also when that
build then fails, or is of other sources alone.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.data.steps import key_of

CHATS = "chat"
"""What their subjects' ids begin with."""

NOTED = f"{CHATS}.json"
# Made of all samples together; whatever of it is still wanted, the build that goes on writes anew.
# What a teacher says of chats is in none of its files (`bot.data.teacher`) but the descriptions.
_WHOLE = (
    *("rap", "datasets", "datasets.new", "datasets.old", "README.md", "README.md.new", "card.json", "card.json.new"),
)
_PICTURES = ("pictures", "crops")
_OF_CHATS = re.compile(rf"(?<![\w/-]){CHATS}/\d")
_PICTURE = re.compile(rf'"((?:{"|".join(_PICTURES)})/[^"\\]+)"')


def settle(out: Path, used: Sequence[tuple[bytes, Any]]) -> None:
    """Note what a build is about to use of chats, photos with whatever is told of them; delete what is gone. Blocking.

    Photos that a build which was killed has left in the folder go as well.
    """
    keys = {key_of(key_of(photo.hex()), told) for photo, told in used}
    shutil.rmtree(out / CHATS, ignore_errors=True)
    noted = out / NOTED
    if not _noted(noted) <= keys:
        let_go(out)
    if keys:
        out.mkdir(parents=True, exist_ok=True)
        noted.write_text(json.dumps(sorted(keys)), "utf-8")
    else:
        noted.unlink(missing_ok=True)


def let_go(out: Path) -> None:
    """Delete all that earlier builds made of chats, and what was made of all sources together."""
    needed: set[str] = set()
    for file in (*out.glob("*.jsonl"), *out.glob("*.jsonl.new")):
        lines = re.findall(r"[^\n]*\n|[^\n]+$", file.read_text("utf-8", "surrogateescape"))  # a cut last one stays so
        kept = [one for one in lines if not _OF_CHATS.search(one)]
        needed.update(path for one in kept for path in _PICTURE.findall(one))
        if len(kept) < len(lines):
            file.write_text("".join(kept), "utf-8", "surrogateescape")
    for folder in _PICTURES:
        for picture in (out / folder).glob("*"):
            if f"{folder}/{picture.name}" not in needed:
                picture.unlink()
    for name in _WHOLE:
        if (path := out / name).is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _noted(file: Path) -> set[str]:
    """What the last build has noted; a file that can't be read has noted something that is gone."""
    try:
        return set(json.loads(file.read_text("utf-8")))
    except FileNotFoundError:
        return set()
    except (OSError, ValueError, TypeError):
        return {""}
