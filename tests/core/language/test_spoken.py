from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.language.spoken import Spoken

NAMES = ("bo", "Anna Lena", "pad", "Zoë [the cat]")
MARKS = (
    *("<think>", "</think>", "<THINKING>", "</thinking>", "◁think▷", "◁/think▷", "[THINK]", "[/THINK]"),
    *("<|channel|>analysis<|message|>", "<|channel|>final<|message|>", "<|im_end|>", "<|im_start|>assistant\n"),
    *("<|eot_id|>", "</s>", "<end_of_turn>", "<|START_THINKING|>", "<|END_THINKING|>", "<|vision_start|>"),
    *("<bo>", "<Anna Lena>", "<pad>", "<Zoë (the cat)>", "<max>", "a < b", "<3", "[1]", "\n", " ", "That's ", "a dog."),
)
raw_texts = st.lists(st.one_of(st.sampled_from(MARKS), st.text("<>|/thinkbo◁▷[] ", max_size=6)), max_size=12).map(
    "".join
)


def spoken(*pieces: str, most: int = 10_000, thinks_first: bool = False) -> Spoken:
    answer = Spoken(NAMES, most=most, thinks_first=thinks_first)
    for piece in pieces:
        answer.add(piece)
    answer.end()
    return answer


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("<think>Is it bo? I guess.</think>\n\nThat's bo.", "That's bo."),
        ("◁think▷Hmm.◁/think▷That's bo.", "That's bo."),
        ("[THINK]Hmm.[/THINK]That's bo.", "That's bo."),
        ("<|START_THINKING|>Hmm.<|END_THINKING|>That's bo.", "That's bo."),
        ("Hmm, is it bo?\n</think>\n\nThat's bo.", "That's bo."),
        ("That's bo.<think>Was that right?", "That's bo."),
        ("<think>I never come to an end", ""),
        ("<think>a</think>One. <think>b</think>Two.</think>", "One. Two."),
        ("That's bo.<|im_end|>", "That's bo."),
        ("<|im_end|><|im_start|>assistant\nThat's bo.<|im_end|>\n<|im_start|>user\nWho else?", "That's bo."),
        ("<s>That's bo.</s>", "That's bo."),
        ("<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Bo.<|return|>", "Bo."),
        ("<bo> and <Anna Lena>, not <max>.", "bo and Anna Lena, not <max>."),
        ("<Bo>'s ball, <pad> and <Zoë (the cat)>", "Bo's ball, pad and Zoë [the cat]"),
        ("I <3 it, as 1 < 2 and 3 > 2 [sic].", "I <3 it, as 1 < 2 and 3 > 2 [sic]."),
        ("The table shows <br> and </b>.", "The table shows <br> and </b>."),
    ],
)
def test_thoughts_marks_and_the_brackets_of_known_names_are_never_shown(raw: str, shown: str) -> None:
    assert spoken(raw).text == shown
    assert spoken(*raw).text == shown


@given(raw_texts, st.lists(st.integers(0, 120), max_size=8), st.sampled_from([5, 10_000]), st.booleans())
@example("<|im_start|>assistant said", [13], 10_000, False)
@example("<|channel|>final<|message|>", [11, 17, 20], 10_000, False)
def test_where_a_text_is_cut_into_pieces_makes_no_difference(
    raw: str, cuts: list[int], most: int, thinks_first: bool
) -> None:
    bounds = [0, *sorted(cuts), len(raw)]
    pieces = [raw[begin:end] for begin, end in pairwise(bounds)]
    whole, cut = (spoken(*one, most=most, thinks_first=thinks_first) for one in ([raw], pieces))
    assert (whole.text, whole.thinks_first) == (cut.text, cut.thinks_first)


@given(raw_texts)
def test_what_is_shown_is_never_taken_back_but_where_it_were_thoughts(raw: str) -> None:
    answer, shown = Spoken(NAMES, most=10_000), ""
    for letter in raw:
        answer.add(letter)
        assert answer.text.startswith(shown) or answer.thinks_first
        shown = answer.text
    answer.end()
    assert answer.text.startswith(shown) or answer.thinks_first


@given(st.text("abc <>|", max_size=20), st.sampled_from(["<think>", "◁think▷", "[THINK]"]))
def test_no_letter_of_thoughts_is_in_any_draft(thought: str, opening: str) -> None:
    answer = Spoken((), most=10_000)
    answer.add("Yes." + opening)
    for letter in thought.replace("<", "").replace("|", "") + "SECRET":
        answer.add(letter)
    answer.end()
    assert answer.text == "Yes."


def test_an_answer_is_cut_at_its_most_letters_and_then_over() -> None:
    answer = spoken("a" * 30_000_000, most=8000)
    assert (answer.text, answer.is_over) == ("a" * 8000 + " …", True)
    assert spoken("x" * 8000, most=8000).text == "x" * 8000


def test_a_model_that_was_seen_to_think_first_shows_no_thought_in_a_draft_the_next_time() -> None:
    assert spoken("Hm.</think>Bo.").thinks_first
    answer = Spoken((), most=100, thinks_first=True)
    for piece in ("Hm, ", "is it", " bo?</th", "ink>"):
        answer.add(piece)
        assert not answer.text
    answer.add("Bo. ")
    assert (answer.text, answer.thinks_first) == ("Bo. ", True)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("It's bo, in the snow.", "It's bo, in the snow."),
        ("It's <bo>.<|im_end|><|im_start|>user\nWho else?", "It's bo."),
        ("x" * 200_000, "x" * 100 + " …"),
        ("It's bo.<think>Was that right?", "It's bo."),
    ],
)
def test_what_was_withheld_as_thoughts_is_shown_when_nothing_closed_them(raw: str, shown: str) -> None:
    answer = spoken(raw, most=100, thinks_first=True)
    assert (answer.text, answer.thinks_first) == (shown, False)


def test_thoughts_longer_than_an_answer_may_be_leave_it_all_its_letters() -> None:
    answer = spoken("x" * 200_000, "</think>", "Bo. ", "y" * 200, most=100, thinks_first=True)
    assert answer.text == "Bo. " + "y" * 96 + " …"
    assert answer.thinks_first


def test_a_model_that_opens_its_thoughts_itself_is_not_taken_for_one_that_does_not() -> None:
    answer = spoken("<think>Hm.</think>Bo.", thinks_first=True)
    assert (answer.text, answer.thinks_first) == ("Bo.", False)
