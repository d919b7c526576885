"""The rules (DESIGN.md). Each is a function over the files that returns findings.

A finding is one line: `file:line: what is wrong, and what to do`. No finding means that the rule holds.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from tests.house.source import HOUSE, Function, Source, house

WORDS = ("core.messages", "core.concepts", "core.intents", "core.names", "core.errors", "core.counting")
# From top to bottom. A room imports from floors below its own, not from its neighbours on the same floor.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("bot.__main__",),
    ("bot.cli",),
    ("bot.train",),
    ("bot.data",),
    ("bot.evaluation",),
    ("bot.running",),
    ("bot.build",),
    ("bot.config", "bot.logs"),
    ("adapters",),
    ("core.assistant",),
    ("core.recognition", "core.language", "core.platforms"),
    ("core.store",),
    ("core.policy",),
    ("core.executor", "core.commands"),
    ("core.ports",),  # above the images, which it speaks of
    ("core.images",),
    ("core.messages", "core.names", "core.counting", "core.fairness", "core.chores"),
    ("core.concepts", "core.errors", "core.options", "core.intents"),
    ("core.i18n",),
)
FLOOR = {room: len(FLOORS) - number for number, rooms in enumerate(FLOORS) for room in rooms}
# The models stand beside the rooms: only bot knows them.
MODELS_MAY_IMPORT = {*WORDS, "core.ports", "core.images", "core.i18n"}
MODELS_MAY_IMPORT |= {"core.language", "core.options"}  # the words of a prompt; what a host sets about answers

MODEL_LIBRARIES = {
    *("torch", "torchvision", "onnxruntime", "onnx", "transformers", "ultralytics", "open_clip", "openai"),
    *("huggingface_hub", "peft", "trl", "accelerate", "bitsandbytes", "ray"),
}
MODEL_ROOMS = ("core/models/", "bot/train/")  # training is about a model's insides; all else asks a port
PLATFORM_LIBRARIES = {"telegram", "discord", "starlette", "uvicorn"}
WIRED = {
    "Store",
    "Yolo11",
    "MobileNetEncoder",
    "OnnxEncoder",
    "OnnxYoloWorld",
    "FusedEncoder",
    "OpenAIGenerator",
    "OpenAIServers",
    "TransformersGenerator",
    "WebChat",
    "JudgingPage",
    "StatusPage",
    "TelegramBot",
    "DiscordChat",
    "Retriever",
    "Executor",
    "Assistant",
}  # what only bot/build constructs

MOST_LINES = 40  # of a function
MOST_MODULES = 15  # in a folder
MOST_CALLED_ONCE = 12.0  # percent of all functions

VAGUE = {"manager", "helper", "helpers", "utils", "util", "misc", "common"}
MUTABLE = {"Shown", "ShownPhoto", "Conversation", "Tally", "Entry", "Transcript"}  # dataclasses that hold state
EDGES = (
    "core/chores.py",
    "core/executor/batch_lane.py",
    "core/executor/device.py",
    "core/executor/stream_lane.py",
    "core/models/vlm/worker.py",
    "core/platforms/background.py",
    "core/platforms/waiting.py",
    "bot/running/platforms.py",
    "adapters/",
)  # where any exception may be caught
STARTS_A_TASK = {"create_task", "ensure_future", "run_coroutine_threadsafe"}
WAITED_FOR = {  # tasks that may be started outside core.chores, and who hears what they raise
    "adapters/console/terminal.py run": "awaited at the end of it",
    "adapters/discord/handler.py _respond": "shows that it works for as long as an answer is made",
    "adapters/discord/sharing/shards.py __init__": "the task group of all shards",
    "adapters/discord/sharing/shards.py end": "the task group of all shards",
    "adapters/discord/taking.py _taking": "the message's own job waits for it",
    "adapters/pipe/pipe.py run": "its task group",
    "adapters/pipe/pipe.py _next_line": "awaited at the end of it, but for a line that comes too late",
    "adapters/status/page.py serving": "awaited at the end of it",
    "adapters/telegram/receiving.py on_message": "the message's own job waits for the album",
    "adapters/telegram/server.py _serve_webhook": "awaited at the end of it",
    "adapters/web/routes.py events": "awaited at the end of it",
    "bot/data/steps.py run": "its task group",
    "bot/running/platforms.py run": "its task group",
    "bot/running/platforms.py _serve": "awaited at the end of it, and the platform is tried again",
    "core/assistant/answering.py _answered": "its reply, or nobody where the answer ends without one",
    "core/chores.py start": "the supervisor itself",
    "core/images/decoders.py __aenter__": "the next photo waits for it, and starts a process of its own if need be",
    "core/platforms/background.py repeating": "it logs what it meets",
    "core/platforms/background.py until_one_ends": "whoever awaits it",
    "core/platforms/background.py watched": "whoever takes the items",
    "core/platforms/inbox.py _unless_it_fails": "who asks for it, or what follows when that waits no more",
    "core/platforms/order.py submit": "its callback logs what it raised",
    "core/platforms/throttle.py throttle": "awaited at the end of it",
    "core/store/faults/breaker.py run": "whoever asked the store; its callback notes what it raised",
    "core/store/sharing/connections.py alone": "awaited at the end of it",
    "core/store/sqlite.py _close": "a connection that is let go",
    "core/store/sqlite.py _do_beside": "the next edit meets what it met; awaited at the end",
    "core/store/sqlite.py aclose": "a disk that doesn't answer holds no end up",
}
SAID = {"UserError", "BadPhoto", "BadName", "UnknownConcept", "NotAllowed", "Busy"}
SAID |= {"gettext", "ngettext", "gettext_noop", "lazy_gettext", "lazy_ngettext"}
FOR_ALL_CHATS = {"answers", "open", "aclose", "ping", "fault", "check", "erase_expired", "erase_lines", "totals"}
FOR_ALL_CHATS |= {"count_stale", "stale_references", "store_embedding", "agreeing_chats"}
FOR_ALL_CHATS |= {"comparing_chats", "erase_faces", "is_shared", "listen", "alone", "spend", "encrypt"}
BY_CHAT = {"Store", "Retriever"}  # classes whose public methods take the chat first


# ── rooms ─────────────────────────────────────────────────────────────────────────────────────────


def room_of(module: str) -> str:
    """The room that a module is in, as FLOORS calls it; the top package where it has no name of its own."""
    parts = module.split(".")
    return parts[0] if parts[0] == "adapters" else ".".join(parts[:2])


def wrong_imports(files: Iterable[Source]) -> Iterator[str]:
    """Imports that go up, or between rooms of one floor."""
    for file in files:
        room = room_of(file.module)
        for line, name in file.imports:
            other = room_of(name)
            known = room in FLOOR or room == "core.models"
            if known and (other in FLOOR or other == "core.models") and not _may_import(room, other):
                yield file.at(
                    line, f"{room} imports {other}, which isn't below it: move down what both need, or pass it"
                )


def _may_import(room: str, other: str) -> bool:
    if room == other:
        return True
    if room == "core.models":
        return other in MODELS_MAY_IMPORT
    if other == "core.models":
        return room.startswith("bot")
    return FLOOR[room] > FLOOR[other]


def rooms_without_floor(files: Iterable[Source]) -> Iterator[str]:
    """Rooms and modules beside them that FLOORS doesn't know."""
    for file in files:
        if (room := room_of(file.module)) not in {*FLOOR, "bot", "core", "core.models"}:
            yield file.at(1, f"{room} is on no floor: put it into FLOORS in tests/house/rules.py, or into a room")


def foreign_libraries(files: Iterable[Source]) -> Iterator[str]:
    """Platform libraries outside the adapters, model libraries outside the rooms of models."""
    for file in files:
        for line, name in file.imports:
            library = name.split(".")[0]
            if library in PLATFORM_LIBRARIES and not file.name.startswith("adapters/"):
                yield file.at(line, f"{library} is imported outside adapters/: put it behind the adapter")
            if library in MODEL_LIBRARIES and not file.name.startswith(MODEL_ROOMS):
                yield file.at(line, f"{library} is imported outside {' and '.join(MODEL_ROOMS)}: put it behind a port")


def parts_built_elsewhere(files: Iterable[Source]) -> Iterator[str]:
    """Adapters, models and the store constructed by another room than bot/build."""
    for file in files:
        if file.name.startswith("bot/build/"):
            continue
        for node in file.nodes:
            if isinstance(node, ast.Call) and (made := ast.unparse(node.func).removesuffix(".open")) in WIRED:
                yield file.at(node, f"constructs {made}: only bot/build does that; take it as an argument")


def crowded_folders(_: Sequence[Source]) -> Iterator[str]:
    """Folders with more modules than a reader can hold."""
    for top in ("bot", "core", "adapters", "tests", "benchmarks"):
        for folder in (HOUSE / top, *(HOUSE / top).rglob("*")):
            if not folder.is_dir():
                continue
            modules = [one for one in folder.iterdir() if one.suffix in {".py", ".js"} and one.name != "__init__.py"]
            name = folder.relative_to(HOUSE).as_posix()
            if len(modules) > MOST_MODULES:
                yield f"{name}:1: {len(modules)} modules, {MOST_MODULES} at most: split it into rooms, or merge some"


def side_effects_of_importing(_: Sequence[Source]) -> Iterator[str]:
    """What importing the program starts or loads, seen by a fresh interpreter."""
    code = (
        "import sys, threading; import bot.__main__;"
        f"print(*sorted(set(sys.modules) & {MODEL_LIBRARIES!r}), *threading.enumerate()[1:], sep='\\n', end='')"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, cwd=HOUSE, capture_output=True, text=True)
    for one in run.stdout.splitlines():
        yield f"bot/__main__.py:1: importing it loads or starts {one}: import it where it is used"


# ── functions ─────────────────────────────────────────────────────────────────────────────────────


def long_functions(files: Iterable[Source]) -> Iterator[str]:
    """Functions that don't fit on a screen."""
    for file in files:
        for function in file.functions:
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            if lines > MOST_LINES:
                yield file.at(function, f"{function.name} has {lines} lines, {MOST_LINES} at most: split it")


def called_once(file: Source) -> list[Function]:
    """Private functions and methods whose name stands in its file only once beside the definition."""
    used = Counter(
        node.id if isinstance(node, ast.Name) else node.attr
        for node in file.nodes
        if isinstance(node, ast.Name | ast.Attribute)
    )
    private = (one for one in file.functions if one.name.startswith("_") and not one.name.startswith("__"))
    return [one for one in private if used[one.name] <= 1]


def share_called_once(files: Iterable[Source]) -> tuple[float, int, int]:
    """(percent, how many, of how many functions) are private and called from one place; 0 percent of none."""
    files = list(files)
    once = sum(len(called_once(file)) for file in files)
    functions = sum(1 for file in files for _ in file.functions)
    return 100 * once / max(functions, 1), once, functions


def too_many_called_once(files: Sequence[Source]) -> Iterator[str]:
    """Private functions called from one place, once their share is over the limit: the rooms that hold most."""
    percent, once, functions = share_called_once(files)
    if percent <= MOST_CALLED_ONCE:
        return
    rooms: defaultdict[str, list[str]] = defaultdict(list)
    for file in files:
        rooms[file.name.rpartition("/")[0]] += [file.at(one, one.name) for one in called_once(file)]
    worst = sorted(rooms.values(), key=len, reverse=True)[:3]
    yield (
        f"{worst[0][0].partition(':')[0]}:1: {once} of {functions} functions ({percent:.1f} %) are private and called "
        f"from one place, {MOST_CALLED_ONCE} % at most: inline those that hide nothing, or use them twice. "
        f"Most are here: {', '.join(chain.from_iterable(worst))}"
    )


def shares_by_room(files: Iterable[Source]) -> list[str]:
    """The share of private functions called once of each folder, largest number first: "core/store 25 of 90 (28 %)"."""
    folders = defaultdict(list)
    for file in files:
        folders[file.name.rpartition("/")[0]].append(file)
    shares = {folder: share_called_once(there) for folder, there in folders.items()}
    ordered = sorted(shares.items(), key=lambda one: -one[1][1])
    return [f"{folder} {once} of {all_} ({percent:.0f} %)" for folder, (percent, once, all_) in ordered if once]


# ── values, names, exceptions, sentences ──────────────────────────────────────────────────────────


def thawed_values(files: Iterable[Source]) -> Iterator[str]:
    """Dataclasses that aren't frozen, unless their name is private or they are known to hold state."""
    for file in files:
        for one in file.classes:
            marks = [ast.unparse(mark) for mark in one.decorator_list]
            thawed = any(mark.startswith("dataclass") and "frozen=True" not in mark for mark in marks)
            if thawed and one.name not in MUTABLE and not one.name.startswith("_"):
                yield file.at(one, f"{one.name} can be changed: values are frozen; state goes into a plain class")


def classes_of_one_name(files: Iterable[Source]) -> Iterator[str]:
    """Classes that share their name with another class of the house."""
    found = defaultdict(list)
    for file in files:
        for one in file.classes:
            found[one.name].append((file, one))
    for name, classes in found.items():
        first, *others = [file.name for file, _ in classes]
        if others:
            file, one = classes[-1]
            yield file.at(one, f"{name} is a class in {first}, too: one name means one class, so rename one")


def vague_names(files: Iterable[Source]) -> Iterator[str]:
    """Files whose name says nothing."""
    for file in files:
        if vague := VAGUE & set(file.name.rpartition("/")[2].removesuffix(".py").split("_")):
            yield file.at(1, f"{vague.pop()} says nothing: name the file after what is in it")


def identifiers(files: Iterable[Source], word: str) -> int:
    """How often the word is a part of an identifier (`place`, `place_of`, `Place`; `replace` isn't)."""
    names = (
        getattr(node, field)
        for file in files
        for node in file.nodes
        for field in ("id", "attr", "arg", "name")
        if isinstance(getattr(node, field, None), str) and not isinstance(node, ast.alias)
    )
    return sum(word in name.lower().strip("_").split("_") for name in names)


def broad_handlers(files: Iterable[Source]) -> Iterator[str]:
    """`except Exception` that doesn't raise again, anywhere but at the executor's and the platforms' edges."""
    for file in files:
        for node in file.nodes:
            if not isinstance(node, ast.ExceptHandler) or file.name.startswith(EDGES):
                continue
            caught = ast.unparse(node.type) if node.type else "BaseException"
            raised = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
            if caught in {"Exception", "BaseException"} and not raised:
                yield file.at(node, f"catches every {caught}: name the errors that are expected here")


def unsupervised_tasks(files: Sequence[Source]) -> Iterator[str]:
    """Tasks that are started outside the supervisor of background chores, where nobody may hear that they failed."""
    met = set()
    for file in files:
        # Inner functions come after those that they are in, so the innermost one stays.
        around = {node: function.name for function in file.functions for node in ast.walk(function)}
        for node in file.nodes:
            if (
                not isinstance(node, ast.Name | ast.Attribute)
                or ast.unparse(node).rpartition(".")[2] not in STARTS_A_TASK
            ):
                continue
            met.add(where := f"{file.name} {around.get(node, 'module')}")
            if where not in WAITED_FOR:
                yield file.at(
                    node,
                    f"{where} starts a task: give it to core.chores, which hears what it fails of, or say in "
                    "WAITED_FOR of tests/house/rules.py who does",
                )
    for gone in sorted(WAITED_FOR.keys() - met):
        yield f"tests/house/rules.py:1: WAITED_FOR names {gone}, which starts no task any more: take it out"


def glued_sentences(files: Iterable[Source]) -> Iterator[str]:
    """What a chat is told and is put together at run time: such a sentence is in no catalogue."""
    for file in files:
        if not file.name.startswith("core/") or file.name.endswith("/nouns.py"):
            continue
        for node in file.nodes:
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.JoinedStr | ast.BinOp):
                name = ast.unparse(node.func).rpartition(".")[2]
                if name in SAID:
                    yield file.at(node, f"{name} gets a glued sentence: write a whole one with {{fields}}")


def chat_not_first(files: Sequence[Source]) -> Iterator[str]:
    """Public methods of the store and the index that are about a chat and don't take it first."""
    keepers = [(file, one) for file in files for one in file.classes if one.name in BY_CHAT]
    if missing := BY_CHAT - {one.name for _, one in keepers}:
        yield f"tests/house/rules.py:1: BY_CHAT names {', '.join(missing)}, which is gone: name what took its job"
    for file, keeper in keepers:
        for method in keeper.body:
            if not isinstance(method, Function) or method.name[0] == "_" or method.name in FOR_ALL_CHATS:
                continue
            if len(method.args.args) < 2 or method.args.args[1].arg != "chat":
                yield file.at(method, f"{keeper.name}.{method.name} must take the chat first")


def patches(_: Sequence[Source]) -> Iterator[str]:
    """Tests that patch the code."""
    for file in sorted((HOUSE / "tests").rglob("*.py")):
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            if file.parent.name != "house" and ("mock.patch" in line or "monkeypatch.setattr" in line):
                name = file.relative_to(HOUSE).as_posix()
                yield f"{name}:{number}: patches the code: hand a fake in where the parts are put together"


IMPORTS = (wrong_imports, rooms_without_floor, foreign_libraries, parts_built_elsewhere)
FUNCTIONS = (long_functions, too_many_called_once)
VALUES = (thawed_values, chat_not_first, broad_handlers, unsupervised_tasks)
NAMES = (classes_of_one_name, vague_names, glued_sentences)
OTHERS = (crowded_folders, patches, side_effects_of_importing)


def findings(*rules: Callable[[Sequence[Source]], Iterator[str]]) -> list[str]:
    """What the rules find in the house."""
    return [finding for rule in rules for finding in rule(house())]
