"""What an answer is worth, against the samples' own answers."""

from __future__ import annotations

import pytest

from bot.data.samples import Kind, RetrievedConcept, Sample, Turn
from bot.train.rewards import (
    REWARDS,
    Truth,
    box_reward,
    boxes_in,
    false_names_reward,
    names_in,
    names_reward,
    overlap,
    truth_of,
    verdict_reward,
)


def sample(question: str, answer: str, *, present: tuple[str, ...] = ("bo",), noise: tuple[str, ...] = ()) -> Sample:
    concepts = [RetrievedConcept(crop=f"{name}.jpg", name=name) for name in present]
    concepts += [RetrievedConcept(crop=f"{name}.jpg", name=name, noise=True) for name in noise]
    return Sample(
        id="1",
        kind=Kind.CAPTION,
        image="a.jpg",
        turns=(Turn(question=question, answer=answer),),
        concepts=tuple(concepts),
    )


def truth(question: str, answer: str, *, everyone: tuple[str, ...] = (), **concepts: tuple[str, ...]) -> Truth:
    return truth_of(sample(question, answer, **concepts), 0, everyone)


BOTH = truth("Who is it?", "<bo> and <Mia> are in the snow.", present=("bo", "Mia"), noise=("Max",), everyone=("Zoe",))


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("Bo plays with Mia.", 1),
        ("mia, and behind her BO's tail", 1),
        ("Bo is in the snow.", 2 / 3),
        ("A dog and a girl are in the snow.", 0),
        ("", 0),
        ("About the elbow", 0),  # neither is bo
        ("Bo, Mia and Max", 4 / 5),
        ("Bo, Mia and Zoe", 4 / 5),  # who isn't even in the list
        ("Max", 0),
        ("Max and Zoe", 0),
        ("Bo and Max", 2 / 4),
    ],
)
def test_names_are_worth_the_f1_of_their_set(text: str, worth: float) -> None:
    assert names_reward(text, BOTH) == pytest.approx(worth)


@pytest.mark.parametrize(
    ("text", "worth"),
    [("Bo and Mia", 0), ("", 0), ("Bo and Max", -0.5), ("Zoe", -0.5), ("Max and Zoe and Max", -1), ("Maximal", 0)],
)
def test_each_false_name_costs(text: str, worth: float) -> None:
    assert false_names_reward(text, BOTH) == worth


def test_three_false_names_cost_no_more_than_two() -> None:
    asked = truth("Who is it?", "I know nobody here.", present=(), noise=("bo", "Max", "Zoe"))
    assert false_names_reward("bo, Max, Zoe", asked) == -1


def test_with_noise_alone_it_is_right_to_name_nobody() -> None:
    asked = truth("Who is it?", "I don't know anyone here.", present=(), noise=("bo", "Max"))
    assert names_reward("I know nobody in this photo.", asked) == 1
    assert names_reward("That's bo.", asked) == 0
    assert false_names_reward("That's bo.", asked) == -0.5


def test_who_is_there_but_not_asked_for_may_be_named_or_not() -> None:
    asked = truth("What is on the grass?", "A red ball.", present=("bo",), noise=("Max",))
    assert [names_reward(text, asked) for text in ("A ball.", "Bo's ball.", "Max's ball.")] == [1, 1, 0]
    assert [false_names_reward(text, asked) for text in ("A ball.", "Bo's ball.", "Max's ball.")] == [0, 0, -0.5]


def test_whom_the_question_names_may_be_named_in_the_denial() -> None:
    asked = truth("Is <Max> in this photo?", "No, I can't see him.", present=(), noise=("Max", "bo"))
    assert names_reward("No, Max isn't here.", asked) == 1
    assert false_names_reward("No, Max isn't here.", asked) == 0
    assert false_names_reward("No, but bo is.", asked) == -0.5
    assert verdict_reward("Yes, Max is here.", asked) == 0


def test_a_right_name_is_right_though_another_concept_is_spelled_alike() -> None:
    asked = truth("Who is it?", "It's <Bo>.", present=("Bo",), noise=("bo",))
    assert asked.false == frozenset()
    asked = truth("Who is it?", "It's <bo jackson>.", present=("bo jackson",), noise=("bo",))
    assert names_reward("It's Bo Jackson!", asked) == 1
    assert false_names_reward("It's Bo Jackson!", asked) == 0
    assert false_names_reward("It's Bo!", asked) == -0.5
    asked = truth("What's that?", "A ball.", present=("bo jackson",), noise=("bo",))
    assert false_names_reward("Bo Jackson's ball", asked) == 0


def test_names_in_other_scripts_are_found() -> None:
    asked = truth("这是谁？", "这是<小黑>。", present=("小黑",), noise=("小白",))
    assert names_reward("这是小黑。", asked) == 1
    assert false_names_reward("这是小白。", asked) == -0.5


@pytest.mark.parametrize(
    ("answer", "text", "worth"),
    [
        ("Yes, <bo> is here.", "yes", 1),
        ("Yes, <bo> is here.", "  “Yes!", 1),
        ("Yes.", "No, nobody", 0),
        ("Yes.", "Nobody knows", 0),
        ("No.", "No", 1),
        ("No.", "Yes and no", 0),
        ("No.", "", 0),
        ("Nobody I know.", "No", None),
        ("It's <bo>.", "Yes", None),
    ],
)
def test_yes_or_no(answer: str, text: str, worth: float | None) -> None:
    assert verdict_reward(text, truth("Is <bo> here?", answer)) == worth


BOXED = truth("Where is <bo>?", "<bo> is at [0.10, 0.20, 0.30, 0.60].")


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("[0.10, 0.20, 0.30, 0.60]", 1),
        ("At [.1,.2,.3,.6]!", 1),
        ("[0.10, 0.20, 0.20, 0.60]", 0.5),
        ("[0.20, 0.20, 0.40, 0.60]", 1 / 3),
        ("[0.50, 0.20, 0.90, 0.60]", 0),
        ("[0.30, 0.60, 0.10, 0.20]", 0),  # inside out
        ("[0.10, 0.20, 0.30]", 0),
        ("in the middle", 0),
        ("[0.10, 0.20, 0.30, 0.60] or [0, 0, 1, 1]", 0.5),
    ],
)
def test_a_box_is_worth_its_overlap(text: str, worth: float) -> None:
    assert box_reward(text, BOXED) == pytest.approx(worth)


def test_several_boxes_are_compared_in_their_order() -> None:
    two = truth("Where are they?", "<bo>: [0, 0, .5, .5], <Mia>: [.5, .5, 1, 1]", present=("bo", "Mia"))
    assert box_reward("bo: [0, 0, .5, .5], Mia: [.5, .5, 1, 1]", two) == 1
    assert box_reward("Mia: [.5, .5, 1, 1], bo: [0, 0, .5, .5]", two) == 0
    assert box_reward("bo: [0, 0, .5, .5]", two) == 0.5


def test_an_answer_without_boxes_has_no_such_reward() -> None:
    assert box_reward("[0, 0, 1, 1]", BOTH) is None


@pytest.mark.parametrize("text", ["", "[[[[", "[1e9, 2, 3, 4]", "[-5, -5, 7, 7]", "<bo>", "\ufffd" * 9, "no " * 5000])
def test_whatever_a_model_says_is_worth_between_minus_one_and_one(text: str) -> None:
    for reward in REWARDS.values():
        for asked in (BOTH, BOXED):
            assert (worth := reward(text, asked)) is None or -1 <= worth <= 1


def test_overlap_is_symmetric_and_a_point_has_none() -> None:
    assert overlap((0, 0, 2, 2), (1, 1, 3, 3)) == overlap((1, 1, 3, 3), (0, 0, 2, 2)) == pytest.approx(1 / 7)
    assert overlap((0, 0, 0, 0), (0, 0, 1, 1)) == 0
    assert boxes_in("[0, 1, 2, 3] and [4,5,6,7,8]") == ((0, 1, 2, 3),)


def test_everyone_in_the_data() -> None:
    some = [sample("?", "!", present=("bo",), noise=("Max",)), sample("?", "!", present=("Mia",))]
    assert names_in(some) == {"bo", "Max", "Mia"}
