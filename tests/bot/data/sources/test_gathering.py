"""From `--from` to photos of subjects: what is read of each layout, what is refused, and who is on which side."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from bot.data.records import SubjectPhoto
from bot.data.sources.gathering import Gathered, Sampling, gather
from bot.data.sources.layouts import source_from
from core.concepts import Box
from core.errors import ConfigError, DataError
from tests.support.annotations import celeba, coco, instances, photo, tao
from tests.support.collections_on_disk import block, colours


def gathered(*sources: object, **sampling: Any) -> Gathered:
    return gather([source_from(str(one)) for one in sources], Sampling(**sampling))


def by_subject(found: Gathered) -> dict[str, SubjectPhoto]:
    return {one.subject: one for one in found.photos}


def reasons(found: Gathered) -> list[tuple[str, str]]:
    return sorted((one.of, one.reason) for one in found.refusals)


# ── labelled folders ──────────────────────────────────────────────────────────────────────────────


def test_a_folder_per_subject_gives_names_kinds_and_texts(tmp_path: Path) -> None:
    found = gathered(f"{colours(tmp_path / 'pets', 2)},licence=CC0-1.0")
    assert len(found.photos) == 12
    assert not found.refusals
    red = by_subject(found)["pets/red"]
    assert (red.name, red.category, red.info) == ("red", "dog", "red lives in Oslo")
    assert (red.source, red.licence, red.box) == ("pets", "CC0-1.0", None)
    assert len({one.id for one in found.photos}) == 12


def test_folders_that_are_called_after_a_kind_or_a_number_give_no_names(tmp_path: Path) -> None:
    for name in ("cat_2", "0417", "bear_plushie", "bo"):
        photo(tmp_path / "things" / name / "a.jpg", seed=len(name))
    told = {who: (one.name, one.category) for who, one in by_subject(gathered(tmp_path / "things")).items()}
    assert told == {
        "things/cat_2": ("", "cat"),
        "things/0417": ("", ""),
        "things/bear_plushie": ("", "bear plushie"),
        "things/bo": ("bo", ""),
    }
    unnamed = gathered(f"{tmp_path / 'things'},names=none")
    assert {one.name for one in unnamed.photos} == {""}


def test_lookalikes_and_strangers_are_somebody_else_without_a_name(tmp_path: Path) -> None:
    data = tmp_path / "pets"
    photo(data / "bo" / "1.jpg", seed=1)
    (data / "bo" / "category.txt").write_text("dog")
    photo(data / "negatives" / "bo" / "2.jpg", seed=2)
    photo(data / "strangers" / "3.jpg", seed=3)
    told = {who: (one.name, one.category) for who, one in by_subject(gathered(data)).items()}
    assert told == {
        "pets/bo": ("bo", "dog"),
        "pets/~bo/2.jpg": ("", "dog"),
        "pets/~strangers/3.jpg": ("", ""),
    }


def test_the_same_photo_of_a_subject_counts_once(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / "pets" / "bo").mkdir(parents=True, exist_ok=True)
        (tmp_path / "pets" / "bo" / name).write_bytes(block("red", 1))
    found = gathered(tmp_path / "pets")
    assert len(found.photos) == 1
    assert reasons(found) == [("pets/bo", "the same photo twice")]


def test_names_and_texts_that_are_no_unicode_stop_nothing_else(tmp_path: Path) -> None:
    pets = colours(tmp_path / "pets", 1)
    for number, name in enumerate((b"n\xffame/a.png", b"red/ph\xffoto.png")):
        path = pets / os.fsdecode(name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(block("red", 9 + number))
    found = gathered(pets)
    assert len(found.photos) == 6
    assert [reason for _, reason in reasons(found)] == ["missing picture", "missing picture"]
    assert all(one.model_dump_json() for one in (*found.photos, *found.refusals))
    (pets / "red" / "info.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match=r"info\.txt isn't in UTF-8"):
        gathered(pets)


# ── COCO and those like it ────────────────────────────────────────────────────────────────────────


def test_each_annotated_object_is_a_subject_beside_the_others_of_its_picture(tmp_path: Path) -> None:
    file = coco(tmp_path)
    captions = {"annotations": [{"image_id": 1, "caption": "A dog\n and a <cat>."}, {"image_id": 7, "caption": "x"}]}
    (tmp_path / "captions.json").write_text(json.dumps(captions))
    found = gathered(f"{file},name=coco,licence=unknown")
    assert not found.refusals
    dog = by_subject(found)["coco/11"]
    assert (dog.box, dog.category, dog.size, dog.name) == (Box(10, 10, 91, 100), "dog", (200, 150), "")
    assert dog.captions == ("A dog and a cat .",)
    assert dog.licence == "Attribution License (https://creativecommons.org/licenses/by/2.0/)"
    assert [(one.subject, one.category, one.box) for one in dog.others] == [("coco/12", "cat", Box(110, 20, 180, 120))]
    assert by_subject(found)["coco/21"].licence == "unknown"


def test_pictures_are_found_where_data_sets_have_them(tmp_path: Path) -> None:
    for place in ("annotations", "val2017"):
        (tmp_path / place).mkdir()
    coco(tmp_path / "val2017")
    file = tmp_path / "annotations" / "instances_val2017.json"
    (tmp_path / "val2017" / "instances.json").rename(file)
    assert len(gathered(file).photos) == 3
    lvis = [{"id": one["id"], "coco_url": f"http://x.org/val2017/{one['file_name']}"} for one in instances()["images"]]
    file.write_text(json.dumps(instances(images=lvis)))
    assert len(gathered(file).photos) == 3
    elsewhere = tmp_path / "elsewhere.json"
    file.rename(elsewhere)
    (tmp_path / "val2017").rename(tmp_path / "pictures")
    with pytest.raises(DataError, match=r"images=FOLDER"):
        gathered(elsewhere)
    assert len(gathered(f"{elsewhere},images={tmp_path / 'pictures'}").photos) == 3


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"bbox": ["10", "10", "80", "90"]}, "no box of four numbers"),
        ({"bbox": [1, 2, 3]}, "no box of four numbers"),
        ({"bbox": "1234"}, "no box of four numbers"),
        ({"bbox": None}, "no box of four numbers"),
        ({"bbox": [True, 1, 50, 50]}, "no box of four numbers"),
        ({"bbox": [float("nan"), 1, 50, 50]}, "no box of four numbers"),
        ({"bbox": [float("inf"), 1, 50, 50]}, "no box of four numbers"),
        ({"bbox": [1, 1, 10**17, 50]}, "a box beyond any picture"),
        ({"bbox": [1, 1, 10**400, 50]}, "no box of four numbers"),
        ({"bbox": [50, 50, -20, 20]}, "an empty box"),
        ({"bbox": [50, 50, 0, 20]}, "an empty box"),
        ({"iscrowd": 1}, "a crowd"),
        ({"isfake": 1}, "a picture of the thing"),
        ({"isreflected": 1}, "a reflection"),
        ({"image_id": 99}, "points nowhere"),
        ({"image_id": [1]}, "points nowhere"),
    ],
)
def test_a_wrong_annotation_is_refused_and_the_others_stay(change: dict[str, Any], reason: str, tmp_path: Path) -> None:
    wrong, *right = instances()["annotations"]
    found = gathered(f"{coco(tmp_path, instances(annotations=[{**wrong, **change}, *right]))},name=coco")
    assert reasons(found) == [("coco/11", reason)]
    assert set(by_subject(found)) == {"coco/12", "coco/21"}


def test_ids_that_come_twice_or_not_at_all_are_refused(tmp_path: Path) -> None:
    first, second, third = instances()["annotations"]
    rows = [first, {**second, "id": 11}, {**third, "id": None}, "nonsense", {**third, "id": "x" * 300}]
    found = gathered(f"{coco(tmp_path, instances(annotations=rows))},name=coco")
    assert set(by_subject(found)) == {"coco/11"}
    assert sorted(reason for _, reason in reasons(found)) == [
        "an id twice",
        "no annotation",
        "without an id",
        "without an id",
    ]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../secret.jpg", "outside the folder"),
        ("a/../../secret.jpg", "outside the folder"),
        ("..\\secret.jpg", "outside the folder"),
        ("link.jpg", "outside the folder"),
        ("gone.jpg", "missing picture"),
        ("", "missing picture"),
        (None, "missing picture"),
        ("one.jpg\0", "missing picture"),
        ("x" * 5000, "missing picture"),
    ],
)
def test_a_picture_outside_the_folder_is_never_read(name: str | None, reason: str, tmp_path: Path) -> None:
    secret = photo(tmp_path / "secret.jpg", seed=9)
    images = [{**instances()["images"][0], "file_name": name}, instances()["images"][1]]
    file = coco(tmp_path / "data", instances(images=images))
    (tmp_path / "data" / "link.jpg").symlink_to(secret)
    found = gathered(f"{file},name=coco")
    assert dict(reasons(found)) == {"coco/11": reason, "coco/12": reason}
    assert set(by_subject(found)) == {"coco/21"}


def test_an_absolute_path_of_another_machine_is_looked_for_in_the_folder(tmp_path: Path) -> None:
    images = [{**one, "file_name": f"/home/ann/coco/{one['file_name']}"} for one in instances()["images"]]
    assert len(gathered(coco(tmp_path, instances(images=images))).photos) == 3


def test_a_pipe_is_no_picture(tmp_path: Path) -> None:
    file = coco(tmp_path)
    (tmp_path / "one.jpg").unlink()
    os.mkfifo(tmp_path / "one.jpg")
    assert [reason for _, reason in reasons(gathered(file))] == ["missing picture", "missing picture"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[" * 100_000,
        "\xff\xfe",
        '{"images": {}}',
        "[1, 2]",
        '"x"',
        '{"annotations": 7, "images": []}',
        "1" * 9999,
    ],
)
def test_a_file_that_is_none_of_it_is_a_sentence(text: str, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(DataError, match=r"x\.json|annotations"):
        gathered(file)


# ── referring expressions ─────────────────────────────────────────────────────────────────────────

REFS = [
    {"ref_id": 1, "ann_id": 11, "split": "train", "sentences": [{"raw": "The dog"}, {"sent": "dog on the left"}]},
    {"ref_id": 2, "ann_id": 11, "split": "train", "sentences": [{"raw": "The dog"}, 7]},
    {"ref_id": 3, "ann_id": 21, "split": "testA", "sentences": []},
    {"ref_id": 4, "ann_id": 99, "split": "train"},
    "nonsense",
]


def test_refcoco_gives_peoples_words_for_an_object(tmp_path: Path) -> None:
    coco(tmp_path / "refcoco")
    (tmp_path / "refcoco" / "refs(unc).json").write_text(json.dumps(REFS))
    found = gathered(tmp_path / "refcoco", eval_share=0)
    told = {who: (one.phrases, one.split) for who, one in by_subject(found).items()}
    assert told == {"refcoco/11": (("The dog", "dog on the left"), "train"), "refcoco/21": ((), "eval")}
    assert [reason for _, reason in reasons(found)] == ["points nowhere", "points nowhere"]


@pytest.mark.parametrize("given", ["refcoco", "refcoco/refs(unc).p"])
def test_a_pickle_is_never_opened(given: str, tmp_path: Path) -> None:
    coco(tmp_path / "refcoco")
    written = tmp_path / "was run"
    (tmp_path / "refcoco" / "refs(unc).p").write_bytes(b"cos\nsystem\n(S'touch \"%s\"'\ntR." % str(written).encode())
    with pytest.raises(DataError, match=r"pickle.*python -c"):
        gathered(tmp_path / given)
    assert not written.exists()


def test_mdetrs_file_has_a_picture_for_each_expression(tmp_path: Path) -> None:
    size = {"width": 200, "height": 150, "file_name": "one.jpg", "original_id": 1}
    images = [{"id": 0, "caption": "the dog", **size}, {"id": 1, "caption": "a brown dog", **size}]
    rows = [
        {"id": key, "image_id": key, "original_id": 11, "bbox": [10, 10, 80, 90], "tokens_positive": [[0, 3]]}
        for key in (0, 1)
    ]
    found = gathered(f"{coco(tmp_path, instances(images=images, annotations=rows))},name=refs")
    assert [(one.subject, one.phrases) for one in found.photos] == [("refs/11", ("the dog", "a brown dog"))]


def test_googles_file_has_its_expressions_by_id(tmp_path: Path) -> None:
    images = {"1": {"image_id": 1, "file_name": "one.jpg"}}
    rows = {"11": {"annotation_id": 11, "image_id": 1, "bbox": [10, 10, 80, 90], "refexp_ids": [5, 6, 77]}}
    told = {"5": {"refexp_id": 5, "raw": "the dog"}, "6": {"refexp_id": 6, "raw": "a dog"}}
    file = coco(tmp_path, instances(images=images, annotations=rows, refexps=told))
    found = gathered(f"{file},name=refs")
    assert [(one.subject, one.phrases) for one in found.photos] == [("refs/11", ("the dog", "a dog"))]


# ── videos ────────────────────────────────────────────────────────────────────────────────────────


def test_a_track_is_one_subject_in_frames_far_apart(tmp_path: Path) -> None:
    found = gathered(f"{tao(tmp_path, frames=9)},name=tao", views=3)
    assert not found.refusals
    dog = [one for one in found.photos if one.subject == "tao/1/7"]
    assert [Path(one.picture).name for one in dog] == ["frame0000.jpg", "frame0004.jpg", "frame0008.jpg"]
    assert {one.track for one in dog} == {"tao/1"}
    assert [one.box for one in dog] == [Box(10 + 10 * frame, 20, 70 + 10 * frame, 80) for frame in (0, 4, 8)]
    assert {other.subject for one in dog for other in one.others} == {"tao/1/8"}
    assert len({one.subject for one in found.photos}) == 3


def test_tracks_of_one_video_are_on_the_same_side(tmp_path: Path) -> None:
    file = tao(tmp_path, frames=2)
    sides = [
        {one.subject: one.split for one in gathered(f"{file},name={name}", eval_share=0.5).photos}
        for name in "abcdefghij"
    ]
    for side, name in zip(sides, "abcdefghij", strict=True):
        assert side[f"{name}/1/7"] == side[f"{name}/1/8"]
    assert {split for side in sides for split in side.values()} == {"train", "eval"}


def test_what_is_hidden_is_told(tmp_path: Path) -> None:
    file = tao(tmp_path, frames=2)
    data = json.loads(file.read_text())
    data["annotations"][0] |= {"occluded": 1}
    data["annotations"][1] |= {"visibility": 0.8, "occluded": True}
    data["annotations"][2] |= {"occluded": 0, "truncated": False}
    file.write_text(json.dumps(data))
    assert sorted(one.visible for one in gathered(file).photos if one.visible is not None) == [0.5, 0.8, 1.0]


def test_a_box_for_each_frame_is_youtubes_way(tmp_path: Path) -> None:
    names = [f"v/{number}.jpg" for number in range(3)]
    for number, name in enumerate(names):
        photo(tmp_path / "JPEGImages" / name, seed=number)
    video = {"id": 3, "file_names": names, "width": 200, "height": 150}
    track = {"id": 5, "video_id": 3, "category_id": 1, "bboxes": [[10, 10, 50, 50], None, [30, 10, 50, 50]]}
    track |= {"occlusion": ["no_occlusion", None, "severe_occlusion"], "segmentations": [[1], None, [2]]}
    file = tmp_path / "train.json"
    file.write_text(json.dumps({"videos": [video], "annotations": [track], "categories": [{"id": 1, "name": "fox"}]}))
    found = gathered(f"{file},images={tmp_path / 'JPEGImages'},name=vis")
    told = [(one.subject, Path(one.picture).name, one.visible, one.category) for one in found.photos]
    assert told == [("vis/3/5", "0.jpg", 1.0, "fox"), ("vis/3/5", "2.jpg", 0.3, "fox")]


def test_folders_of_frames_are_told_by_their_depth(tmp_path: Path) -> None:
    for video, track, count in (("park", "dog_1", 12), ("park", "ball", 2), ("home", "cat", 1)):
        for number in range(count):
            photo(tmp_path / "films" / video / track / f"frame {number}.jpg", seed=count * 100 + number)
    found = gathered(tmp_path / "films", views=2)
    dog = [one for one in found.photos if one.subject == "films/park/dog_1"]
    assert [Path(one.picture).name for one in dog] == ["frame 0.jpg", "frame 11.jpg"]  # not 9, the last by letters
    assert {(one.category, one.track, one.name) for one in dog} == {("dog", "films/park", "")}
    assert {one.subject for one in found.photos} == {"films/park/dog_1", "films/park/ball", "films/home/cat"}


# ── identities ────────────────────────────────────────────────────────────────────────────────────


def test_celebas_file_says_who_is_in_which_photo(tmp_path: Path) -> None:
    found = gathered(f"{celeba(tmp_path)},name=celeba")
    told = sorted((one.subject, Path(one.picture).name, one.phrases, one.category) for one in found.photos)
    assert told == [
        ("celeba/2880", "000000.jpg", ("glasses",), "person"),
        ("celeba/2880", "000002.jpg", (), "person"),
        ("celeba/2937", "000001.jpg", ("a hat",), "person"),
    ]


def test_the_faces_boxes_are_for_photos_that_are_not_aligned(tmp_path: Path) -> None:
    celeba(tmp_path)
    boxes = ["3", "image_id x_1 y_1 width height", "000000.jpg 20 30 90 100", "000001.jpg x y 90 100"]
    (tmp_path / "Anno" / "list_bbox_celeba.txt").write_text("\n".join(boxes))
    assert {one.box for one in gathered(tmp_path).photos} == {None}
    (tmp_path / "Img" / "img_align_celeba").rename(tmp_path / "Img" / "img_celeba")
    found = gathered(f"{tmp_path},name=wild")
    assert {Path(one.picture).name: one.box for one in found.photos} == {
        "000000.jpg": Box(20, 30, 110, 130),
        "000002.jpg": None,
    }
    assert [reason for _, reason in reasons(found)] == ["no box of four numbers"]


def test_what_celeba_holds_back_is_for_evaluation(tmp_path: Path) -> None:
    celeba(tmp_path)
    (tmp_path / "Anno" / "list_eval_partition.txt").write_text("000000.jpg 0\n000001.jpg 2\n000002.jpg 0\n")
    sides = {one.subject: one.split for one in gathered(f"{tmp_path},name=celeba", eval_share=0).photos}
    assert sides == {"celeba/2880": "train", "celeba/2937": "eval"}


def test_wrong_lines_of_an_identity_file_are_counted(tmp_path: Path) -> None:
    file = celeba(tmp_path) / "Anno" / "identity_CelebA.txt"
    file.write_text("000000.jpg 1\n\n000000.jpg 2\n000001.jpg\n../../../secret.jpg 3\n")
    found = gathered(f"{tmp_path},name=celeba")
    assert sorted(reason for _, reason in reasons(found)) == ["an id twice", "no annotation", "outside the folder"]
    file.write_bytes(b"\xff\xfe0\x000\x00")
    with pytest.raises(DataError, match="UTF-8"):
        gathered(tmp_path)


# ── the description of a source, the choice and the split ─────────────────────────────────────────


def test_a_comma_that_no_key_follows_belongs_to_the_path(tmp_path: Path) -> None:
    colours(tmp_path / "pets, mine", 1)
    source = source_from(f"{tmp_path / 'pets, mine'},licence=CC BY 4.0, see there,name=pets")
    assert source.path == tmp_path / "pets, mine"
    assert (source.licence, source.called) == ("CC BY 4.0, see there", "pets")
    assert source_from(str(source.path)).called == "pets-mine"


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ("x,bogus=1", "bogus is no key. The keys are as"),
        ("x,licnce=CC0", "licnce is no key. Did you mean licence"),
        ("x,licence=CC0,imges=y", "imges is no key. Did you mean images"),
        ("x,name=a,bogus=1", "bogus is no key"),
    ],
)
def test_an_unknown_key_is_named(told: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        source_from(told)


def test_an_equals_sign_in_a_path_or_a_licence_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "pets,q=1").mkdir()
    source = source_from(f"{tmp_path / 'pets,q=1'},licence=CC0,q=1")
    assert (source.path, source.licence) == (tmp_path / "pets,q=1", "CC0,q=1")


@pytest.mark.parametrize("wrong", ["as=zip", "split=test", "name=a/b", "name=a b"])
def test_a_wrong_key_is_a_sentence(wrong: str) -> None:
    with pytest.raises(ConfigError, match=r"--from x,.*The keys are as, images"):
        source_from(f"x,{wrong}")


def test_what_is_no_source_is_a_sentence_that_says_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", tmp_path / "nowhere"):
        with pytest.raises(DataError, match=r"What is read: .*labelled.*frames.*coco.*refs.*video.*identities"):
            gathered(path)


def test_several_annotation_files_are_not_chosen_from(tmp_path: Path) -> None:
    (tmp_path / "annotations").mkdir()
    for name in ("instances_train.json", "instances_val.json"):
        coco(tmp_path / "annotations", name=name)
    with pytest.raises(DataError, match=r"several.*instances_train\.json.*Give the one"):
        gathered(tmp_path)


def test_two_sources_of_one_name_are_a_sentence(tmp_path: Path) -> None:
    colours(tmp_path / "a" / "pets", 1)
    colours(tmp_path / "b" / "pets", 1)
    with pytest.raises(ConfigError, match="called 'pets'"):
        gathered(tmp_path / "a" / "pets", tmp_path / "b" / "pets")


def test_more_subjects_are_those_of_before_and_others(tmp_path: Path) -> None:
    pets = colours(tmp_path / "pets", 2)
    some, more = (set(by_subject(gathered(pets, subjects=count))) for count in (2, 4))
    assert len(some) == 2
    assert some < more
    assert gathered(pets, subjects=2).notes == ("pets: not looked at: 4 of 6 subjects.",)
    assert len({frozenset(by_subject(gathered(pets, subjects=2, seed=seed))) for seed in range(9)}) > 1
    assert len(gathered(pets, views=1).photos) == 6


def test_progress_is_told_by_source(tmp_path: Path) -> None:
    heard: list[tuple[str, int, int]] = []
    sources = [source_from(str(colours(tmp_path / "pets", 1))), source_from(f"{coco(tmp_path / 'coco')},name=coco")]
    gather(sources, Sampling(subjects=4), progress=lambda *told: heard.append(told))
    assert heard == [*(("pets", done, 4) for done in (1, 2, 3, 4)), *(("coco", done, 3) for done in (1, 2, 3))]


def test_a_view_that_is_no_use_leaves_its_place_to_another_subject(tmp_path: Path) -> None:
    source = [source_from(f"{coco(tmp_path)},name=coco")]
    found = gather(source, Sampling(subjects=2), lambda view: "no cats" if view.category == "cat" else None)
    assert set(by_subject(found)) == {"coco/11", "coco/21"}
    assert set(reasons(found)) <= {("coco/12", "no cats")}


def test_no_subject_and_no_picture_is_on_both_sides(tmp_path: Path) -> None:
    pets = colours(tmp_path / "pets", 3)
    copied = pets / "yellow" / "9.png"
    copied.write_bytes((pets / "red" / "0.png").read_bytes())  # red and yellow share a photo
    files = [coco(tmp_path / name) for name in "xy"]  # the same pictures in two sources
    found = gathered(pets, f"{files[0]},name=x", f"{files[1]},name=y", eval_share=0.5)
    sides: dict[str, set[str]] = {}
    for one in found.photos:
        for key in (one.subject, one.digest):
            sides.setdefault(key, set()).add(one.split)
    assert all(len(one) == 1 for one in sides.values())
    assert sides["pets/red"] == sides["pets/yellow"]
    assert sides["x/11"] == sides["x/12"] == sides["y/11"]
    assert {one.split for one in found.photos} == {"train", "eval"}


def test_the_split_stays_as_others_come_and_go(tmp_path: Path) -> None:
    pets = colours(tmp_path / "pets", 2)
    before = {one.subject: one.split for one in gathered(pets, eval_share=0.5, seed=1).photos}
    for number in range(5):
        photo(pets / "red" / f"new{number}.jpg", seed=number)
        photo(pets / f"new{number}" / "0.jpg", seed=number + 50)
    after = {one.subject: one.split for one in gathered(pets, eval_share=0.5, seed=2, views=3).photos}
    assert before.items() <= after.items()


def test_a_source_can_be_held_back_whole(tmp_path: Path) -> None:
    pets = colours(tmp_path / "pets", 1)
    assert {one.split for one in gathered(f"{pets},split=eval", eval_share=0).photos} == {"eval"}
    assert {one.split for one in gathered(f"{pets},split=train", eval_share=0.9).photos} == {"train"}
