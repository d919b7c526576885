"""The rules of the house hold. Each rule says in its finding what to do; `python -m tests.house` says it, too."""

from tests.house import rules
from tests.house.photo_way import photo_way, way_too_long
from tests.house.source import Source


def test_imports_run_down_the_floors_and_only_wiring_builds_the_parts() -> None:
    assert not rules.findings(*rules.IMPORTS)


def test_functions_are_short_and_few_of_them_are_called_only_once() -> None:
    assert not rules.findings(*rules.FUNCTIONS)


def test_values_are_frozen_the_chat_comes_first_and_errors_are_named() -> None:
    assert not rules.findings(*rules.VALUES)


def test_one_name_means_one_thing_and_sentences_are_whole() -> None:
    assert not rules.findings(*rules.NAMES)


def test_folders_are_small_nothing_is_patched_and_importing_starts_nothing() -> None:
    assert not rules.findings(*rules.OTHERS)


def test_a_photo_passes_few_functions_and_files() -> None:
    assert not [*way_too_long(photo_way())]


def test_a_task_that_is_started_outside_the_supervisor_is_found() -> None:
    loose = Source("core/x.py", "import asyncio\nasync def f():\n    asyncio.create_task(g())\n")
    another = Source("core/y.py", "start = asyncio.ensure_future\n")
    found = list(rules.unsupervised_tasks([loose, another]))
    assert [one.split(":")[0] for one in found[:2]] == ["core/x.py", "core/y.py"]
