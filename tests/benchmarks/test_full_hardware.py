from __future__ import annotations

import pytest

pytest.importorskip("transformers")

import open_clip
import torch

from benchmarks.gpu import hardware

pytestmark = pytest.mark.full


def test_the_operations_of_a_product_are_counted_as_two_each() -> None:
    layer = torch.nn.Linear(30, 50, bias=False)
    assert hardware.flops(lambda: layer(torch.randn(7, 30))) == 2 * 7 * 30 * 50


def test_attention_is_counted_though_torch_fuses_it_when_no_gradients_are_wanted() -> None:
    with torch.device("meta"):
        model = open_clip.CLIP(**open_clip.get_model_config("ViT-L-14-336-quickgelu")).eval()
        cost = hardware.flops(lambda: model.encode_image(torch.randn(1, 3, 336, 336)))
    tokens, width, layers = 577, 1024, 24
    by_hand = layers * (24 * tokens * width**2 + 4 * tokens**2 * width) + 2 * 576 * 3 * 14**2 * width
    assert cost == pytest.approx(by_hand, rel=0.01)


def test_the_makers_figure_is_that_of_the_most_exact_name() -> None:
    assert hardware.stated_peak("NVIDIA H100 PCIe") == 756e12
    assert hardware.stated_peak("NVIDIA H100 80GB HBM3") == 989e12
    assert hardware.stated_peak("NVIDIA L40S") == 362e12
    assert hardware.stated_peak("a toaster") is None
