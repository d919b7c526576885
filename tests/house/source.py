"""The house's files, read and parsed once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

HOUSE = Path(__file__).parent.parent.parent
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One Python file of the house; `name` is its path from the repository's root, with slashes."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree."""
        return tuple(ast.walk(self.tree))

    @property
    def module(self) -> str:
        """The dotted name: core/store/store.py is core.store.store, core/store/__init__.py is core.store."""
        return self.name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def functions(self) -> Iterator[Function]:
        """Functions and methods, nested ones too."""
        return (node for node in self.nodes if isinstance(node, Function))

    @property
    def classes(self) -> Iterator[ast.ClassDef]:
        """Classes, nested ones too."""
        return (node for node in self.nodes if isinstance(node, ast.ClassDef))

    @property
    def imports(self) -> Iterator[tuple[int, str]]:
        """Line and dotted name of everything imported; `from a import b` is a.b, whether b is a module or not."""
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)

    def at(self, node: ast.stmt | ast.expr | ast.ExceptHandler | int, finding: str) -> str:
        """The finding with its file and line."""
        return f"{self.name}:{node if isinstance(node, int) else node.lineno}: {finding}"


@lru_cache(maxsize=1)
def house() -> tuple[Source, ...]:
    """Every Python file of bot, core and adapters, sorted by name."""
    files = sorted(file for top in ("bot", "core", "adapters") for file in (HOUSE / top).rglob("*.py"))
    return tuple(Source(file.relative_to(HOUSE).as_posix(), file.read_text("utf-8")) for file in files)
