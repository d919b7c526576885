"""The rules of the house (DESIGN.md, "Rules"), read off the syntax trees of the code."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent
FILES = sorted(file for room in ("bot", "core", "adapters") for file in (HOUSE / room).rglob("*.py"))
MODEL_LIBRARIES = {
    "torch",
    "torchvision",
    "onnxruntime",
    "onnx",
    "transformers",
    "ultralytics",
    "open_clip",
    "openai",
}
PLATFORM_LIBRARIES = {"telegram", "discord", "starlette", "uvicorn"}
WIRED = {
    "Store",
    "Yolo11",
    "MobileNetEncoder",
    "OnnxEncoder",
    "OnnxYoloWorld",
    "FusedEncoder",
    "OpenAIGenerator",
    "TransformersGenerator",
    "WebChat",
    "TelegramBot",
    "DiscordChat",
    "Retriever",
    "Executor",
    "Assistant",
}
LONGEST_FUNCTION = 40


def name_of(file: Path) -> str:
    return str(file.relative_to(HOUSE))


def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def tops(file: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(file)}


@pytest.mark.parametrize("file", FILES, ids=name_of)
class TestEveryFile:
    def test_rooms_import_only_what_they_may(self, file: Path) -> None:
        room = file.relative_to(HOUSE).parts[0]
        in_models = "models" in file.relative_to(HOUSE).parts[:2]
        if room == "core":
            assert not tops(file) & {"bot", "adapters"}
        if room == "adapters":
            assert "bot" not in tops(file)
            assert not any(name.startswith("core.models") for name in imports(file))
        if not (room == "core" and in_models):
            assert not tops(file) & MODEL_LIBRARIES
        if room != "adapters":
            assert not tops(file) & PLATFORM_LIBRARIES

    def test_functions_read_at_a_glance(self, file: Path) -> None:
        long = [
            (node.name, node.end_lineno - node.lineno + 1)
            for node in ast.walk(tree_of(file))
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            and node.end_lineno is not None
            and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
        ]
        assert not long

    def test_values_are_frozen_or_say_that_they_change(self, file: Path) -> None:
        """A dataclass is frozen unless its name is private or it is one of the few that hold state."""
        holders = {"Shown", "Conversation", "Tally", "Entry", "Transcript"}
        for node in ast.walk(tree_of(file)):
            if not isinstance(node, ast.ClassDef) or node.name in holders or node.name.startswith("_"):
                continue
            for mark in node.decorator_list:
                if ast.unparse(mark).startswith("dataclass"):
                    assert "frozen=True" in ast.unparse(mark), node.name

    def test_every_exception_is_caught_only_at_the_edges(self, file: Path) -> None:
        edges = {
            "core/executor/batch_lane.py",
            "core/executor/device.py",
            "core/executor/stream_lane.py",
            "core/models/vlm/worker.py",
            "bot/running/platforms.py",
            "core/platforms/waiting.py",
        }
        if name_of(file) in edges or name_of(file).startswith("adapters/"):
            return
        for node in ast.walk(tree_of(file)):
            if isinstance(node, ast.ExceptHandler):
                caught = ast.unparse(node.type) if node.type else "BaseException"
                reraised = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
                assert reraised or caught not in {"Exception", "BaseException"}

    def test_what_a_chat_is_told_stands_in_the_code_as_a_whole_sentence(self, file: Path) -> None:
        """A sentence that is glued together at run time is in no catalogue."""
        if file.relative_to(HOUSE).parts[0] != "core" or file.name == "nouns.py":
            return
        told = {"UserError", "BadPhoto", "BadName", "UnknownConcept", "NotAllowed", "Busy"}
        told |= {"gettext", "ngettext", "gettext_noop", "lazy_gettext", "lazy_ngettext"}
        for node in ast.walk(tree_of(file)):
            if isinstance(node, ast.Call) and node.args:
                name = ast.unparse(node.func).rpartition(".")[2]
                glued = isinstance(node.args[0], ast.JoinedStr | ast.BinOp)
                assert not (name in told and glued), ast.unparse(node)

    def test_only_wiring_constructs_the_parts(self, file: Path) -> None:
        if name_of(file) in {
            "bot/build/assistant.py",
            "bot/build/models.py",
            "bot/build/rapport.py",
            "bot/build/vision.py",
            "bot/build/platforms.py",
        }:  # parts of the first
            return
        calls = (node.func for node in ast.walk(tree_of(file)) if isinstance(node, ast.Call))
        made = {ast.unparse(call).removesuffix(".open") for call in calls}
        assert not made & WIRED


def test_no_house_word_is_a_vague_one() -> None:
    vague = {"manager", "helper", "helpers", "utils", "util", "misc", "common"}
    assert not [file for file in FILES if set(file.stem.split("_")) & vague]


def methods_of(file: Path, name: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    (found,) = (node for node in tree_of(file).body if isinstance(node, ast.ClassDef) and node.name == name)
    return [one for one in found.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_every_store_and_retrieval_method_about_a_chat_takes_it_first() -> None:
    for_all_chats = {"open", "aclose", "ping", "erase_expired", "totals"}
    for_all_chats |= {"count_stale", "stale_references", "store_embedding"}
    for file, name in (("store/store.py", "Store"), ("recognition/index.py", "Retriever")):
        for method in methods_of(HOUSE / "core" / file, name):
            if method.name[0] != "_" and method.name not in for_all_chats:
                assert method.args.args[1].arg == "chat", method.name


def test_importing_the_program_starts_nothing_and_loads_no_model_library() -> None:
    code = (
        "import sys, threading; import bot.__main__;"
        f"loaded = set(sys.modules) & {MODEL_LIBRARIES!r};"
        "assert not loaded, loaded; assert threading.active_count() == 1"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=HOUSE, timeout=60)


def test_no_test_patches_the_code() -> None:
    patched = [
        file.name
        for file in (HOUSE / "tests").rglob("*.py")
        if file.name != "test_house.py"
        and ("mock.patch" in file.read_text() or "monkeypatch.setattr" in file.read_text())
    ]
    assert not patched
