import json
from pathlib import Path

import pytest

from bot.data.samples import (
    Kind,
    Provenance,
    RetrievedConcept,
    Sample,
    Turn,
    picture_folder,
    read_samples,
    stream_samples,
    to_rap,
    write_samples,
)
from core.concepts import Box
from core.errors import DataError

SAMPLE = Sample(
    id="bo/1",
    kind=Kind.RECOGNITION,
    image="pictures/1.jpg",
    turns=(Turn(question="Does <bo> wear shoes?", answer="Yes."), Turn(question="Red ones?", answer="No, blue ones.")),
    concepts=(
        RetrievedConcept(crop="crops/bo.jpg", name="bo", info="<bo> is a dog.", box=Box(1, 2, 30, 40), subject="d/bo"),
        RetrievedConcept(crop="crops/mia.jpg", name="mia", info="<mia> is a cat.", category="cat", noise=True),
    ),
    subjects=("d/bo",),
    provenance=Provenance(source="d", licence="MIT", teacher="none", augmented=("flip",), seed=3),
)


def test_samples_are_read_as_they_were_written(tmp_path: Path) -> None:
    text = SAMPLE.model_copy(update={"id": "t", "kind": Kind.TEXT, "image": "", "concepts": SAMPLE.concepts[:1]})
    write_samples(tmp_path / "rap" / "train.json", [SAMPLE, text])
    assert read_samples(tmp_path / "rap" / "train.json") == [SAMPLE, text]


def test_a_sample_is_laid_out_as_raps_are() -> None:
    told = to_rap(SAMPLE)
    assert told["conversations"][0] == {"from": "human", "value": "<image>\nDoes <bo> wear shoes?"}
    assert told["conversations"][2] == {"from": "human", "value": "Red ones?"}
    assert told["extra"]["crops/mia.jpg"] == {"name": "mia", "info": "<mia> is a cat.", "category": "cat"}
    assert told["type"] == "recognition"


def test_raps_own_records_are_read(tmp_path: Path) -> None:
    record = {
        "id": 7,
        "image": "a.jpg",
        "conversations": [
            {"from": "human", "value": "<image>\nDoes <D> wear shoes?"},
            {"from": "gpt", "value": "Yes."},
        ],
        "extra": {"crops/d.jpg": {"name": "<D>", "info": "<D> is a doll.", "category": "doll"}},
        "type": "recognition",
    }
    (tmp_path / "r.json").write_text(json.dumps([record]))
    (sample,) = read_samples(tmp_path / "r.json")
    assert (sample.id, sample.turns[0].question, sample.concepts[0].name) == ("7", "Does <D> wear shoes?", "D")


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"id": None}, "id: "),
        ({"conversations": [{"from": "human"}]}, r"conversations\.0\.value: Field required"),
        ({"conversations": "hello"}, "conversations: "),
        ({"extra": {"a.jpg": {"info": "x"}}}, r"extra\.a\.jpg\.name: Field required"),
        ({"extra": ["a.jpg"]}, "extra: "),
        ({"rapport": {"boxes": {"a.jpg": [1, 2]}}}, r"rapport\.boxes\.a\.jpg"),
        ({"type": "poem"}, "type: "),
    ],
)
def test_the_key_that_is_wrong_is_named(tmp_path: Path, wrong: dict[str, object], key: str) -> None:
    right = {
        "id": "x",
        "conversations": [{"from": "human", "value": "Who?"}, {"from": "gpt", "value": "Bo."}],
        "extra": {"a.jpg": {"name": "bo"}},
    }
    record = {name: told for name, told in {**right, **wrong}.items() if told is not None}
    for text, place in ((json.dumps([right, record]), "number 2 in"), (f"[\n{json.dumps(record)}\n]\n", "line 2 of")):
        (tmp_path / "r.json").write_text(text, "utf-8-sig")
        with pytest.raises(DataError, match=rf"{place} .*r\.json\) is not laid out as RAP's are: {key}"):
            list(stream_samples(tmp_path / "r.json"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{}", "no list"),
        ("[", "no JSON"),
        ('[{"id": "x"}]', "The sample x .*is not laid out"),
        ("[3]", "that is no object"),
        ('[{"id": "x", "conversations": [], "type": "caption"}]', "The sample x"),
        ('[{"id": "x", "conversations": [{"from": "human", "value": 5}]}]', "The sample x"),
    ],
)
def test_other_files_get_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "r.json").write_text(text)
    with pytest.raises(DataError, match=sentence):
        read_samples(tmp_path / "r.json")


def test_a_missing_file_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="bot data build"):
        read_samples(tmp_path / "r.json")


@pytest.mark.parametrize("indent", [None, 2])
def test_samples_are_streamed_however_they_are_laid_out(tmp_path: Path, indent: int | None) -> None:
    other = SAMPLE.model_copy(update={"id": "2"})
    write_samples(tmp_path / "ours.json", [SAMPLE, other])
    (tmp_path / "theirs.json").write_text(json.dumps([to_rap(SAMPLE), to_rap(other)], indent=indent))
    for name in ("ours.json", "theirs.json"):
        assert [*stream_samples(tmp_path / name)] == [SAMPLE, other]
    write_samples(tmp_path / "none.json", [])
    assert [*stream_samples(tmp_path / "none.json")] == []


def test_a_broken_line_of_a_stream_is_named(tmp_path: Path) -> None:
    write_samples(tmp_path / "ours.json", [SAMPLE, SAMPLE])
    lines = (tmp_path / "ours.json").read_text().splitlines()
    (tmp_path / "ours.json").write_text("\n".join([*lines[:2], lines[2][:20], lines[3]]))
    with pytest.raises(DataError, match=r"Line 3 of .*ours\.json"):
        list(stream_samples(tmp_path / "ours.json"))
    with pytest.raises(DataError, match="There are no samples at"):
        list(stream_samples(tmp_path / "nowhere.json"))


def test_paths_count_from_a_builds_folder_or_from_the_files(tmp_path: Path) -> None:
    assert picture_folder(tmp_path / "rap" / "train.json") == tmp_path
    assert picture_folder(tmp_path / "theirs.json") == tmp_path
