from random import Random

import numpy as np
import pytest

from core.assistant.conversations import Conversations
from core.assistant.shown import Shown
from core.concepts import Box, Embedding, Region
from core.messages import Chat, Photo
from core.recognition.recognizer import PhotoFeatures

HOME, TOPIC, AWAY = Chat("web", "home"), Chat("web", "home", "topic"), Chat("web", "away")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def photo(size: int = 10) -> tuple[Photo, ...]:
    return (Photo(b"x" * size),)


def looked_at(shown: Shown, floats: int) -> None:
    embedding = Embedding(np.zeros(floats, np.float32), np.zeros((0, floats), np.float32))
    shown.photos[0].features = PhotoFeatures((9, 9), (Region(Box(0, 0, 9, 9)),), (embedding,))


def texts(talks: Conversations, chat: Chat = HOME, shown: Shown | None = None) -> tuple[list[str], list[str]]:
    before, since = talks.history(chat, (), shown)
    return [entry.text for entry in before], [entry.text for entry in since]


def test_the_last_photo_of_a_thread_is_its_own() -> None:
    talks = Conversations()
    first = talks.show(HOME, "1", photo())
    second = talks.show(HOME, "2", photo())
    other = talks.show(TOPIC, "3", photo())
    assert talks.last(HOME) is second
    assert talks.last(TOPIC) is other
    assert talks.last(AWAY) is None
    assert talks.last(HOME, "1") is first
    assert talks.last(HOME, "9") is None


def test_a_button_finds_its_photo_in_every_thread_of_its_chat_and_in_no_other_chat() -> None:
    talks = Conversations()
    shown = talks.show(TOPIC, "1", photo())
    assert talks.find(HOME, shown.key) is shown
    assert talks.find(AWAY, shown.key) is None


def test_a_photo_is_let_go_after_its_time() -> None:
    clock = Clock()
    talks = Conversations(minutes=1, clock=clock)
    shown = talks.show(HOME, "1", photo())
    clock.now = 59
    assert talks.last(HOME) is shown
    clock.now = 61
    assert talks.find(HOME, shown.key) is None
    assert talks.last(HOME) is None


def test_photos_over_the_budget_go_oldest_first() -> None:
    talks = Conversations(budget=25)
    for number in range(4):
        talks.show(HOME, str(number), photo())
    assert talks.last(HOME, "1") is None
    assert talks.last(HOME, "2") is not None
    assert talks.last(HOME, "3") is not None


def test_what_was_found_in_photos_counts_as_they_do() -> None:
    talks = Conversations(budget=100)
    first, second = (talks.show(HOME, str(number), photo()) for number in range(2))
    for shown in (second, first):
        looked_at(shown, 20)
        talks.weigh(shown)
    assert talks.last(HOME, "0") is None
    assert talks.last(HOME) is second
    talks.weigh(first)  # looked at while it was let go: it counts no more
    assert talks.show(AWAY, "2", photo()) is talks.last(AWAY)
    assert talks.last(HOME) is second


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_let_go_leaves_its_room_to_others(seed: int) -> None:
    random, clock = Random(seed), Clock()  # noqa: S311 - repeatable
    talks = Conversations(minutes=1, budget=1000, clock=clock)
    chats = [Chat("web", str(number), random.choice(["", "topic"])) for number in range(5)]
    for _ in range(200):
        chat, last = random.choice(chats), talks.last(random.choice(chats))
        match random.randrange(6):
            case 0 | 1:
                talks.show(chat, "", photo(random.randrange(1, 400)))
            case 2 if last:
                looked_at(last, random.randrange(50))
                talks.weigh(last)
            case 3 if last:
                talks.discard(chat, last)
            case 4:
                talks.drop(chat)
            case _:
                clock.now += random.randrange(20)
        kept = [shown for one in chats for shown in talks.photos_of(one)]
        assert sum(shown.size for shown in {one.key: one for one in kept}.values()) <= 1000
    clock.now += 100
    whole = [talks.show(chat, "", photo(250)) for chat in chats[:4]]
    assert [talks.find(chat, shown.key) for chat, shown in zip(chats, whole, strict=False)] == whole


def test_history_keeps_the_last_lines_of_each_thread() -> None:
    talks = Conversations(entries=4)
    for number in range(3):
        talks.say(HOME, (), f"q{number}", f"a{number}")
    assert texts(talks) == (["q1", "a1", "q2", "a2"], [])
    assert texts(talks, TOPIC) == ([], [])


def test_what_was_said_about_the_photo_stands_apart_as_long_as_it_is_the_latest() -> None:
    talks = Conversations()
    talks.say(HOME, (), "q1", "a1")
    first = talks.show(HOME, "1", photo())
    talks.say(HOME, (), "", "a2", first)
    talks.say(HOME, (), "q3", "a3", first)
    assert texts(talks, shown=first) == (["q1", "a1"], ["", "a2", "q3", "a3"])
    second = talks.show(HOME, "2", photo())
    talks.say(HOME, (), "q4", "a4", second)
    assert texts(talks, shown=second) == (["q1", "a1", "", "a2", "q3", "a3"], ["q4", "a4"])
    assert texts(talks, shown=first)[1] == []


def test_what_was_said_is_forgotten_with_a_concept_but_photos_stay() -> None:
    talks = Conversations()
    talks.show(TOPIC, "1", photo())
    talks.say(TOPIC, (), "who?", "bo")
    talks.forget(HOME)
    assert texts(talks, TOPIC) == ([], [])
    assert talks.last(TOPIC) is not None
    talks.drop(HOME)
    assert talks.last(TOPIC) is None
