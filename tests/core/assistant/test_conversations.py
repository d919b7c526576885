from core.assistant.conversations import Conversations
from core.assistant.shown import Shown
from core.messages import Chat, Photo

HOME, TOPIC, AWAY = Chat("web", "home"), Chat("web", "home", "topic"), Chat("web", "away")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def photo(size: int = 10) -> tuple[Photo, ...]:
    return (Photo(b"x" * size),)


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
