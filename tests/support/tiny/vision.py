"""Small random vision models of the real classes, in the files that a catalogue would bring."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import open_clip
import torch
from safetensors.torch import save_file
from transformers import (
    BertConfig,
    BertTokenizer,
    CLIPTokenizer,
    Dinov2Config,
    Dinov2Model,
    GroundingDinoConfig,
    GroundingDinoForObjectDetection,
    GroundingDinoImageProcessorPil,
    GroundingDinoProcessor,
    Owlv2Config,
    Owlv2ForObjectDetection,
    Owlv2ImageProcessorPil,
    Owlv2Processor,
    SwinConfig,
)

from core.models.torch.clip import Clip
from core.models.torch.device import TorchDevice
from core.models.torch.quiet_ultralytics import ultralytics

CPU = TorchDevice("cpu", threads=1)


def clip_folder(folder: Path, *, dimension: int = 512, side: int = 64, seed: int = 0) -> Path:
    """A CLIP with the real tokenizer; its text side is what a YOLO-World takes where `dimension` is 512."""
    torch.manual_seed(seed)
    config = {
        "embed_dim": dimension,
        "quick_gelu": True,
        "vision_cfg": {"image_size": side, "layers": 2, "width": 64, "patch_size": 16},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
    }
    folder.mkdir(parents=True, exist_ok=True)
    model = open_clip.CLIP(**config)
    save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, "preprocess_cfg": {}}))
    return folder


def clip(folder: Path, *, dimension: int = 512, side: int = 64, seed: int = 0) -> Clip:
    return Clip.load("", clip_folder(folder, dimension=dimension, side=side, seed=seed), CPU)


def world_file(path: Path, *, seed: int = 0) -> Path:
    """YOLO-Worldv2 of size n from its yaml, random, but as bold as a trained one: it finds things."""
    torch.manual_seed(seed)
    model = ultralytics("nn.tasks").WorldModel("yolov8n-worldv2.yaml", nc=80, verbose=False)
    for head in model.model[-1].cv4:
        torch.nn.init.constant_(head.bias, -2.0)  # untrained it starts at −10, which is never seen
        torch.nn.init.constant_(head.logit_scale, -2.0)
    _settle(model)
    torch.save({"model": model}, path)
    return path


def dinov2_folder(folder: Path, *, width: int = 32) -> Path:
    torch.manual_seed(1)
    config = Dinov2Config(hidden_size=width, num_hidden_layers=2, num_attention_heads=2, image_size=56, patch_size=14)
    Dinov2Model(config).save_pretrained(folder)
    preparation = {"crop_size": {"height": 56, "width": 56}}
    (folder / "preprocessor_config.json").write_text(json.dumps(preparation))
    return folder


def owlv2_folder(folder: Path, words: Sequence[str]) -> Path:
    """An OWLv2 whose tokenizer knows the letters of `words`."""
    torch.manual_seed(7)  # one whose boxes lie inside the picture
    sides = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    letters = sorted({letter for word in words for letter in word if letter != " "})
    vocabulary = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    model = Owlv2ForObjectDetection(
        Owlv2Config(
            text_config={**sides, "vocab_size": len(vocabulary), "max_position_embeddings": 16},
            vision_config={**sides, "image_size": 64, "patch_size": 16},
            projection_dim=32,
        )
    )
    folder.mkdir()
    model.save_pretrained(folder)
    tokenizer = CLIPTokenizer(vocab={one: place for place, one in enumerate(vocabulary)}, merges=[])
    images = Owlv2ImageProcessorPil(size={"height": 64, "width": 64})
    Owlv2Processor(images, tokenizer).save_pretrained(folder)
    return folder


def _settle(model: torch.nn.Module) -> None:
    """Fit the normalisation to these weights: without it every picture looks alike to them."""
    norms = [one for one in model.modules() if isinstance(one, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the mean of all that it sees
    pictures = torch.nn.functional.interpolate(torch.rand(8, 3, 7, 9), (192, 256), mode="bilinear")
    with torch.no_grad():
        model.train().predict(pictures, txt_feats=torch.randn(8, 8, 512))
    model.eval()


def yolo_file(path: Path) -> Path:
    """A YOLO11 of size n from its yaml, random."""
    torch.manual_seed(3)
    model = ultralytics("nn.tasks").DetectionModel("yolo11n.yaml", verbose=False)
    for head in model.model[-1].cv3:
        torch.nn.init.normal_(head[-1].bias)  # untrained it is sure that there is nothing
    torch.save({"model": model}, path)
    return path


class _Exported(torch.nn.Module):  # type: ignore[misc,unused-ignore] # unknown in the base set
    """A WorldModel whose words are an input, as the hub's exports have it."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model
        model.model[-1].export, model.model[-1].format = True, "onnx"

    def forward(self, images: torch.Tensor, txt_feats: torch.Tensor) -> torch.Tensor:
        self.model.model[-1].nc = txt_feats.shape[1]
        return self.model.predict(images, txt_feats=txt_feats)


def export_world(weights: Path, path: Path, *, side: int) -> Path:
    model, _ = ultralytics("nn.tasks").load_checkpoint(str(weights))
    torch.onnx.export(
        _Exported(model),
        (torch.rand(1, 3, side, side), torch.rand(1, 5, 512)),
        str(path),
        input_names=["images", "txt_feats"],
        output_names=["output0"],
        dynamic_axes={"txt_feats": {1: "words"}, "output0": {1: "rows"}},
        dynamo=False,  # the older way follows `nc`, which changes with the words
        opset_version=17,
    )
    return path


def grounding_dino_folder(folder: Path, words: Sequence[str]) -> Path:
    """A Grounding DINO whose tokenizer knows `words`."""
    torch.manual_seed(4)
    known = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", ".", *dict.fromkeys(" ".join(words).split())]
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(known))
    tokenizer = BertTokenizer(vocab=str(folder / "vocab.txt"))
    sides = {"encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "encoder_layers": 1, "decoder_layers": 2}
    eyes = SwinConfig(image_size=64, embed_dim=16, depths=[1, 1, 1, 1], num_heads=[1, 1, 2, 2], out_indices=[2, 3, 4])
    reader = BertConfig(
        vocab_size=len(known),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
    )
    config = GroundingDinoConfig(
        backbone_config=eyes,
        text_config=reader,
        d_model=32,
        num_queries=20,
        **sides,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
    )
    GroundingDinoForObjectDetection(config).save_pretrained(folder)
    images = GroundingDinoImageProcessorPil(size={"shortest_edge": 64, "longest_edge": 96})
    GroundingDinoProcessor(images, tokenizer).save_pretrained(folder)
    return folder
