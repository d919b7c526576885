"""Views that show something else, or what another view of the subject shows already, are left out."""

from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from bot.data.crops.views import compared
from bot.data.records import Crop


def view(out: Path, name: str, pixels: NDArray[np.uint8], **told: Any) -> Crop:
    PIL.Image.fromarray(pixels).save(out / f"{name}.jpg", quality=80)
    usual = {"subject": "s/bo", "digest": "0", "source": "s", "picture": "p.jpg", "share": 0.5, "sharpness": 0.5}
    return Crop(**{"id": name, "crop": f"{name}.jpg", **usual, **told})


def scene(seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (12, 12, 3), np.uint8).repeat(25, 0).repeat(25, 1)


def test_the_next_frame_is_left_out_and_the_sharper_one_stays(tmp_path: Path) -> None:
    frame = scene(0)
    later = np.roll(np.minimum(frame, 249) + 6, 2, axis=1)
    crops = [
        view(tmp_path, "first", frame, sharpness=0.5),
        view(tmp_path, "next", later, sharpness=0.6),
        view(tmp_path, "turned", np.rot90(frame)),
        view(tmp_path, "elsewhere", scene(1)),
    ]
    kept, refusals = compared(crops, tmp_path)
    assert [one.id for one in kept] == ["next", "turned", "elsewhere"]
    assert [(one.of, one.reason, one.detail) for one in refusals] == [("first", "almost the same view", "as next")]


def test_two_subjects_may_look_the_same(tmp_path: Path) -> None:
    crops = [view(tmp_path, name, scene(0), subject=f"s/{name}") for name in ("bo", "mia")]
    assert compared(crops, tmp_path) == (tuple(crops), ())


def test_a_crop_that_is_gone_is_refused(tmp_path: Path) -> None:
    crops = [view(tmp_path, str(number), scene(number)) for number in range(2)]
    (tmp_path / "1.jpg").unlink()
    kept, refusals = compared(crops, tmp_path)
    assert [one.id for one in kept] == ["0"]
    assert [one.reason for one in refusals] == ["its crop is gone"]


def test_what_few_photos_show_where_most_show_one_other_thing_is_left_out(tmp_path: Path) -> None:
    words = ["dog"] * 6 + ["person", ""]
    crops = [view(tmp_path, str(number), scene(number), seen=seen) for number, seen in enumerate(words)]
    kept, refusals = compared(crops, tmp_path)
    assert {one.seen for one in kept} == {"dog"}
    assert [one.reason for one in refusals] == ["another thing than in the other photos"] * 2


def test_where_no_word_is_usual_all_stay(tmp_path: Path) -> None:
    for words in (["cup"] * 4 + ["bottle"] * 4, ["dog", "dog", "cat"], [None] * 8):
        crops = [view(tmp_path, str(number), scene(number), seen=seen) for number, seen in enumerate(words)]
        assert compared(crops, tmp_path) == (tuple(crops), ())
