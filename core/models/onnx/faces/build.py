"""Build the graphs of the face networks, core/models/onnx/faces/*.onnx, from the manifests of a published package.

    python -m core.models.onnx.faces.build [--to FOLDER]

@vladmandic/face-api 1.7.15 (MIT) carries weights for TensorFlow.js, one byte each with a scale and a least value per
tensor, and no graph: what is computed stands in its source (src/tinyFaceDetector, src/faceLandmarkNet,
src/faceRecognitionNet). The graphs say the same in ONNX and hold no weights: these stay in the package's own files,
which `models pull` fetches, and each tensor names its place in them. So neither the weights nor `onnx` come with
Rapport. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from core.models.onnx.faces.networks import FOLDER, WEIGHTS
from core.models.weights.catalogue import find
from core.models.weights.npm import NpmFile

MEAN = (122.782, 117.001, 104.298)
DETECTOR_MEAN = (117.001, 114.697, 97.404)
STRIDE_2 = [2, 2]


def main() -> None:
    """Read the manifests of the pinned package and write the graphs."""
    wanted = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    wanted.add_argument("--to", type=Path, default=FOLDER)
    target: Path = wanted.parse_args().to
    (file,) = find("face-api").files
    assert isinstance(file, NpmFile)  # noqa: S101 - the catalogue's own
    with tempfile.TemporaryDirectory() as scratch:
        manifests = read_manifests(file.archive(Path(scratch), lambda _done, _total: None), (file.member, *file.more))
    built = {}
    for name, (make, tensors) in zip(
        ("detector", "landmarks", "embedding"),
        zip((detector, landmarks, embedding), manifests, strict=True),
        strict=True,
    ):
        data = make(Graph(tensors)).SerializeToString()
        (target / f"{name}.onnx").write_bytes(data)
        built[name] = len(data)
    sys.stdout.write(json.dumps({"build": "faces", "bytes": built}) + "\n")


def read_manifests(archive: Path, members: Sequence[str]) -> list[list[dict[str, Any]]]:
    """The tensors of each weight file, with `offset` and `length` in all of them one after the other."""
    found, offset = [], 0
    with tarfile.open(archive) as package:
        for member in members:
            manifest = package.extractfile(member.replace(".bin", "-weights_manifest.json"))
            assert manifest is not None  # noqa: S101 - the archive's checksum is known
            (group,) = json.load(manifest)
            for tensor in group["weights"]:
                width = 1 if "quantization" in tensor else 4
                tensor |= {"offset": offset, "length": width * int(np.prod(tensor["shape"]))}
                offset += tensor["length"]
            found.append(group["weights"])
    return found


class Graph:
    """A graph under construction; each method appends nodes and returns the name of what they give."""

    def __init__(self, tensors: Sequence[dict[str, Any]]) -> None:
        self._tensors = {one["name"]: one for one in tensors}
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._read: dict[str, str] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._tensors

    def model(self, name: str, size: tuple[int | str, ...], output: str, shape: Sequence[int | str]) -> onnx.ModelProto:
        """`photo` (n, height, width, 3) uint8 RGB, of that size → `output` of that shape, float32."""
        photo = helper.make_tensor_value_info("photo", TensorProto.UINT8, ["n", *size, 3])
        result = helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)
        graph = helper.make_graph(self._nodes, name, [photo], [result], self._constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        model.doc_string = "After @vladmandic/face-api 1.7.15, MIT, Vladimir Mandic and Vincent Mühler."
        return model

    def node(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """A node of a kind, with its inputs."""
        output = output or f"{kind}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def constant(self, value: Any, kind: type = np.float32) -> str:
        """A number or several that the graph itself holds."""
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.asarray(value, kind), name))
        return name

    def weight(self, name: str, *order: int) -> str:
        """A tensor of the package in single precision, its axes in another order if one is given."""
        if name in self._read:
            return self._read[name]
        tensor = self._tensors[name]
        quantization = tensor.get("quantization")
        stored = TensorProto(name=name, dims=tensor["shape"], data_location=TensorProto.EXTERNAL)
        stored.data_type = TensorProto.UINT8 if quantization else TensorProto.FLOAT
        for key, value in (("location", WEIGHTS), ("offset", tensor["offset"]), ("length", tensor["length"])):
            stored.external_data.add(key=key, value=str(value))
        self._constants.append(stored)
        flow = name
        if quantization:
            flow = self.node("Cast", flow, to=TensorProto.FLOAT)
            flow = self.node("Mul", flow, self.constant(quantization["scale"]))
            flow = self.node("Add", flow, self.constant(quantization["min"]))
        if order:
            flow = self.node("Transpose", flow, perm=order)
        self._read[name] = flow
        return flow

    def normalised(self, mean: Sequence[float]) -> str:
        """The photo's bytes less their mean, by 255, channels first."""
        flow = self.node("Cast", "photo", to=TensorProto.FLOAT)
        flow = self.node("Div", self.node("Sub", flow, self.constant(mean)), self.constant(255))
        return self.node("Transpose", flow, perm=[0, 3, 1, 2])

    def conv(self, flow: str, filters: str, bias: str = "", **attributes: Any) -> str:
        """A convolution whose filters (rows, columns, in, out) are those of that name."""
        weights = [self.weight(filters, 3, 2, 0, 1), *([self.weight(bias)] if bias else [])]
        return self.node("Conv", flow, *weights, **attributes)

    def separable(self, flow: str, prefix: str, **attributes: Any) -> str:
        """A depthwise convolution (rows, columns, channels, 1), and a pointwise one with a bias."""
        depthwise = f"{prefix}/depthwise_filter"
        channels = self._tensors[depthwise]["shape"][2]
        flow = self.node("Conv", flow, self.weight(depthwise, 2, 3, 0, 1), group=channels, **attributes)
        return self.conv(flow, f"{prefix}/pointwise_filter", f"{prefix}/bias")


def detector(graph: Graph) -> onnx.ModelProto:
    """Tiny YOLOv2 of separable convolutions → (n, 25, h/32, w/32): five anchors' x, y, w, h and score."""
    flow = graph.normalised(DETECTOR_MEAN)
    for index in range(6):
        if index:
            flow = graph.separable(flow, f"conv{index}", pads=[1, 1, 1, 1])
        else:
            flow = graph.conv(flow, "conv0/filters", "conv0/bias")
        flow = graph.node("LeakyRelu", flow, alpha=0.10000000149011612)
        strides = STRIDE_2 if index < 5 else [1, 1]
        flow = graph.node("MaxPool", flow, kernel_shape=[2, 2], strides=strides, auto_pad="SAME_UPPER")
    weights = graph.weight("conv8/filters", 3, 2, 0, 1), graph.weight("conv8/bias")
    graph.node("Conv", flow, *weights, output="boxes")
    return graph.model("faces-detector", ("h", "w"), "boxes", ["n", 25, "rows", "columns"])


def landmarks(graph: Graph) -> onnx.ModelProto:
    """Four dense blocks → (n, 136): 68 points, x and y in shares of the square."""
    flow = graph.normalised(MEAN)
    for block in range(4):
        prefix = f"dense{block}"
        same: dict[str, Any] = {"auto_pad": "SAME_UPPER"}
        if block:
            first = graph.separable(flow, f"{prefix}/conv0", strides=STRIDE_2, **same)
        else:
            first = graph.conv(flow, f"{prefix}/conv0/filters", f"{prefix}/conv0/bias", strides=STRIDE_2, **same)
        total = before = graph.node("Relu", first)
        for layer in (1, 2, 3):
            total = graph.node("Add", total, graph.separable(before, f"{prefix}/conv{layer}", **same))
            before = graph.node("Relu", total)
        flow = before
    flow = graph.node("AveragePool", flow, kernel_shape=[7, 7], strides=STRIDE_2)
    flow = graph.node("Flatten", graph.node("Transpose", flow, perm=[0, 2, 3, 1]))
    product = graph.node("MatMul", flow, graph.weight("fc/weights"))
    graph.node("Add", product, graph.weight("fc/bias"), output="points")
    return graph.model("faces-landmarks", (112, 112), "points", ["n", 136])


def embedding(graph: Graph) -> onnx.ModelProto:
    """Dlib's residual network of 29 convolutions → (n, 128); two of one person are less than 0.6 apart."""
    flow = _scaled(graph, graph.normalised(MEAN), "conv32_down", strides=STRIDE_2)
    flow = graph.node("MaxPool", graph.node("Relu", flow), kernel_shape=[3, 3], strides=STRIDE_2)
    side = 35
    for width, repeats in ((32, 3), (64, 3), (128, 2), (256, 2)):
        if width > 32:
            flow, side = _halved(graph, flow, f"conv{width}_down", side, widens=True)
        for repeat in range(1, repeats + 1):
            prefix = f"conv{width}_{repeat}"
            inner = graph.node("Relu", _scaled(graph, flow, f"{prefix}/conv1", pads=[1, 1, 1, 1]))
            flow = graph.node("Add", _scaled(graph, inner, f"{prefix}/conv2", pads=[1, 1, 1, 1]), flow)
            flow = graph.node("Relu", flow)
    flow, side = _halved(graph, flow, "conv256_down_out", side, widens=False)
    flow = graph.node("Flatten", graph.node("GlobalAveragePool", flow))
    graph.node("MatMul", flow, graph.weight("fc"), output="embedding")
    return graph.model("faces-embedding", (150, 150), "embedding", ["n", 128])


def _scaled(graph: Graph, flow: str, prefix: str, **attributes: Any) -> str:
    """A convolution, and a weight and a bias for each channel of it."""
    flow = graph.conv(flow, f"{prefix}/conv/filters", f"{prefix}/conv/bias", **attributes)
    shape = graph.constant([1, -1, 1, 1], np.int64)
    weights = graph.node("Reshape", graph.weight(f"{prefix}/scale/weights"), shape)
    biases = graph.node("Reshape", graph.weight(f"{prefix}/scale/biases"), shape)
    return graph.node("Add", graph.node("Mul", flow, weights), biases)


def _halved(graph: Graph, flow: str, prefix: str, side: int, *, widens: bool) -> tuple[str, int]:
    """A residual block at half the resolution, with zeros where a side or the channels fall short; and its side."""
    inner = graph.node("Relu", _scaled(graph, flow, f"{prefix}/conv1", strides=STRIDE_2))
    inner = _scaled(graph, inner, f"{prefix}/conv2", pads=[1, 1, 1, 1])
    pooled = graph.node("AveragePool", flow, kernel_shape=[2, 2], strides=STRIDE_2)
    short = side // 2 - ((side - 3) // 2 + 1)
    if short:
        inner = graph.node("Pad", inner, graph.constant([0, 0, 0, 0, 0, 0, short, short], np.int64))
    if widens:
        pooled = graph.node("Concat", pooled, graph.node("Sub", pooled, pooled), axis=1)
    return graph.node("Relu", graph.node("Add", pooled, inner)), side // 2


if __name__ == "__main__":
    main()
