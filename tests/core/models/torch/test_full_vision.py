"""The vision half of the full stack, with small random models of the real classes: `make test-full`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from bot.build.models import Models
from bot.build.rapport import Rapport
from bot.config import Config
from bot.running.rapport import rapport
from core.concepts import Box, Region
from core.errors import ModelError, ModelMemoryError
from core.executor.executor import Executor
from core.images.decoding import Image, decode
from core.language.composer import Composer
from core.messages import Chat, Message, Photo, Reply, Sender
from core.models.boxes import Layout, letterbox
from core.models.parts import Fit, PartsEncoder
from core.ports import View
from core.recognition.calibration import Calibration
from core.recognition.similarity import Parts, set_similarity
from tests.support.photos import photo, resized_to

pytestmark = pytest.mark.full

ANN = Sender("u1", "Ann")
HOME, OFFICE = Chat("test", "home"), Chat("test", "office")
WORDS = [("tabby", "laser pointer"), (), ("stapler", "mug", "Ännchens Hut"), ("tabby",)]
PHOTOS = ["cat", "coffee", "astronaut", "motorcycle"]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    from tests.support.tiny import vision  # noqa: PLC0415 - torch

    folder = tmp_path_factory.mktemp("vision")
    return {
        "clip": vision.clip_folder(folder / "clip"),
        "world": vision.world_file(folder / "world.pt"),
    }


@pytest.fixture(scope="module")
def clip(files: dict[str, Path]) -> Any:
    from core.models.torch.clip import Clip  # noqa: PLC0415
    from tests.support.tiny.vision import CPU  # noqa: PLC0415

    return Clip.load("", files["clip"], CPU)


@pytest.fixture(scope="module")
def world(files: dict[str, Path], clip: Any) -> Any:
    from core.models.torch.yolo_world import YoloWorld  # noqa: PLC0415
    from tests.support.tiny.vision import CPU  # noqa: PLC0415

    return YoloWorld.load(files["world"], clip.encode_texts, CPU, side=320, together=True)


@pytest.fixture(scope="module")
def encoder(clip: Any) -> Any:
    from core.models.torch.crop_encoder import CropEncoder  # noqa: PLC0415
    from tests.support.tiny.vision import CPU  # noqa: PLC0415

    return CropEncoder(clip.tower(), CPU, at_once=4)


def opened(name: str, *changes: Any) -> Image:
    return decode(photo(name, *changes))


# ── the story ─────────────────────────────────────────────────────────────────────────────────────


@asynccontextmanager
async def bot(folder: Path, detector: Any, encoder: Any) -> AsyncIterator[Rapport]:
    config = Config(store={"url": f"sqlite+aiosqlite:///{folder / 'full.db'}"}, models={"cache": folder})
    # Random weights tell pictures apart, but less than trained ones: the curve is steeper here.
    curve = Calibration(bias=-43.0, slope=44.0, lead=0.0, sure=0.7, maybe=0.5)
    models = Models(
        {"cpu": lambda: detector},
        {"cpu": lambda: encoder},
        encoder.identity,
        curve,
        Composer(),
        open_vocabulary=True,
    )
    async with rapport(config, models) as parts:
        yield parts


@pytest.fixture
async def running(tmp_path: Path, world: Any, encoder: Any) -> AsyncIterator[Rapport]:
    async with bot(tmp_path, world, encoder) as parts:
        yield parts


async def said(running: Rapport, text: str, picture: bytes | None = None, chat: Chat = HOME) -> Reply:
    photos = (Photo(picture),) if picture else ()
    replies = [one async for one in running.assistant.answer(Message(chat, ANN, text, photos))]
    return replies[-1]


async def test_remember_recognise_and_forget_with_clip_and_yolo_world(running: Rapport) -> None:
    assert "Nice to meet bo!" in (await said(running, "/remember bo | tabby | naps", photo("cat"))).text
    assert "That's bo." in (await said(running, "", photo("cat"))).text
    assert "bo" not in (await said(running, "", photo("rocket"))).text.split()
    await said(running, "/forget bo")
    assert "That's bo" not in (await said(running, "", photo("cat"))).text


async def test_a_category_added_a_second_ago_is_detected_in_the_next_photo_of_that_chat_alone(
    tmp_path: Path, files: dict[str, Path], clip: Any, encoder: Any
) -> None:
    from core.models.torch.yolo_world import YoloWorld  # noqa: PLC0415
    from tests.support.tiny.vision import CPU  # noqa: PLC0415

    knows_nothing = YoloWorld.load(files["world"], clip.encode_texts, CPU, side=320, general=())
    async with bot(tmp_path, knows_nothing, encoder) as running:
        assert kinds(await said(running, "", photo("cat"))) == set()
        await said(running, "/remember bo | axolotl", photo("rocket"))
        assert kinds(await said(running, "", photo("cat"))) == {"axolotl"}
        await said(running, "/category bo | newt")
        assert kinds(await said(running, "", photo("cat"))) == {"newt"}
        assert kinds(await said(running, "", photo("cat"), OFFICE)) == set()


def kinds(reply: Reply) -> set[str | None]:
    """The categories of all that a reply is about."""
    return {seen.region.category for seen in reply.sightings}


# ── detection ─────────────────────────────────────────────────────────────────────────────────────


def same(ours: Sequence[Region], theirs: Sequence[Region]) -> bool:
    """Whether nearly every region has its like: the last digit may turn the order of two."""
    return all(
        sum(any(_alike(one, other) for other in b) for one in a) >= 0.95 * len(a)
        for a, b in ((ours, theirs), (theirs, ours))
    )


def _alike(one: Region, other: Region) -> bool:
    return (
        one.category == other.category
        and one.box.overlap(other.box) > 0.9
        and one.confidence == pytest.approx(other.confidence, abs=0.01)
    )


def test_photos_of_different_chats_in_one_batch_are_seen_as_if_each_were_alone(world: Any) -> None:
    images = [opened(name) for name in PHOTOS]
    together = world.detect(images, WORDS)
    alone = [world.detect([image], [words])[0] for image, words in zip(images, WORDS, strict=True)]
    assert all(together)
    assert all(same(ours, theirs) for ours, theirs in zip(together, alone, strict=True))


def test_a_photo_is_searched_for_its_own_chats_words_and_no_other_chats(world: Any) -> None:
    own = {"tabby", "laser pointer", "stapler", "mug", "Ännchens Hut"}
    image = opened("cat")
    for regions, words in zip(world.detect([image] * 4, WORDS), WORDS, strict=True):
        assert {one.category for one in regions} & own <= set(words) | {"mug"}  # everyday words are for all


def fitting(image: Image, side: int) -> Image:
    """The photo as a detector's sheet shows it."""
    sheet = letterbox(image, Layout.of(image, side))
    return Image(np.ascontiguousarray(np.rint(sheet[0].transpose(1, 2, 0) * 255), np.uint8))


def test_a_word_for_one_thing_is_found_as_ultralytics_itself_finds_it(files: dict[str, Path], clip: Any) -> None:
    import torch  # noqa: PLC0415
    from ultralytics import YOLOWorld  # noqa: PLC0415

    from core.models.torch.yolo_world import YoloWorld  # noqa: PLC0415
    from tests.support.tiny.vision import CPU  # noqa: PLC0415

    words = ["red cup", "saucer", "spoon"]
    theirs = YOLOWorld(files["world"])
    theirs.model.txt_feats = torch.from_numpy(clip.encode_texts(words))[None]
    theirs.model.model[-1].nc, theirs.model.names = 3, words
    ours = YoloWorld.load(files["world"], clip.encode_texts, CPU, side=320, general=())
    image = fitting(opened("coffee"), 320)  # so that nobody resizes it in another way
    (result,) = theirs.predict(
        np.ascontiguousarray(image.pixels[..., ::-1]), imgsz=320, conf=0.1, save=False, verbose=False
    )
    (regions,) = ours.detect([image], [tuple(words)])
    best = Box(*(round(edge) for edge in result.boxes.xyxy[0].tolist()))
    assert regions[0].category == words[int(result.boxes.cls[0])]  # all words are the chat's own here
    assert regions[0].box.overlap(best) > 0.9
    assert regions[0].confidence == pytest.approx(float(result.boxes.conf[0]), abs=0.02)


def test_the_words_of_a_chat_are_encoded_once(files: dict[str, Path], clip: Any) -> None:
    from core.models.torch.yolo_world import YoloWorld  # noqa: PLC0415
    from tests.support.tiny.vision import CPU  # noqa: PLC0415

    asked: list[list[str]] = []

    def encode(words: Sequence[str]) -> Any:
        asked.append(list(words))
        return clip.encode_texts(words)

    detector = YoloWorld.load(files["world"], encode, CPU, side=64, general=("person",))
    for words in [("cat",), ("cat", "dog"), ("dog",)]:
        detector.detect([opened("cat")], [words])
    assert asked == [["cat", "person"], ["dog"]]


def test_a_checkpoint_that_is_no_yolo_world_is_refused_with_the_way_to_use_it(tmp_path: Path, clip: Any) -> None:
    import torch  # noqa: PLC0415
    from ultralytics.nn.tasks import DetectionModel  # noqa: PLC0415

    from core.models.torch.yolo_world import YoloWorld  # noqa: PLC0415
    from tests.support.tiny.vision import CPU  # noqa: PLC0415

    torch.save({"model": DetectionModel("yolo11n.yaml", verbose=False)}, tmp_path / "plain.pt")
    with pytest.raises(ModelError, match="ultralytics:"):
        YoloWorld.load(tmp_path / "plain.pt", clip.encode_texts, CPU)
    (tmp_path / "broken.pt").write_bytes(b"no weights")
    with pytest.raises(ModelError, match=r"broken\.pt can't be loaded"):
        YoloWorld.load(tmp_path / "broken.pt", clip.encode_texts, CPU)


# ── encoding ──────────────────────────────────────────────────────────────────────────────────────


def test_boxes_of_all_photos_are_embedded_together_and_come_back_to_their_photo(encoder: Any) -> None:
    cat, rocket = opened("cat"), opened("rocket")
    views = [View(cat, (cat.box, Box(10, 10, 90, 200))), View(cat, ()), View(rocket, (rocket.box,))]
    together = encoder.encode(views)
    assert [len(one) for one in together] == [2, 0, 1]
    for view, found in zip(views, together, strict=True):
        (alone,) = encoder.encode([view])
        assert all(np.allclose(a.vector, b.vector, atol=1e-4) for a, b in zip(found, alone, strict=True))
    assert encoder.encode([]) == []


def test_a_region_is_prepared_as_open_clip_prepares_a_picture(files: dict[str, Path], encoder: Any) -> None:
    import open_clip  # noqa: PLC0415
    import torch  # noqa: PLC0415

    model, _, prepare = open_clip.create_model_and_transforms(f"local-dir:{files['clip']}")
    image, box = opened("astronaut"), Box(40, 20, 300, 500)
    crop = PIL.Image.fromarray(image.pixels).crop(box)
    with torch.inference_mode():
        theirs = model.eval().encode_image(prepare(crop)[None], normalize=True)[0].numpy()
    ((ours,),) = encoder.encode([View(image, (box,))])
    assert ours.vector @ theirs > 0.999


def test_a_box_as_thin_as_a_hair_is_embedded_too(encoder: Any) -> None:
    image = opened("motorcycle", resized_to(2000))
    ((found, _),) = encoder.encode([View(image, (Box(0, 5, 2000, 6), Box(7, 0, 8, 1)))])
    assert np.linalg.norm(found.vector) == pytest.approx(1, abs=1e-3)


def test_words_and_pictures_come_from_one_clip(clip: Any, encoder: Any) -> None:
    assert clip.encode_texts(["a cat", "a very long " + "word " * 200]).shape == (2, encoder.dimension)


# ── memory ────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def room_for(most: int, module: Any) -> Any:
    """Let a module run out of memory, as CUDA words it, on batches of more than `most`."""
    import torch  # noqa: PLC0415

    def check(_module: Any, inputs: tuple[Any, ...]) -> None:
        if len(inputs[0]) > most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    handle = module.register_forward_pre_hook(check)
    try:
        yield
    finally:
        handle.remove()


def test_crops_that_do_not_fit_into_memory_together_are_embedded_in_smaller_batches(clip: Any) -> None:
    from core.models.torch.crop_encoder import CropEncoder  # noqa: PLC0415
    from tests.support.tiny.vision import CPU  # noqa: PLC0415

    image = opened("cat")
    view = View(image, tuple(Box(0, 0, 50 + 10 * n, 60) for n in range(9)))
    sizes: list[int] = []
    counting = clip._model.visual.register_forward_pre_hook(lambda _, inputs: sizes.append(len(inputs[0])))
    encoder = CropEncoder(clip.tower(), CPU)
    (plain,) = encoder.encode([view])
    with room_for(2, clip._model.visual):
        (tight,) = encoder.encode([view])
        sizes.clear()
        encoder.encode([view])
    counting.remove()
    assert all(np.allclose(a.vector, b.vector, atol=1e-4) for a, b in zip(plain, tight, strict=True))
    assert sizes == [2, 2, 2, 2, 1]  # what fitted is remembered
    with room_for(0, clip._model.visual), pytest.raises(ModelMemoryError):
        encoder.encode([view])


async def test_photos_that_do_not_fit_together_are_detected_in_halves_by_the_executor(world: Any) -> None:
    images = [opened("cat", resized_to(320 - n)) for n in range(6)]
    async with Executor() as executor:
        lane = executor.lane("detect", world.detect)
        with room_for(1, world._model.model[0]):
            found = await asyncio.gather(*(lane.submit(image, chat=str(n)) for n, image in enumerate(images)))
        assert all(found)
        assert lane.stats().limit < 6


# ── patches ───────────────────────────────────────────────────────────────────────────────────────


def test_patches_of_clip_and_dinov2_are_compared_part_by_part(tmp_path: Path, clip: Any) -> None:
    from core.models.torch import dinov2  # noqa: PLC0415
    from core.models.torch.crop_encoder import patches_of  # noqa: PLC0415
    from tests.support.tiny.vision import CPU, dinov2_folder  # noqa: PLC0415

    cat, coffee = opened("cat"), opened("coffee")
    for tower, cells in ((clip.tower(), 4), (dinov2.load(dinov2_folder(tmp_path / "dino"), CPU), 4)):
        network = patches_of(tower, CPU)
        found, scale = network.features(cat, network.poses.usual)
        assert max(found.shape[:2]) == cells
        assert found.shape[2] == network.channels
        assert scale == pytest.approx(cells / max(cat.width, cat.height))
        encoder = PartsEncoder(network, Fit.none(network.channels), "parts")
        ((reference,),) = encoder.encode([View(cat, (cat.box,), reference=True)])
        ((same,),), ((other,),) = (encoder.encode([View(image, (image.box,))]) for image in (cat, coffee))
        alike = set_similarity(Parts.of([same, other]), Parts.of([reference])).ravel()
        assert alike[0] > alike[1]
