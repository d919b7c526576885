"""LLaVA's original layout, read into transformers: the logits are those of the architecture as described."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

pytest.importorskip("transformers")

import torch
from torch.nn import functional
from transformers import CLIPImageProcessorPil, CLIPVisionModel, LlamaConfig, LlamaForCausalLM, LlamaTokenizer

from core.errors import ModelError
from core.models.vlm.loading import Loaded, load
from tests.support.tiny import vlm
from tests.support.tiny.vlm import State

pytestmark = pytest.mark.full

TEXT = "USER: <image>\n[1.<image>\n Name: <bo>, Info: <bo> is a dog.\n]Who is it? ASSISTANT:"


@pytest.fixture(autouse=True)
def _inference() -> Iterator[None]:
    with torch.inference_mode():
        yield


def pictures() -> list[PIL.Image.Image]:
    """One wide, one tall: both have to be padded."""
    grain = np.random.default_rng(0)
    return [PIL.Image.fromarray(grain.integers(0, 256, (*size, 3), np.uint8)) for size in ((40, 60), (70, 30))]


def padded(picture: PIL.Image.Image) -> PIL.Image.Image:
    """`expand2square` of LLaVA's `mm_utils.py`, with the mean colour of CLIP's pictures."""
    side = max(picture.size)
    square = PIL.Image.new("RGB", (side, side), (122, 116, 104))
    square.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return square


def described(state: State, tower: Path, folder: Path) -> torch.Tensor:
    """The architecture read plainly: tower → layer −2 patches → MLP → between the words → Llama."""
    vision = CLIPVisionModel.from_pretrained(tower)
    prepare = CLIPImageProcessorPil(size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28})
    pixels = prepare([padded(one) for one in pictures()], return_tensors="pt")["pixel_values"]
    patches = vision(pixels, output_hidden_states=True).hidden_states[-2][:, 1:]
    hidden = functional.linear(patches, state["model.mm_projector.0.weight"], state["model.mm_projector.0.bias"])
    features = functional.linear(
        functional.gelu(hidden), state["model.mm_projector.2.weight"], state["model.mm_projector.2.bias"]
    )
    language = LlamaForCausalLM(LlamaConfig(**vlm.LANGUAGE)).eval()
    names = language.state_dict().keys()
    language.load_state_dict({name: state[name] for name in names})
    tokenizer = LlamaTokenizer.from_pretrained(folder, add_bos_token=True)
    words = [tokenizer(chunk).input_ids for chunk in TEXT.split("<image>")]
    spliced = [language.model.embed_tokens(torch.tensor(words[0]))]
    for chunk, picture in zip(words[1:], features, strict=True):
        spliced += [picture, language.model.embed_tokens(torch.tensor(chunk[1:]))]  # without its <s>
    return language(inputs_embeds=torch.cat(spliced)[None]).logits[0]


def read(loaded: Loaded) -> torch.Tensor:
    inputs = loaded.processor(text=TEXT, images=pictures(), return_tensors="pt").to(loaded.model.dtype)
    return loaded.model(**inputs).logits[0, :, : vlm.VOCABULARY]


@pytest.fixture
def tower(tmp_path: Path) -> Path:
    return vlm.tower(tmp_path / "clip-vit-large-patch14-336")


@pytest.mark.parametrize(("ending", "shards"), [("bin", 1), ("bin", 2), ("safetensors", 1), ("safetensors", 3)])
def test_an_original_checkpoint_gives_the_logits_of_its_architecture(
    tmp_path: Path, tower: Path, ending: str, shards: int
) -> None:
    state = vlm.original_state()
    folder = vlm.original(tmp_path / "llava", state, tower, ending=ending, shards=shards)
    torch.testing.assert_close(read(load(str(folder), device="cpu")), described(state, tower, folder))


def test_a_tower_that_comes_along_wins_over_the_named_one(tmp_path: Path, tower: Path) -> None:
    trained = vlm.tower(tmp_path / "trained", seed=7)
    inside = CLIPVisionModel.from_pretrained(trained).state_dict()
    prefix = "model.vision_tower.vision_tower.vision_model."
    state = vlm.original_state() | {prefix + name: tensor for name, tensor in inside.items()}
    folder = vlm.original(tmp_path / "llava", state, tower)
    torch.testing.assert_close(read(load(str(folder), device="cpu")), described(state, trained, folder))


@pytest.mark.parametrize("ending", ["bin", "safetensors"])
def test_a_lora_is_merged_into_its_base(tmp_path: Path, tower: Path, ending: str) -> None:
    state = vlm.original_state()
    projector = {name: tensor for name, tensor in state.items() if "mm_projector" in name}
    vicuna = {name: tensor for name, tensor in state.items() if "mm_projector" not in name}
    base = vlm.original(tmp_path / "vicuna", vicuna, tower)
    folder = vlm.lora(tmp_path / "llava-lora", base, projector, ending=ending)
    merged = dict(state)
    for name, (down, up) in vlm.lora_pairs().items():
        merged[name] = merged[name] + 16 / 4 * up @ down
    torch.testing.assert_close(read(load(str(folder), device="cpu")), described(merged, tower, base))
    assert not torch.allclose(read(load(str(folder), device="cpu")), described(state, tower, base))


def test_a_checkpoint_that_lacks_weights_is_refused_by_name(tmp_path: Path, tower: Path) -> None:
    state = vlm.original_state()
    del state["model.layers.1.mlp.up_proj.weight"]
    folder = vlm.original(tmp_path / "llava", state, tower)
    with pytest.raises(ModelError, match=r"not complete.*layers\.1\.mlp\.up_proj"):
        load(str(folder), device="cpu")


def test_a_missing_shard_and_a_missing_tower_are_named(tmp_path: Path, tower: Path) -> None:
    folder = vlm.original(tmp_path / "llava", vlm.original_state(), tower, shards=2)
    (folder / "pytorch_model-00002-of-00002.bin").unlink()
    with pytest.raises(ModelError, match=r"pytorch_model-00002-of-00002\.bin is missing"):
        load(str(folder), device="cpu")
    told = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**told, "mm_vision_tower": "nobody/clip-of-nobody"}))
    with pytest.raises(ModelError, match=r"models pull nobody/clip-of-nobody"):
        load(str(folder), device="cpu")


@pytest.mark.parametrize(("key", "value"), [("mm_projector_type", "linear"), ("mm_vision_select_feature", "cls_patch")])
def test_an_architecture_that_is_not_read_is_refused(tmp_path: Path, tower: Path, key: str, value: str) -> None:
    folder = vlm.original(tmp_path / "llava", vlm.original_state(), tower)
    told = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**told, key: value}))
    with pytest.raises(ModelError, match=key):
        load(str(folder), device="cpu")


@pytest.mark.parametrize(("quantize", "layer"), [("4bit", "Linear4bit"), ("8bit", "Linear8bitLt")])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # inside bitsandbytes
def test_quantised_weights_say_nearly_the_same(tmp_path: Path, tower: Path, quantize: str, layer: str) -> None:
    pytest.importorskip("bitsandbytes", reason="pip install '.[quantize]'")
    state = vlm.original_state()
    folder = vlm.original(tmp_path / "llava", state, tower)
    loaded = load(str(folder), device="cpu", quantize=quantize)
    kinds = {name: type(module).__name__ for name, module in loaded.model.named_modules()}
    assert kinds["model.language_model.layers.0.mlp.up_proj"] == layer
    assert kinds["model.vision_tower.encoder.layers.0.mlp.fc1"] == "Linear"
    likeness = functional.cosine_similarity(read(loaded).float(), described(state, tower, folder))
    assert likeness.mean() > (0.7 if quantize == "4bit" else 0.98)


def test_an_adapter_that_does_not_fit_its_base_is_refused(tmp_path: Path, tower: Path) -> None:
    peft = pytest.importorskip("peft")
    base = vlm.original(tmp_path / "llava", vlm.original_state(), tower)
    config = peft.LoraConfig(r=2, target_modules=r".*language_model.*q_proj")
    with torch.inference_mode(mode=False):
        adapter = peft.get_peft_model(load(str(base), device="cpu").model, config)
        adapter.peft_config["default"].base_model_name_or_path = str(base)
        adapter.save_pretrained(tmp_path / "adapter")
    assert read(load(str(tmp_path / "adapter"), device="cpu")).shape[1] == vlm.VOCABULARY
    told = json.loads((tmp_path / "adapter/adapter_config.json").read_text())
    for wrong in ({"r": 3}, {"target_modules": ["k_proj"]}):
        (tmp_path / "adapter/adapter_config.json").write_text(json.dumps({**told, **wrong}))
        with pytest.raises(ModelError, match=r"adapter in .* doesn't fit its base"):
            load(str(tmp_path / "adapter"), device="cpu")
    (tmp_path / "adapter/adapter_config.json").write_text(
        json.dumps({**told, "base_model_name_or_path": "nobody/llava"})
    )
    with pytest.raises(ModelError, match="models pull nobody/llava"):
        load(str(tmp_path / "adapter"), device="cpu")
