from pathlib import Path

import pytest

from core.errors import ConfigError, ModelError
from core.models.weights import sources
from core.models.weights.presets import PRESETS


def test_every_preset_names_entries_that_there_are() -> None:
    for preset in PRESETS.values():
        assert sources.family_of(preset.detector, "detector")
        for _, name in sources.parts(preset.encoder):
            assert sources.family_of(name, "encoder")


def test_the_words_of_a_yolo_world_are_fetched_with_it_and_nothing_twice() -> None:
    words = "clip-vit-b-32"
    assert sources.names("yolov8x-worldv2", "2 * dinov2-base + clip-vit-b-32", words) == (
        "yolov8x-worldv2",
        "dinov2-base",
        "clip-vit-b-32",
    )
    assert sources.names("yolo-world:/data/mine.pt", "mobilenetv2", words) == ("mobilenetv2", words)
    assert sources.names("ultralytics:/data/mine.pt", "mobilenetv2", words) == ("mobilenetv2",)


def test_encoders_are_summed_with_weights() -> None:
    assert sources.parts("2 * a + 0.5*b + open_clip:x:/y") == ((2, "a"), (0.5, "b"), (1, "open_clip:x:/y"))
    with pytest.raises(ConfigError, match=r"2 \* a \+ b"):
        sources.parts("a +  + b")


@pytest.mark.parametrize(
    ("name", "kind", "error", "sentence"),
    [
        ("yolo12", "detector", ModelError, "no model 'yolo12'; there are: yolo11n"),
        ("dinov2-base", "detector", ConfigError, "which is a encoder"),
        ("detr:/x.pt", "detector", ConfigError, "no detector 'detr'"),
        ("dinov2-base", "encoder", ModelError, "models pull"),
        ("open_clip:ViT-B-32:/nowhere/x.pt", "encoder", ModelError, "no file /nowhere/x.pt"),
    ],
)
def test_a_model_that_is_not_here_is_told_with_what_to_do(
    tmp_path: Path, name: str, kind: str, error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        sources.source(name, kind, tmp_path)


def test_a_file_of_the_hosts_own_is_read_by_the_family_before_it(tmp_path: Path) -> None:
    weights = tmp_path / "mine.pt"
    weights.touch()
    found = sources.source(f"open_clip:ViT-H-14:{weights}", "encoder", tmp_path)
    assert (found.family, found.architecture, found.path) == ("open_clip", "ViT-H-14", weights)
    assert sources.source(f"ultralytics:{weights}", "detector", tmp_path).path == weights
