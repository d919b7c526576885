"""The demo's world, its untrained model, the way from one to the other, and how it is judged."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("transformers")
pytest.importorskip("peft")

from transformers import LlavaForConditionalGeneration

from bot import config
from bot.data.samples import picture_folder, read_samples
from bot.running.rapport import rapport
from bot.train.demo import lessons, questions, report, run, words, world
from bot.train.demo.judging import Examination, judge, opened
from bot.train.demo.lessons import BATCH, Lessons
from bot.train.demo.recall import Storyteller
from bot.train.demo.untrained import new_tokenizer, write_untrained
from bot.train.inputs import Reader
from bot.train.profiles import PROFILES
from core.models import memory
from core.models.vlm.loading import load
from tests.support.drivers import pipe_driver

pytestmark = pytest.mark.full
LITTLE = Lessons(portraits=1, photos=40, seeing=2, recalling=2, conversing=8)
SHORT = Lessons(portraits=2, photos=500, seeing=100, recalling=250, conversing=130)
"""Enough for half of what is asked; where runs that differ in rounding end differs by a fifth."""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo")
    run.prepare(out, LITTLE)
    return out


def samples_file(out: Path, name: str = run.NEGATIVES) -> Path:
    return out / name / run.DATA / "rap/train.json"


def test_nothing_of_the_judgement_is_learnt_from(prepared: Path) -> None:
    learnt, kept = lessons.split(LITTLE)
    assert len(kept) == LITTLE.kept
    assert not set(learnt) & set(kept)
    unseen = {one.looks for one in kept}
    for name in (run.NEGATIVES, run.NO_NEGATIVES):
        samples = read_samples(samples_file(prepared, name))
        assert len(samples) == BATCH * LITTLE.conversing
        assert not unseen & {looks for one in samples for looks in one.subjects}
        assert not unseen & {one.subject for sample in samples for one in sample.concepts}


def test_an_answer_names_those_who_are_there_and_nobody_else(prepared: Path) -> None:
    asked = 0
    for sample in read_samples(samples_file(prepared)):
        for turn in sample.turns:
            if turn.question in words.WHO:
                asked += 1
                named = {one.name for one in sample.concepts if f"<{one.name}>" in turn.answer}
                assert named == {one.name for one in sample.present}
                assert (words.NOBODY in turn.answer) == (len(sample.present) < len(sample.subjects))
    assert asked == BATCH * LITTLE.conversing


def test_without_negatives_all_that_is_retrieved_is_there(prepared: Path) -> None:
    def noise(name: str) -> int:
        return sum(one.noise for sample in read_samples(samples_file(prepared, name)) for one in sample.concepts)

    assert noise(run.NEGATIVES) > 50
    assert not noise(run.NO_NEGATIVES)
    answers = [
        turn.answer for sample in read_samples(samples_file(prepared, run.NO_NEGATIVES)) for turn in sample.turns
    ]
    assert not any(words.NOBODY in one for one in answers)


def test_the_samples_are_all_learnt_in_one_sequence_each(prepared: Path, tmp_path: Path) -> None:
    loaded = load(str(write_untrained(tmp_path / "model")), device="cpu")
    assert loaded.prompt == "rap-v1"
    file = samples_file(prepared)
    reader = Reader(loaded, PROFILES["demo"], picture_folder(file))
    for sample in read_samples(file)[:: BATCH // 3]:
        together, refused = reader.sequences(sample)
        assert not refused
        assert together == [tuple(range(len(sample.turns)))]
        assert reader.example(sample, together[0]).length < 250


def test_every_text_is_read_back_as_it_was_written(prepared: Path) -> None:
    tokenizer = new_tokenizer()
    texts = [turn.answer for sample in read_samples(samples_file(prepared))[::10] for turn in sample.turns]
    texts += ["Straße, 猫 and 🐕 – “quoted”", "  two  spaces ", "<boka> likes cheese."]
    for text in texts:
        tokens = tokenizer(text, add_special_tokens=False).input_ids
        assert tokenizer.decode(tokens) == text
    assert {f"▁{word}" for word in words.vocabulary()} <= set(tokenizer.get_vocab())


def test_figures_differ_from_their_look_alikes_in_one_thing() -> None:
    draw = random.Random(3)  # noqa: S311 - no secret
    for figure in draw.sample(world.FIGURES, 50):
        other = figure.look_alike(draw)
        assert other in world.FIGURES
        told, others = figure.looks.split(), other.looks.split()
        assert sum(a != b for a, b in zip(told[1:], others[1:], strict=True)) == 1


def test_each_figure_is_drawn_in_its_quarter() -> None:
    draw = random.Random(4)  # noqa: S311 - no secret
    for seed in range(20):
        seen = world.scene(draw.sample(world.FIGURES, draw.randint(1, 4)), seed)
        half = world.PHOTO_SIDE // 2
        for quarter, box in zip(seen.quarters, seen.boxes, strict=True):
            assert (box.x0 // half, box.y0 // half) == (quarter % 2, quarter // 2)
            assert ((box.x1 - 1) // half, (box.y1 - 1) // half) == (quarter % 2, quarter // 2)
        assert [*seen.quarters] == sorted(set(seen.quarters))


def test_the_measures_tell_right_answers_from_wrong_ones() -> None:
    _, kept = lessons.split(LITTLE)
    groups = questions.groups(kept, 20, seed=1)
    for kind, (asked, measure) in groups.items():
        every = [" ".join(f"It is {one.name}." for one in question.prompt.known) + " Yes" for question in asked]
        right = [" ".join(sorted(question.there)) + question.words for question in asked]
        assert set(measure(asked, right).values()) == {1.0}, kind
        assert min(measure(asked, every).values()) < 0.8 or "both" in kind, kind
        assert min(measure(asked, [""] * len(asked)).values()) == 0 or "neither" in kind, kind
    edited, _ = groups["the same after an edit"]
    assert all(one.before and one.before not in one.prompt.known[0].info for one in edited)


def test_a_story_asks_only_for_what_it_has_told_or_shown() -> None:
    figures, _ = lessons.split(LITTLE)
    tokenizer = new_tokenizer()
    image = tokenizer.convert_tokens_to_ids("<image>")
    teller = Storyteller(tokenizer, image, figures[:40], 0)
    for _ in range(50):
        story = teller.story()
        assert story.tokens.count(image) == 4 * len(story.pictures)
        assert not any(learnt for token, learnt in zip(story.tokens, story.learnt, strict=True) if token == image)
        assert sum(story.learnt) > 10
        facts = {f" {value}" for _, _, values in words.FACTS.values() for value in values.split()}
        before: Counter[str] = Counter()
        for token, learnt in zip(story.tokens, story.learnt, strict=True):
            said = tokenizer.decode([token])
            if said in facts:
                assert learnt <= bool(before[said])
                before[said] += 1


def test_from_nothing_the_first_layer_looks_back_and_the_second_finds_what_followed(tmp_path: Path) -> None:
    write_untrained(tmp_path / "model")
    model = LlavaForConditionalGeneration.from_pretrained(tmp_path / "model", attn_implementation="eager")
    tokenizer = new_tokenizer()
    draw = random.Random(6)  # noqa: S311 - no secret
    found = 0
    for _ in range(20):
        names = ["".join(draw.sample(words.SYLLABLES, 2)) for _ in range(5)]
        told = [
            f" {name} likes {liked}."
            for name, liked in zip(names, ("plums", "nuts", "rain", "tea", "soup"), strict=True)
        ]
        text = "".join((*told, f" {names[1]} likes"))
        tokens = tokenizer(text, add_special_tokens=False, return_tensors="pt").input_ids
        first, second, *_ = model.model.language_model(
            input_ids=tokens, output_attentions=True, use_cache=False
        ).attentions
        here = tokens.shape[1] - 1
        assert [int(one.argmax()) for one in first[0, :, -1]] == [here - back for back in (1, 2, 3, 4)]
        nuts = tokens[0].tolist().index(tokenizer.convert_tokens_to_ids("▁nuts"))
        found += int(second[0, 1::2, -1].mean(0).argmax()) == nuts
    assert found > 12


async def test_it_trains_from_nothing_and_is_judged(prepared: Path) -> None:
    model = run.train(prepared, run.NEGATIVES)
    assert load(str(model), device="cpu").prompt == "rap-v1"
    assert run.train(prepared, run.NEGATIVES) == model  # goes on where it was: at the end
    plan = Examination(questions=2, sizes=(), photos=1)
    found = await run.examine(prepared, (run.NEGATIVES,), config.load(), LITTLE, plan, lambda *_: None)
    assert len(found.rows) > 8
    assert report.draw_curves({"demo": prepared / run.NEGATIVES / run.RUN}, prepared).stat().st_size > 1000


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that has learnt for some minutes."""
    out = tmp_path_factory.mktemp("short")
    run.prepare(out, SHORT)
    return run.train(out)


@pytest.mark.timeout(3000)
async def test_it_learns_to_answer_from_texts_that_it_has_never_seen(taught: Path) -> None:
    _, kept = lessons.split(SHORT)
    plan = Examination(questions=40, seed=1)
    async with opened(config.load(), taught) as generator:
        found = await judge(generator, kept, plan)
    # Guessed, one in thirty would be right.
    assert found["a fact from the text: right"] > 0.4
    assert found["the same after an edit: right"] > 0.4


@pytest.mark.timeout(3000)
async def test_the_bot_answers_by_what_was_trained(taught: Path, weights_dir: Path, tmp_path: Path) -> None:
    _, kept = lessons.split(SHORT)
    settings = config.Config(
        store={"url": f"sqlite+aiosqlite:///{tmp_path / 'store.db'}"},
        models={"cache": weights_dir},
        generator={"kind": "transformers", "model": str(taught), "device": "cpu", "temperature": 0.0, "max_tokens": 80},
    )
    async with rapport(settings) as running, pipe_driver(running, settings, tmp_path) as person:
        named = 0
        for number, figure in enumerate(kept[:6]):
            portrait, photo = tmp_path / f"portrait-{number}.jpg", tmp_path / f"photo-{number}.jpg"
            world.portrait(figure, number, 384).save(portrait)
            world.scene([figure], number, 384).picture.save(photo)
            assert "boka" in await person.say("/remember boka | boka likes plums.", portrait)
            seen = await person.say("Who is in this photo?", photo)
            assert any(quarter in seen for quarter in words.WHERE), seen  # what only this model says
            named += "boka" in seen
            await person.say("/forget boka")
            assert "boka" not in await person.say("Who is in this photo?", photo)
        assert named
    memory.release()
