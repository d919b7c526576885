"""YOLO-World and CLIP against the reference's way: `python -m benchmarks.vision` prints one JSON line.

With CUDA the paper's full-size architectures (YOLO-Worldv2-X, ViT-L/14-336), on a CPU small ones
(YOLO-Worldv2-S, ViT-B/32): random weights, so that speed is real though words are not. Photos come from
as many chats as the batch is large, each with its own words; each photo has eight regions and itself.

The reference's way (its detector.py and retriever.py, arXiv 2410.13360): one photo at a time, fp32, CLIP
without no_grad on crops in sixes; here it even keeps one vocabulary, which spares it `set_classes`.
`ratio_encode` and `ratio_detect` are photos per second over that, by batch; both are measured in turns.
`vocabularies` compares three ways with a batch of eight chats' words: together as here, a run for each
chat, and one run with the union of all words, which finds other regions. `served` is what eight chats get
through the executor over the bare model in ready batches. `tower` is the encoder alone, whole photos by
batch: the bare model on pixels that lie ready on the device, and the encoder with cutting, resizing and
copying, each with the share that its FLOPs have of the device's peak.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import numpy as np
import open_clip
import PIL.Image
import torch

from benchmarks.gpu import hardware
from benchmarks.gpu.figures import as_line, keep
from benchmarks.gpu.hardware import seconds
from core.concepts import Box
from core.executor.executor import Executor
from core.images.decoding import Image
from core.models.torch.clip import Clip
from core.models.torch.crop_encoder import CropEncoder
from core.models.torch.device import TorchDevice
from core.models.torch.quiet_ultralytics import ultralytics
from core.models.torch.yolo_world import YoloWorld
from core.models.vocabulary import GENERAL
from core.ports import View

CUDA = torch.cuda.is_available()
BATCHES = (1, 8, 32) if CUDA else (1, 8)
ROUNDS, CHATS, SIDE = 3 if CUDA else 2, 8, 640
CLIP, WORLD = ("ViT-L-14-336-quickgelu", "yolov8x") if CUDA else ("ViT-B-32-quickgelu", "yolov8s")


def photos(count: int) -> list[Image]:
    """Noise of 4:3, as a phone's photo after the platforms have shrunk it."""
    random = np.random.default_rng(0)
    return [Image(random.integers(0, 256, (960, 1280, 3), np.uint8)) for _ in range(count)]


def boxes(image: Image) -> tuple[Box, ...]:
    """Eight regions and the whole photo."""
    return (*(Box(100 * n, 50 * n, 100 * n + 400, 50 * n + 500) for n in range(8)), image.box)


def words(chat: int) -> tuple[str, ...]:
    """What a chat calls its things: it has 1 to 12 kinds."""
    return tuple(f"kind {chat} {n}" for n in range(1 + chat * 5 % 12))


def random_texts(asked: Sequence[str]) -> Any:
    """Unit rows; the words of a chat are encoded once in its life, so this isn't measured."""
    rows = np.random.default_rng(len(asked)).standard_normal((len(asked), 512)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def fused_world() -> Any:
    """The detector's architecture with random weights, ready to detect."""
    model = ultralytics("nn.tasks").WorldModel(f"{WORLD}-worldv2.yaml", nc=80, verbose=False).eval()
    return model.fuse(verbose=False)


# ── the reference's way ───────────────────────────────────────────────────────────────────────────


def reference_encode(model: Any, prepare: Callable[[Any], torch.Tensor], device: TorchDevice) -> Callable[..., None]:
    def run(images: Sequence[Image]) -> None:
        for image in images:
            picture = PIL.Image.fromarray(image.pixels)
            crops = torch.stack([prepare(picture.crop(box)) for box in boxes(image)]).to(device.device)
            for six in crops.split(6):
                model.encode_image(six).detach().cpu()

    return run


def reference_detect(device: TorchDevice) -> Callable[..., None]:
    model = ultralytics("models").YOLOWorld(f"{WORLD}-worldv2.yaml")
    vocabulary = (*words(0), *GENERAL)
    model.model.txt_feats = torch.from_numpy(random_texts(vocabulary))[None]
    model.model.model[-1].nc, model.model.names = len(vocabulary), list(vocabulary)
    settings = {"conf": 0.1, "imgsz": SIDE, "device": str(device.device), "save": False, "verbose": False}

    def run(images: Sequence[Image]) -> None:
        for image in images:
            model.predict(np.ascontiguousarray(image.pixels[..., ::-1]), **settings)

    return run


# ── measuring ─────────────────────────────────────────────────────────────────────────────────────


def in_turns(*works: Callable[[], object]) -> list[float]:
    """The median seconds of each, run one after the other in rounds; the first round only warms up."""
    rounds = [[seconds(work) for work in works] for _ in range(ROUNDS + 1)][1:]
    return [median(times) for times in zip(*rounds, strict=True)]


def compared(ours: Callable[[list[Image]], object], theirs: Callable[[list[Image]], object]) -> dict[str, Any]:
    """Photos per second of both by batch, and the ratio."""
    table: dict[str, Any] = {}
    for size in BATCHES:
        images = photos(size)
        mine, reference = in_turns(lambda: ours(images), lambda: theirs(images))  # noqa: B023 - run at once
        table[str(size)] = {
            "photos_s": size / mine,
            "reference_s": size / reference,
            "ratio": reference / mine,
        }
    return table


def vocabularies(detector: YoloWorld) -> dict[str, float]:
    """Milliseconds for one photo of each of eight chats, by the way their words are dealt with."""
    images, own = photos(CHATS), [words(chat) for chat in range(CHATS)]
    union = tuple(word for mine in own for word in mine)
    together, each, united = in_turns(
        lambda: detector.detect(images, own),
        lambda: [detector.detect([image], [mine]) for image, mine in zip(images, own, strict=True)],
        lambda: detector.detect(images, [union] * CHATS),
    )
    return {"together_ms": together * 1000, "by_chat_ms": each * 1000, "union_ms": united * 1000}


async def served(encoder: CropEncoder) -> float:
    """Throughput of eight chats through the executor over that of the bare model in ready batches."""
    views = [View(image, boxes(image)) for image in photos(CHATS)]

    async with Executor() as executor:
        lane = executor.lane("encode", encoder.encode, max_batch=CHATS, run_timeout=600)

        async def chat(number: int) -> None:
            for _ in range(ROUNDS):
                await lane.submit(views[number], chat=str(number))

        bare = seconds(lambda: [encoder.encode(views) for _ in range(ROUNDS)])
        began = time.perf_counter()
        await asyncio.gather(*(chat(number) for number in range(CHATS)))
        return bare / (time.perf_counter() - began)


def tower(clip: Clip, encoder: CropEncoder, device: TorchDevice) -> dict[str, Any]:
    """Pictures per second by batch, bare and with preparation, and their share of the device's peak."""
    side = clip.tower().side
    with device.working():
        peak = hardware.measured_peak(device.device, device.dtype)
    ready = torch.randn(max(BATCHES), 3, side, side, device=device.device, dtype=device.dtype)
    cost = hardware.flops(lambda: clip.encode_images(ready[:1]))
    table: dict[str, Any] = {}
    for size in BATCHES:
        views = [View(image, (image.box,)) for image in photos(size)]

        def bare(size: int = size) -> None:
            with device.working():
                clip.encode_images(ready[:size])

        alone, prepared = in_turns(bare, lambda: encoder.encode(views))  # noqa: B023 - run at once
        table[str(size)] = {
            "bare_photos_s": size / alone,
            "bare_of_peak": cost * size / alone / peak,
            "encoder_photos_s": size / prepared,
            "encoder_of_peak": cost * size / prepared / peak,
        }
    stated = hardware.stated_peak(str(hardware.described()["device"]))
    return {"gflop_a_photo": cost / 1e9, "measured_peak": peak, "stated_peak": stated, "photos": table}


def recognisers() -> tuple[TorchDevice, Clip, CropEncoder, YoloWorld]:
    """The encoder and the detector with random weights, as the bot runs them."""
    device = TorchDevice("cuda" if CUDA else "cpu")
    half = open_clip.create_model(CLIP, device=device.device, precision="fp16" if CUDA else "fp32")
    clip = Clip(half, None, CLIP, device)
    return device, clip, CropEncoder(clip.tower(), device), YoloWorld(fused_world(), random_texts, device, side=SIDE)


def main() -> None:
    device, clip, encoder, detector = recognisers()
    figures: dict[str, Any] = {
        "benchmark": "vision",
        **hardware.described(),
        "models": [f"{WORLD}-worldv2", CLIP],
        "compared_with": "one photo at a time, fp32, CLIP with gradients and crops in sixes; in turns",
    }
    chats = [words(chat % CHATS) for chat in range(max(BATCHES))]
    model, _, prepare = open_clip.create_model_and_transforms(CLIP, device=device.device)
    steps: dict[str, Callable[[], object]] = {
        "tower": lambda: tower(clip, encoder, device),
        "detect": lambda: compared(
            lambda images: detector.detect(images, chats[: len(images)]), reference_detect(device)
        ),
        "served": lambda: asyncio.run(served(encoder)),
        "encode": lambda: compared(
            lambda images: encoder.encode([View(image, boxes(image)) for image in images]),
            reference_encode(model.eval(), prepare, device),
        ),
        "vocabularies": lambda: vocabularies(YoloWorld(fused_world(), random_texts, device, side=SIDE, together=True)),
    }
    for name, step in steps.items():
        figures[name] = step()
        keep(figures)
    print(as_line(figures))


if __name__ == "__main__":
    main()
