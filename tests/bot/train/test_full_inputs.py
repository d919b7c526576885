"""What is learnt is what is asked: the tokens and pixels of a sample are those of its prompt as it is served."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("transformers")
pytest.importorskip("peft")

import torch

from bot.data.samples import Turn
from bot.train.inputs import IGNORED, Reader, Unusable, collate
from bot.train.profiles import PROFILES, profile_of
from core.models.vlm.loading import Loaded, load
from core.models.vlm.preprocessor import Preprocessor
from tests.support.tiny import samples, vlm

pytestmark = pytest.mark.full

KINDS = ("original", "converted", "qwen")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Loaded]:
    root = tmp_path_factory.mktemp("models")
    original = vlm.original(root / "RAP-LLaVA", vlm.original_state(), vlm.tower(root / "clip"))
    folders = original, vlm.converted(root / "llava-hf", original), vlm.qwen(root / "qwen")
    return {kind: load(str(folder), device="cpu") for kind, folder in zip(KINDS, folders, strict=True)}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", [0, 1])
def test_tokens_and_pixels_are_those_that_are_served(
    models: dict[str, Loaded], tmp_path: Path, kind: str, number: int
) -> None:
    loaded = models[kind]
    reader = Reader(loaded, PROFILES["cpu"], tmp_path)
    asked = samples.sample(tmp_path, number)
    served = Preprocessor(loaded, style="auto", room=loaded.context).read(reader.prompt(asked))
    example = reader.example(asked)
    batch = collate([example], padding=0)
    assert batch.keys() == {*served.inputs, "labels"}
    for name, tensor in served.inputs.items():
        learnt = batch[name][:, : served.length] if tensor.shape == (1, served.length) else batch[name]
        assert torch.equal(learnt, tensor), name
    assert len(served.pictures) == 2 + number
    assert torch.equal(batch["labels"][0, : served.length], torch.full((served.length,), IGNORED))


@pytest.mark.parametrize("kind", KINDS)
def test_the_answer_and_its_end_are_learnt(models: dict[str, Loaded], tmp_path: Path, kind: str) -> None:
    loaded = models[kind]
    example = Reader(loaded, PROFILES["cpu"], tmp_path).example(samples.sample(tmp_path, 1))
    *words, end = example.answer.tolist()
    assert end in loaded.end_tokens
    assert not loaded.end_tokens & {*words}
    assert loaded.tokenizer.decode(words).strip() == "That's bo."


@pytest.mark.parametrize("kind", KINDS)
def test_examples_of_different_shapes_share_a_batch(models: dict[str, Loaded], tmp_path: Path, kind: str) -> None:
    loaded = models[kind]
    reader = Reader(loaded, PROFILES["cpu"], tmp_path)
    alone = [reader.example(samples.sample(tmp_path, number)) for number in (0, 1)]
    alone.append(reader.example(samples.sample(tmp_path, 2).model_copy(update={"image": "", "concepts": ()})))
    batch = collate(alone, padding=0)
    with torch.inference_mode():
        together = loaded.model(**batch).logits
        for row, one in enumerate(alone):
            logits = loaded.model(**collate([one], padding=0)).logits[0]
            torch.testing.assert_close(together[row, : len(logits)], logits, rtol=1e-3, atol=1e-3)
            assert (batch["labels"][row] != IGNORED).sum() == len(one.answer)


@pytest.mark.parametrize(
    ("answer", "reason"), [(" ", "no answer"), ("Here: <image>", "a mark of the model's"), ("bo " * 400, "too long")]
)
def test_what_cannot_be_learnt_says_why(models: dict[str, Loaded], tmp_path: Path, answer: str, reason: str) -> None:
    asked = samples.sample(tmp_path, 1).model_copy(update={"turns": (Turn(question="Who?", answer=answer),)})
    with pytest.raises(Unusable, match=reason):
        Reader(models["original"], profile_of("cpu", given={"max_length": 500}), tmp_path).example(asked)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({"question": "Is <image> here?"}, "the question.* holds a mark"),
        ({"info": "<image> is a dog."}, "a text about a concept holds a mark"),
        ({"name": "image"}, "a name holds a mark"),
    ],
)
def test_marks_are_refused_wherever_they_stand(
    models: dict[str, Loaded], tmp_path: Path, words: dict[str, str], reason: str
) -> None:
    asked = samples.sample(tmp_path, 1)
    turn = asked.turns[-1].model_copy(update={key: text for key, text in words.items() if key == "question"})
    first, *rest = asked.concepts
    first = first.model_copy(update={key: text for key, text in words.items() if key != "question"})
    asked = asked.model_copy(update={"turns": (turn,), "concepts": (first, *rest)})
    reader = Reader(models["original"], profile_of("cpu"), tmp_path)
    with pytest.raises(Unusable, match=reason):
        reader.example(asked)
    assert [number for number, _ in reader.sequences(asked)[1]] == [0]


TURNS = (
    Turn(question="Who is it?", answer="That's bo."),
    Turn(question="And  what is\nbo?", answer="A dog."),
    Turn(question="Sure?", answer="Yes,  <bo> is."),
    Turn(question="Thanks!", answer="Any time."),
)


@pytest.mark.parametrize("kind", KINDS)
def test_turns_are_one_sequence_where_each_goes_on_from_the_one_before(
    models: dict[str, Loaded], tmp_path: Path, kind: str
) -> None:
    loaded = models[kind]
    reader = Reader(loaded, PROFILES["cpu"], tmp_path)
    asked = samples.sample(tmp_path, 1).model_copy(update={"turns": TURNS})
    sequences, refused = reader.sequences(asked)
    assert not refused
    # The conversation repeats an answer on one line: what was learnt with two spaces isn't in the next prompt.
    ends = [] if kind == "converted" else [(0, 1, 2), (3,)]
    assert sequences == (ends or [(0,), (1,), (2,), (3,)])  # a template without an end of answers never goes on
    for turns in sequences:
        labels = collate([reader.example(asked, turns)], padding=0)["labels"][0]
        alone = [reader.example(asked, (turn,)).answer for turn in turns]
        assert torch.equal(labels[labels != IGNORED], torch.cat(alone))


def test_a_sample_too_long_is_counted_turn_by_turn(models: dict[str, Loaded], tmp_path: Path) -> None:
    loaded = models["original"]
    asked = samples.sample(tmp_path, 1).model_copy(update={"turns": TURNS})
    whole = Reader(loaded, PROFILES["cpu"], tmp_path).example(asked, (0, 1)).length
    reader = Reader(loaded, profile_of("cpu", given={"max_length": whole}), tmp_path)
    sequences, refused = reader.sequences(asked)
    assert sequences == [(0, 1)]
    assert [(turn, error.reason) for turn, error in refused] == [(2, "it is too long"), (3, "it is too long")]
    assert f"--max-length is {whole}" in refused[0][1].detail
