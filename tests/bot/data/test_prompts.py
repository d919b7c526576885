from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from bot.data.prompts import answer_of, conversation_of, prompt_of, unmarked
from bot.data.samples import Kind, RetrievedConcept, Sample, Turn
from core.concepts import Box, Grade
from core.errors import DataError
from core.language.prompts import chat_messages


def picture(file: Path, size: tuple[int, int], **how: object) -> bytes:
    file.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(len(file.name)).integers(0, 255, (size[1], size[0], 3), np.uint8)
    PIL.Image.fromarray(pixels).save(file, **how)  # type: ignore[arg-type]
    return file.read_bytes()


def sample(**changed: object) -> Sample:
    concept = RetrievedConcept(
        crop="crops/bo.jpg", name="bo", info="<bo> is a Shiba Inu.", category="dog", box=Box(10, 10, 60, 60)
    )
    other = RetrievedConcept(crop="crops/mia.jpg", name="Mia", category="cat", noise=True)
    told = {
        "id": "1",
        "kind": Kind.RECOGNITION,
        "image": "photo.jpg",
        "turns": (Turn(question="Is <bo> here?", answer="Yes, <bo> is."),),
        "concepts": (concept, other),
    }
    return Sample.model_validate(told | changed)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    picture(tmp_path / "photo.jpg", (200, 100))
    picture(tmp_path / "crops/bo.jpg", (50, 50))
    picture(tmp_path / "crops/mia.jpg", (40, 40))
    return tmp_path


def test_the_words_are_those_of_raps_prompt_with_plain_names(folder: Path) -> None:
    messages, pictures = conversation_of(sample(), folder)
    assert messages == [
        {
            "role": "user",
            "content": "<image>\n[1.<image>\n Name: <bo>, Info: bo is a Shiba Inu.\n"
            "2.<image>\n Name: <Mia>, Info: <Mia> is a cat.\n]Is bo here?",
        },
        {"role": "assistant", "content": "Yes, bo is."},
    ]
    assert pictures == [(folder / name).read_bytes() for name in ("photo.jpg", "crops/bo.jpg", "crops/mia.jpg")]


def test_a_further_question_is_put_as_serving_puts_it(folder: Path) -> None:
    turns = (Turn(question="Who is it?", answer="<bo>."), Turn(question="And where?", answer="On <bo>'s bed."))
    messages, _ = conversation_of(sample(turns=turns), folder)
    assert [one["role"] for one in messages] == ["user", "assistant", "user", "assistant"]
    assert messages[0]["content"].endswith("\n]Who is it?")
    assert [one["content"] for one in messages[1:]] == ["bo.", "And where?", "On bo's bed."]
    first = prompt_of(sample(turns=turns), folder, turn=0)
    assert (first.question, first.said, answer_of(sample(turns=turns), 0)) == ("Who is it?", (), "bo.")


def test_a_large_photo_is_shown_as_in_a_chat_and_boxes_go_with_it(folder: Path) -> None:
    picture(folder / "photo.jpg", (2560, 640))
    prompt = prompt_of(sample(), folder, grade=Grade.MAYBE)
    assert prompt.size == (1280, 320)
    assert PIL.Image.open(io.BytesIO(prompt.photo or b"")).size == (1280, 320)
    (seen,) = prompt.sightings  # Mia was retrieved for her name alone
    assert (seen.region.box, seen.grade, seen.match and seen.match.name) == (Box(5, 5, 30, 30), Grade.MAYBE, "bo")
    assert "the dog at the top left: maybe bo" in str(chat_messages(prompt))


def test_a_photo_that_lies_on_its_side_comes_upright(folder: Path) -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    picture(folder / "photo.jpg", (200, 100), exif=exif)
    assert prompt_of(sample(), folder).size == (100, 200)


def test_a_sample_without_a_photo_shows_none(folder: Path) -> None:
    messages, pictures = conversation_of(sample(image=""), folder)
    assert messages[0]["content"].startswith("[1.<image>\n Name: <bo>")
    assert len(pictures) == 2
    assert prompt_of(sample(image=""), folder).sightings == ()


def test_angle_brackets_of_plain_instruction_data_stay(folder: Path) -> None:
    turns = (Turn(question="What is <b>?", answer="<b> is bold."),)
    told = sample(kind=Kind.INSTRUCTION, turns=turns, concepts=(), image="")
    assert conversation_of(told, folder)[0][1]["content"] == "<b> is bold."
    assert unmarked("<image>\n<bo> and <Mia Li>") == "<image>\nbo and Mia Li"


@pytest.mark.parametrize("data", [None, b"", b"no picture", b"\x89PNG\r\n\x1a\nbroken"])
def test_a_picture_that_cannot_be_read_is_named(folder: Path, data: bytes | None) -> None:
    (folder / "crops/bo.jpg").unlink()
    if data is not None:
        (folder / "crops/bo.jpg").write_bytes(data)
    with pytest.raises(DataError, match=r"The picture .*crops/bo\.jpg can't be read"):
        prompt_of(sample(), folder)
