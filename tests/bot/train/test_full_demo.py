"""The demo's world, its untrained model, and the way from one to the other."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

pytest.importorskip("transformers")
pytest.importorskip("peft")

from bot.data.samples import read_samples
from bot.train.demo import lessons, words, world
from bot.train.demo.lessons import Lessons
from bot.train.demo.run import CAPTIONS, CONVERSATIONS, demonstrate, write_samples
from bot.train.demo.untrained import new_tokenizer, write_untrained
from bot.train.inputs import Reader
from bot.train.profiles import PROFILES
from core.models.vlm.loading import load

pytestmark = pytest.mark.full
LITTLE = Lessons(portraits=1, photos=20, captions=64, conversations=64)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_samples(tmp_path_factory.mktemp("demo") / "data", LITTLE, lambda *_: None)


def test_nothing_of_the_judgement_is_learnt_from(data: Path) -> None:
    learnt, kept = lessons.split()
    assert len(kept) == 500
    assert not set(learnt) & set(kept)
    unseen = {one.looks for one in kept}
    for file in (CAPTIONS, CONVERSATIONS):
        samples = read_samples(data / file)
        assert samples
        assert not unseen & {looks for one in samples for looks in one.subjects}
        assert not unseen & {one.subject for sample in samples for one in sample.concepts}


def test_an_answer_names_those_who_are_there_and_nobody_else(data: Path) -> None:
    recognitions = 0
    for sample in read_samples(data / CONVERSATIONS):
        for turn in sample.turns:
            if turn.question in words.WHO:
                recognitions += 1
                named = {one.name for one in sample.concepts if f"<{one.name}>" in turn.answer}
                assert named == {one.name for one in sample.present}
                assert (words.NOBODY in turn.answer) == (not sample.present)
    assert recognitions > 20


def test_the_samples_are_all_learnt_in_one_sequence_each(data: Path, tmp_path: Path) -> None:
    loaded = load(str(write_untrained(tmp_path / "model")), device="cpu")
    assert loaded.prompt == "rap-v1"
    reader = Reader(loaded, PROFILES["demo"], data)
    for sample in read_samples(data / CONVERSATIONS)[:20]:
        together, refused = reader.sequences(sample)
        assert not refused
        assert together == [tuple(range(len(sample.turns)))]
        example = reader.example(sample, together[0])
        assert example.length < 250


def test_every_text_is_read_back_as_it_was_written(data: Path) -> None:
    tokenizer = new_tokenizer()
    texts = [turn.answer for sample in read_samples(data / CONVERSATIONS) for turn in sample.turns]
    texts += ["Straße, 猫 and 🐕 – “quoted”", "  two  spaces ", "<bokari> likes cheese."]
    for text in texts:
        tokens = tokenizer(text, add_special_tokens=False).input_ids
        assert tokenizer.decode(tokens) == text
    known = set(tokenizer.get_vocab())
    assert {f"▁{word}" for word in words.vocabulary()} <= known


def test_figures_differ_from_their_look_alikes_in_one_thing() -> None:
    draw = random.Random(3)  # noqa: S311 - no secret
    for figure in draw.sample(world.FIGURES, 50):
        other = figure.look_alike(draw)
        assert other in world.FIGURES
        told, others = figure.looks.split(), other.looks.split()
        assert sum(a != b for a, b in zip(told[1:], others[1:], strict=True)) == 1


def test_it_trains_from_nothing_to_a_model_that_is_served(tmp_path: Path) -> None:
    model = demonstrate(tmp_path, amount=LITTLE)
    assert load(str(model), device="cpu").prompt == "rap-v1"
    assert demonstrate(tmp_path, amount=LITTLE) == model  # goes on where it was: at the end
