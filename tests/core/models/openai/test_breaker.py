from __future__ import annotations

from contextlib import suppress

import pytest

from core.errors import Busy, GeneratorError
from core.models.openai.breaker import Breaker
from tests.support.clock import skip


def breaker() -> Breaker:
    return Breaker(lambda error: isinstance(error, Busy))


def fail(one: Breaker, error: Exception, *, answered: bool = False, meanwhile: Breaker | None = None) -> None:
    with suppress(type(error)), one.question() as answers:
        if answered:
            answers()
        if meanwhile:
            assert not refuses(meanwhile)
        raise error


def refuses(one: Breaker) -> bool:
    try:
        with one.question() as answered:
            answered()
    except GeneratorError as error:
        assert error.for_chats
        return True
    return False


async def test_a_server_that_does_not_answer_is_left_alone_until_a_probe_is_answered() -> None:
    one = breaker()
    fail(one, Busy("silent"))
    assert refuses(one)
    skip(14)
    assert refuses(one)
    skip(2)
    with one.question() as answered:  # the probe; all others are still refused
        assert refuses(one)
        answered()
        assert not refuses(one)
    assert one.is_closed


async def test_each_probe_that_fails_doubles_the_pause_up_to_two_minutes_and_an_answer_shortens_it_again() -> None:
    one = breaker()
    fail(one, Busy("silent"))
    for pause in (15, 30, 60, 120, 120):
        skip(pause - 1)
        assert refuses(one)
        skip(2)
        fail(one, Busy("silent"))
    skip(121)
    assert not refuses(one)
    fail(one, Busy("silent"))
    skip(16)
    assert not refuses(one)


async def test_questions_that_fail_together_open_it_once() -> None:
    one = breaker()
    for error in (Busy("silent"), Busy("silent"), Busy("silent")):
        first = one.question()
        second = one.question()
        first.__enter__()
        second.__enter__()
        for question in (first, second):
            assert not question.__exit__(type(error), error, None)
        skip(16)
        assert not refuses(one)


async def test_a_slow_answer_among_others_does_not_open_it() -> None:
    one = breaker()
    fail(one, Busy("slow"), meanwhile=one)
    assert not refuses(one)


async def test_an_error_of_one_question_or_a_break_in_mid_answer_does_not_open_it() -> None:
    one = breaker()
    fail(one, GeneratorError("too long"))
    fail(one, Busy("fell silent"), answered=True)
    assert one.is_closed


async def test_who_leaves_while_probing_lets_another_probe() -> None:
    one = breaker()
    fail(one, Busy("silent"))
    skip(16)
    with pytest.raises(GeneratorExit), one.question():
        raise GeneratorExit
    assert not refuses(one)
