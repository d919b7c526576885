"""The steps of the Dockerfile, carried out in a plain directory where there is no container engine.

What the image would have at /opt/rapport is then at ROOT/opt/rapport: each absolute path of `MOVED` is moved there,
in every step. The base image is the Python that runs this. An instruction that isn't known here is an error.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from string import Template

from dockerfile_parse import DockerfileParser

MOVED = ("/opt/rapport", "/data", "/src")
_PATH = re.compile(rf"(?<![\w./-])(?:{'|'.join(MOVED)})(?![\w-])")
_NOTED = {"USER", "EXPOSE", "VOLUME", "ENTRYPOINT", "CMD", "HEALTHCHECK"}  # what a start goes by


@dataclass(frozen=True, slots=True)
class Image:
    """What came of a Dockerfile: the last stage's folder, its environment, and what else it says of a start."""

    root: Path
    workdir: Path
    environment: Mapping[str, str]
    said: Mapping[str, str]

    def command(self, name: str) -> list[str]:
        """ENTRYPOINT's, CMD's or HEALTHCHECK's words, in the exec form."""
        text = self.said[name]
        words: list[str] = json.loads(text[text.index("[") :])
        return [self._moved(word) for word in words]

    def _moved(self, text: str) -> str:
        return _PATH.sub(lambda found: f"{self.root}{found[0]}", text)


@dataclass(slots=True)
class _Stage:
    """A stage under way. `values` are what $NAME stands for: ARGs, and what ENV has set.

    `python` is the one that this one's environment was made by, in place of the base image's.
    """

    root: Path
    values: dict[str, str] = field(
        default_factory=lambda: {"PATH": f"{Path(sys.base_prefix) / 'bin'}:{os.environ['PATH']}"}
    )
    environment: dict[str, str] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    workdir: Path = Path("/")  # the root of the machine: a step that counts on another one has to say so


def carried_out(dockerfile: Path, folder: Path, **arguments: str) -> Image:
    """Carry all stages out below `folder`, from the Dockerfile's own; `arguments` are those of `--build-arg`.

    Raises `CalledProcessError` when a RUN fails, `ValueError` for what isn't known here.
    """
    root, stages = folder / "root", dict[str, Path]()
    stage, named = _Stage(root), ""
    for step in DockerfileParser(path=str(dockerfile)).structure:
        word, value = step["instruction"], step["value"]
        if word == "COMMENT":
            continue
        if word == "FROM":
            if root.exists():  # the paths of a stage are those of the next, too
                stages[named] = root.rename(folder / named)
            root.mkdir()
            stage, named = _Stage(root), value.partition(" AS ")[2] or "last"
        elif word == "ARG":
            name, _, usual = value.partition("=")
            stage.values[name] = arguments.get(name, usual)
        elif word in _NOTED:
            stage.said[word] = value
        else:
            _do(stage, word, value, dockerfile.parent, stages)
    return Image(root, stage.workdir, stage.environment, stage.said)


def _do(stage: _Stage, word: str, value: str, context: Path, stages: Mapping[str, Path]) -> None:
    text = _PATH.sub(lambda found: f"{stage.root}{found[0]}", value)
    if word == "RUN":  # the shell puts in what $NAME stands for; what the image doesn't set comes from here: the index
        environment = {**os.environ, **stage.values}
        subprocess.run(["/bin/sh", "-ec", text], cwd=stage.workdir, env=environment, check=True, timeout=900)
        return
    text = Template(text).substitute(stage.values)
    if word == "ENV":
        named = dict(one.split("=", 1) for one in shlex.split(text))
        stage.environment |= named
        stage.values |= named
    elif word == "WORKDIR":
        stage.workdir = Path(text)
        stage.workdir.mkdir(parents=True, exist_ok=True)
    elif word == "COPY":
        _copy(stage, text.split(), context, stages)
    else:
        raise ValueError(f"{word} isn't known here")


def _copy(stage: _Stage, words: list[str], context: Path, stages: Mapping[str, Path]) -> None:
    source = context
    if words[0].startswith("--from="):
        built = stages[words.pop(0).partition("=")[2]]
        words = [word.replace(str(stage.root), str(built), 1) for word in words[:-1]] + words[-1:]
        source = built
    *names, to = words
    target = Path(to)
    for one in (source / name for name in names):
        if source == context and not admitted(context, one.relative_to(context).as_posix()):
            raise ValueError(f".dockerignore keeps {one.name} from the engine")
        if one.is_dir():
            shutil.copytree(
                one, target, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy2(one, target)


def admitted(context: Path, name: str) -> bool:
    """Whether .dockerignore lets a file of the context's top through to the engine: its last line that fits decides."""
    passes = True
    for line in (context / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!")
        if line and not line.startswith("#") and fnmatch(name, pattern):
            passes = line.startswith("!")
    return passes
