"""The teacher of a build, against a server in this process: what is asked, paid, kept and never asked again."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from bot.data import steps
from bot.data.describing import Descriptions, by_subject, describing
from bot.data.records import Description
from bot.data.sources.withdrawing import CHATS
from bot.data.steps import Made, Refusal
from bot.data.teacher.ledger import FILE, BudgetReached, Ledger, read_account
from bot.data.teacher.names import SubjectCrops
from bot.data.teacher.options import TeacherOptions, teacher_key
from bot.data.teacher.preview import preview, told
from core.concepts import Box
from core.errors import ConfigError, DataError
from core.models.openai.question import Tokens
from tests.bot.data.teacher.test_annotated import crop
from tests.support.peers.openai import Answer, Peer, openai_peer

SIZE, BOX = (900, 600), Box(90, 60, 450, 540)
GOOD: dict[str, Any] = {
    "category": "dog",
    "description": "<name> is a small brown dog with a white chest and a curly tail.",
    "captions": [{"view": 1, "caption": "<name> sits on a red couch."}],
    "questions": [
        {"question": "Is <name>'s tail curly?", "answer": "Yes, it is.", "about": "text", "view": 0},
        {"question": "Where does <name> sit?", "answer": "On a red couch.", "about": "picture", "view": 1},
        {"question": "Is <name>'s white chest in sight?", "answer": "Yes, it is.", "about": "both", "view": 1},
    ],
}


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with openai_peer() as running:
        running.script = lambda _: says()
        yield running


def says(usage: tuple[int, int] | None = (1000, 100), **changed: Any) -> Answer:
    return Answer([json.dumps(GOOD | changed)], usage=usage)


def options(peer: Peer, **changed: Any) -> TeacherOptions:
    usual = {"model": "llava", "base_url": peer.url, "rate": 1e6, "max_tokens": 1000}
    return TeacherOptions.model_validate(usual | changed)


def subjects(folder: Path, count: int = 1, **told: Any) -> list[SubjectCrops]:
    """Subjects whose pictures lie in the build's folder."""
    (folder / "crops").mkdir(parents=True, exist_ok=True)
    crops = []
    for number in range(count):
        PIL.Image.new("RGB", SIZE, (9 * number, 100, 50)).save(folder / f"{number}.jpg")
        PIL.Image.new("RGB", (360, 480), (9 * number, 100, 50)).save(folder / f"crops/{number}.jpg")
        own = {"id": f"s{number}/0", "subject": f"s{number}", "name": "", "category": "dog", "box": BOX}
        crops.append(crop(number, **(own | told)))
    return by_subject(crops)


async def build(asked: TeacherOptions, folder: Path, given: list[SubjectCrops]) -> Made[Description]:
    async with describing(asked, folder, given) as step:
        return await steps.run(step, given, folder)


def pictures_in(question: dict[str, Any]) -> int:
    return json.dumps(question).count("image_url")


async def test_a_subject_gets_its_texts_with_its_name(peer: Peer, tmp_path: Path) -> None:
    (one,) = given = subjects(tmp_path, info="loves snow")

    made = await build(options(peer), tmp_path, given)

    (described,) = made.records
    name = described.name
    assert name == one.name != ""
    assert described.info == f"<{name}> is a small brown dog with a white chest and a curly tail."
    assert described.captions == {"s0/0": f"<{name}> sits on a red couch."}
    assert [(asked.about, asked.view) for asked in described.questions] == [
        ("text", ""),
        ("picture", "s0/0"),
        ("both", "s0/0"),
    ]
    assert described.questions[0].question == f"Is <{name}>'s tail curly?"
    assert described.teacher == "llava"


async def test_the_teacher_sees_crop_and_picture_and_hears_no_name(peer: Peer, tmp_path: Path) -> None:
    given = subjects(tmp_path, name="Balthazar", info="Balthazar loves snow", phrases=["dog of Balthazar"])

    await build(options(peer), tmp_path, given)

    (asked,) = peer.questions
    text = json.dumps(asked)
    assert "Balthazar" not in text
    assert "<name> loves snow" in text
    assert "from 10 % to 50 % of its width and from 10 % to 90 % of its height" in text
    assert pictures_in(asked) == 2 * 2  # each names its type and holds it


async def test_no_more_views_are_sent_than_wanted_and_of_different_moments(peer: Peer, tmp_path: Path) -> None:
    (tmp_path / "crops").mkdir()
    crops = []
    for number, track in enumerate(["a", "a", "a", "b"]):
        PIL.Image.new("RGB", SIZE).save(tmp_path / f"{number}.jpg")
        PIL.Image.new("RGB", (90, 90)).save(tmp_path / f"crops/{number}.jpg")
        crops.append(crop(number, track=track, sharpness=0.9 - 0.1 * number, share=0.9))

    captions = [{"view": number, "caption": f"<name> is number {number}."} for number in (1, 2, 3)]
    peer.answers.append(says(captions=captions))

    made = await build(options(peer, views=2), tmp_path, by_subject(crops))

    (asked,) = peer.questions
    assert pictures_in(asked) == 2 * 2  # what fills its picture needs no close-up
    assert made.records[0].captions == {"s/0": "<bo> is number 1.", "s/3": "<bo> is number 2."}


async def test_what_was_answered_is_never_asked_again(peer: Peer, tmp_path: Path) -> None:
    await build(options(peer), tmp_path, subjects(tmp_path, 2))
    (tmp_path / "descriptions.jsonl").unlink()

    again = await build(options(peer, budget=1), tmp_path, subjects(tmp_path, 2, name="Balthazar"))

    assert len(peer.questions) == 2
    assert again.records[0].info.startswith("<Balthazar> is")
    assert again.records[1].name != "Balthazar"


@pytest.mark.parametrize("changed", [{"model": "other"}, {"temperature": 0.9}, {"questions": 3}, {"seed": 5}])
async def test_another_question_is_asked(peer: Peer, tmp_path: Path, changed: dict[str, Any]) -> None:
    peer.models = ("llava", "other")
    await build(options(peer), tmp_path, subjects(tmp_path))

    await build(options(peer, **changed), tmp_path, subjects(tmp_path))

    assert len(peer.questions) == 2


async def test_another_picture_is_asked_about(peer: Peer, tmp_path: Path) -> None:
    given = subjects(tmp_path)
    await build(options(peer), tmp_path, given)
    PIL.Image.new("RGB", SIZE, (1, 2, 3)).save(tmp_path / "0.jpg")
    (tmp_path / "descriptions.jsonl").unlink()

    await build(options(peer), tmp_path, given)

    assert len(peer.questions) == 2


async def test_what_changes_no_text_makes_nothing_anew(peer: Peer, tmp_path: Path) -> None:
    given = subjects(tmp_path)
    await build(options(peer), tmp_path, given)
    corrected = (tmp_path / "descriptions.jsonl").read_text().replace("curly", "bushy")
    (tmp_path / "descriptions.jsonl").write_text(corrected)

    made = await build(options(peer, rate=5e5, concurrency=2, budget=1e9, timeout=5), tmp_path, given)

    assert "bushy" in made.records[0].info
    assert len(peer.questions) == 1


# ── what can't be used ────────────────────────────────────────────────────────────────────────────


async def test_what_of_an_answer_cannot_be_used_is_left_out_and_counted_once(peer: Peer, tmp_path: Path) -> None:
    (first, second) = given = subjects(tmp_path, 2)
    told_of = {"view": 1, "about": "picture"}
    questions = [
        {"question": f"Is {second.name} there?", "answer": "No.", **told_of},
        {"question": "Where is <name>?", "answer": "On the left.", **told_of},
        {"question": "Where is <name>?", "answer": "On a couch.", **told_of},
        {"question": "where is <name>?", "answer": "On a couch.", **told_of},
        {"question": "Where is <name>?", "answer": "On a couch.", "view": 9, "about": "picture"},
        {"question": "Is the couch red?", "answer": "Yes.", **told_of},
        {"question": "How old is <name>?", "answer": "Seven years.", "view": 0, "about": "text"},
    ]
    captions = [{"view": 1, "caption": "A dog sits."}, {"view": 3, "caption": "<name> sits."}]
    peer.answers.append(says(questions=questions, captions=captions))

    made = await build(options(peer, concurrency=1), tmp_path, given)
    (tmp_path / "descriptions.jsonl").unlink()
    await build(options(peer, concurrency=1), tmp_path, given)

    assert [one.question for one in made.records[0].questions] == [f"Where is <{first.name}>?"]
    assert made.records[0].captions == {}
    assert read_account(tmp_path).left_out == {
        "question: names somebody else, or a side": 1,
        "answer: names somebody else, or a side": 1,
        "question: asked twice": 1,
        "question: no such view": 1,
        "question: doesn't name the subject": 1,
        "answer: not in the text": 1,
        "caption: doesn't name the subject": 1,
        "caption: no such view": 1,
    }


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (says(description="In the background there is a tree."), "the description can't be used"),
        (Answer([], finish="content_filter"), "the teacher refused"),
    ],
)
async def test_a_subject_without_a_usable_text_is_refused_and_the_others_go_on(
    peer: Peer, tmp_path: Path, answer: Answer, reason: str
) -> None:
    peer.answers.append(answer)

    made = await build(options(peer, concurrency=1), tmp_path, subjects(tmp_path, 2))

    assert [(one.of, one.reason) for one in made.refusals] == [("s0", reason)]
    assert [one.subject for one in made.records] == ["s1"]


async def test_nonsense_three_times_is_refused_and_paid(peer: Peer, tmp_path: Path) -> None:
    peer.answers.extend([Answer(["I'd rather not"], usage=(10, 5))] * 3)

    made = await build(options(peer, concurrency=1), tmp_path, subjects(tmp_path))

    assert [one.reason for one in made.refusals] == ["the answer was unusable"]
    assert read_account(tmp_path).spent["llava"].tokens_in == 30
    assert "rather" not in (tmp_path / "descriptions.refused.jsonl").read_text()


async def test_a_category_is_the_teachers_where_the_source_has_none(peer: Peer, tmp_path: Path) -> None:
    peer.answers.append(says(category=" Toy Robot. "))
    made = await build(options(peer), tmp_path, subjects(tmp_path, category=""))
    assert made.records[0].category == "toy robot"


async def test_a_server_that_takes_nothing_ends_the_build_with_what_to_change(peer: Peer, tmp_path: Path) -> None:
    peer.script = lambda _: Answer(status=400, message="At most 1 image(s) may be provided")

    with pytest.raises(DataError, match=r"pictures.*teacher\.views"):
        await build(options(peer), tmp_path, subjects(tmp_path, 9))

    assert len(peer.questions) < 9


async def test_a_teacher_of_whom_nothing_can_be_used_is_not_paid_for_all(peer: Peer, tmp_path: Path) -> None:
    peer.script = lambda _: Answer([""], finish="length")

    with pytest.raises(DataError, match=r"broke off.*teacher\.max_tokens"):
        await build(options(peer, concurrency=1), tmp_path, subjects(tmp_path, 9))

    assert len(peer.questions) == 3 * 3


async def test_a_teacher_that_refuses_some_goes_on(peer: Peer, tmp_path: Path) -> None:
    peer.answers.extend([Answer([], finish="content_filter")] * 4)
    made = await build(options(peer, concurrency=1), tmp_path, subjects(tmp_path, 5))
    assert (len(made.records), len(made.refusals)) == (1, 4)


@pytest.mark.parametrize(
    ("answer", "words"), [(Answer(status=401), "TEACHER_KEY"), (Answer(status=404), "teacher.model")]
)
async def test_a_wrong_key_or_model_ends_the_build(peer: Peer, tmp_path: Path, answer: Answer, words: str) -> None:
    peer.script = lambda _: answer

    with pytest.raises(DataError, match=words):
        await build(options(peer), tmp_path, subjects(tmp_path, 2))


# ── what it costs ─────────────────────────────────────────────────────────────────────────────────


async def test_the_budget_is_never_passed_and_what_was_paid_for_is_kept(peer: Peer, tmp_path: Path) -> None:
    given = subjects(tmp_path, 12)
    costs = {"price_in": 2.0, "price_out": 10.0, "budget": 0.02, "concurrency": 4}  # 0.003 an answer, 0.012 at most

    with pytest.raises(BudgetReached, match=r"0\.02 is reached.*is kept"):
        await build(options(peer, **costs), tmp_path, given)

    account = read_account(tmp_path)
    assert 0.009 <= account.spent["llava"].cost <= 0.02
    assert account.under_way.requests == 0
    paid = len(peer.questions)
    assert len((tmp_path / "descriptions.jsonl").read_text().splitlines()) == paid == account.spent["llava"].requests

    made = await build(options(peer, **(costs | {"budget": 1.0})), tmp_path, given)
    assert len(made.records) == len(peer.questions) == 12
    assert read_account(tmp_path).spent["llava"].cost == pytest.approx(12 * 0.003)


async def test_a_budget_in_tokens_counts_earlier_runs(peer: Peer, tmp_path: Path) -> None:
    await build(options(peer, budget=1e5), tmp_path, subjects(tmp_path, 3))
    assert read_account(tmp_path).spent["llava"].tokens_in == 3000

    with pytest.raises(BudgetReached, match="5,000 tokens is reached: 3,300 tokens spent"):
        await build(options(peer, budget=5000, max_tokens=2000), tmp_path, subjects(tmp_path, 3))

    assert len(peer.questions) == 3


async def test_answers_under_way_are_waited_for_when_another_reaches_the_budget(peer: Peer, tmp_path: Path) -> None:
    late = asyncio.Event()
    peer.answers.extend([Answer([json.dumps(GOOD)], usage=(1000, 900), after=late)] * 2)
    given = subjects(tmp_path, 3)

    work = asyncio.create_task(build(options(peer, budget=6500, concurrency=3), tmp_path, given))
    while len(peer.questions) < 2:  # noqa: ASYNC110 - the peer's list has no event
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.05)
    assert len(peer.questions) == 2  # a third might have passed it
    assert not work.done()
    late.set()
    with pytest.raises(BudgetReached):
        await work

    assert len((tmp_path / "descriptions.jsonl").read_text().splitlines()) == 2


async def test_a_build_that_was_killed_goes_on_and_counts_what_was_under_way(peer: Peer, tmp_path: Path) -> None:
    given = subjects(tmp_path, 3)
    never = asyncio.Event()
    peer.answers.extend([says(), Answer(after=never)])

    work = asyncio.create_task(build(options(peer, concurrency=1), tmp_path, given))
    while len(peer.questions) < 2:  # noqa: ASYNC110 - the peer's list has no event
        await asyncio.sleep(0.001)
    left_behind = (tmp_path / FILE).read_text()  # as kill -9 leaves it
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    never.set()
    (tmp_path / FILE).write_text(left_behind)
    made = await build(options(peer, concurrency=1), tmp_path, given)

    assert len(made.records) == 3
    assert len(peer.questions) == 4
    spent = read_account(tmp_path).spent["llava"]
    assert spent.requests == 4
    assert spent.tokens_out == 3 * 100 + 1000


async def test_a_server_that_counts_more_than_we_do_is_believed(peer: Peer, tmp_path: Path) -> None:
    peer.script = lambda _: says((20_000, 100))
    with pytest.raises(BudgetReached):
        await build(options(peer, budget=60_000, concurrency=1), tmp_path, subjects(tmp_path, 9))
    spent = read_account(tmp_path).spent["llava"]
    assert 40_000 <= spent.tokens_in + spent.tokens_out <= 60_000


@pytest.mark.parametrize("seed", range(5))
async def test_no_order_of_answers_passes_the_budget(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - no secret
    given = TeacherOptions(model="x", rate=1e6, budget=20_000)
    ledger = Ledger(tmp_path, given)
    admitted = 0

    async def asks() -> None:
        nonlocal admitted
        for _ in range(30):
            most = Tokens(draw.randrange(100, 900), draw.randrange(100, 900))
            aside = await ledger.admit(most)
            admitted += 1
            assert ledger.spent <= 20_000
            for _ in range(draw.randrange(5)):
                await asyncio.sleep(0)
            ledger.settle(aside, Tokens(aside.input, draw.randrange(aside.output)))
            assert ledger.spent <= 20_000

    ended = await asyncio.gather(*(asks() for _ in range(6)), return_exceptions=True)

    assert {type(one) for one in ended} == {BudgetReached}
    account = read_account(tmp_path)
    assert account.under_way.requests == 0
    assert account.spent["x"].requests == admitted
    assert 20_000 - 1800 < account.spent["x"].tokens_in + account.spent["x"].tokens_out <= 20_000


async def test_requests_keep_to_the_rate(peer: Peer, tmp_path: Path) -> None:
    given = subjects(tmp_path, 2)
    work = asyncio.create_task(build(options(peer, rate=0.001), tmp_path, given))
    while not peer.questions:  # noqa: ASYNC110 - the peer's list has no event
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.1)
    assert len(peer.questions) == 1
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


async def test_an_account_that_cannot_be_read_is_not_forgotten(peer: Peer, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{")
    with pytest.raises(DataError, match=FILE):
        await build(options(peer), tmp_path, subjects(tmp_path))
    assert not peer.questions


# ── the key, the dry run, chats ───────────────────────────────────────────────────────────────────


async def test_the_key_goes_to_the_server_and_nowhere_else(
    peer: Peer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MY_KEY", "sk-very-secret")
    peer.key = "sk-very-secret"

    await build(options(peer, key_variable="MY_KEY"), tmp_path, subjects(tmp_path))

    files = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert b"very-secret" not in files
    assert "very-secret" not in caplog.text


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://x/", "http://user:password@host/v1", "http://[", ""])
def test_an_address_that_is_none_is_told(url: str) -> None:
    with pytest.raises(ConfigError, match=r"teacher\.base_url"):
        teacher_key(TeacherOptions(model="x", base_url=url))


async def test_a_dry_run_shows_three_prompts_and_the_cost_and_calls_nobody(peer: Peer, tmp_path: Path) -> None:
    given = subjects(tmp_path, 5)
    asked = options(peer, price_in=2.0, price_out=10.0, budget=3)
    await build(options(peer), tmp_path, given[:1])

    found = preview(asked, given, tmp_path)
    shown = told(found, asked, tmp_path)

    assert len(peer.questions) == 1
    assert (found.requests, found.answered, len(found.prompts)) == (4, 1, 3)
    assert shown.count("You write the texts of a training set.") == 3
    assert "[picture: 1.jpg, 768 × 512 pixels]" in shown
    assert "[picture: crops/1.jpg, 336 × 448 pixels]" in shown
    assert "Requests: 4" in shown
    assert f"Cost, roughly: {(found.read * 2 + found.written * 10) / 1e6:.4g}" in shown
    assert "Budget: 3" in shown
    assert 4 * 800 < found.read < 4 * 4000
    assert found.written < found.most == 4000


async def test_the_dry_run_expects_what_the_build_then_asks(peer: Peer, tmp_path: Path) -> None:
    given = subjects(tmp_path, 3)
    expected = preview(options(peer), given, tmp_path)
    assert not (tmp_path / "teacher.db").exists()
    await build(options(peer), tmp_path, given)
    assert len(peer.questions) == expected.requests
    sent = peer.questions[0]["messages"][0]["content"]
    assert any(prompt.startswith(sent) for prompt in expected.prompts)


async def test_what_a_teacher_here_says_of_chats_is_kept_in_no_cache(peer: Peer, tmp_path: Path) -> None:
    given = subjects(tmp_path, source=CHATS)

    made = await build(options(peer), tmp_path, given)
    await build(options(peer), tmp_path, [])

    assert made.records[0].teacher == "llava"
    left = [file.name for file in tmp_path.iterdir() if file.is_file() and b"curly" in file.read_bytes()]
    assert left == []


async def test_refusals_say_nothing_of_what_was_written(peer: Peer, tmp_path: Path) -> None:
    peer.answers.append(says(description="The picture shows a secret."))
    await build(options(peer), tmp_path, subjects(tmp_path))
    (line,) = steps.read_lines(tmp_path / f"{Descriptions.name}.refused.jsonl", Refusal)
    assert "secret" not in line.model_dump_json()
