"""Small graphs in the layouts of the exports that the `standard` preset runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

SIDE = 64  # of the detector's sheet: four cells of 32 pixels, each an anchor
_OPSET = [helper.make_opsetid("", 17)]


def _saved(path: Path, nodes: Sequence[Any], inputs: Any, outputs: Any, constants: dict[str, Any]) -> Path:
    graph = helper.make_graph(
        nodes,
        "tiny",
        inputs,
        outputs,
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=_OPSET, ir_version=10), path)
    return path


def _float(name: str, *shape: int | str) -> Any:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def world_graph(path: Path) -> Path:
    """images, txt_feats → output0: a word scores where a cell's mean colour is its first three numbers."""
    centres = [(16, 16), (48, 16), (16, 48), (48, 48)]
    boxes = np.array([[x, y, 32, 32] for x, y in centres], np.float32).T[None]
    nodes = [
        helper.make_node("AveragePool", ["images"], ["cells"], kernel_shape=[32, 32], strides=[32, 32]),
        helper.make_node("Reshape", ["cells", "flat"], ["colours"]),
        helper.make_node("Slice", ["txt_feats", "from", "to", "axis"], ["words"]),
        helper.make_node("MatMul", ["words", "colours"], ["scores"]),
        helper.make_node("Concat", ["boxes", "scores"], ["output0"], axis=1),
    ]
    constants = {
        "flat": np.array([1, 3, 4]),
        "from": np.array([0]),
        "to": np.array([3]),
        "axis": np.array([2]),
        "boxes": boxes,
    }
    inputs = [_float("images", 1, 3, SIDE, SIDE), _float("txt_feats", 1, "words", 512)]
    return _saved(path, nodes, inputs, [_float("output0", 1, "rows", 4)], constants)


def colour_words(words: Sequence[str]) -> NDArray[np.float32]:
    """A CLIP that knows three words: red, green and blue."""
    rows = np.zeros((len(words), 512), np.float32)
    for row, word in zip(rows, words, strict=True):
        row[{"red": 0, "green": 1, "blue": 2}.get(word, 511)] = 1
    return rows


def tokens_graph(path: Path, output: str = "last_hidden_state") -> Path:
    """pixel_values (n, 3, 224, 224) → tokens (n, 4, 3): the mean colour of each quarter."""
    nodes = [
        helper.make_node("AveragePool", ["pixel_values"], ["cells"], kernel_shape=[112, 112], strides=[112, 112]),
        helper.make_node("Reshape", ["cells", "flat"], ["rows"]),
        helper.make_node("Transpose", ["rows"], [output], perm=[0, 2, 1]),
    ]
    inputs, outputs = [_float("pixel_values", "n", 3, 224, 224)], [_float(output, "n", 4, 3)]
    return _saved(path, nodes, inputs, outputs, {"flat": np.array([0, 3, 4])})


def embeds_graph(path: Path) -> Path:
    """pixel_values (n, 3, 224, 224) → image_embeds (n, 3): the mean colour."""
    nodes = [
        helper.make_node("GlobalAveragePool", ["pixel_values"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["image_embeds"]),
    ]
    inputs, outputs = [_float("pixel_values", "n", 3, 224, 224)], [_float("image_embeds", "n", 3)]
    return _saved(path, nodes, inputs, outputs, {})


def texts_graph(path: Path, vocabulary: int) -> Path:
    """input_ids (n, 77) → text_embeds (n, 8): the mean of the tokens' rows of a table."""
    table = np.random.default_rng(0).standard_normal((vocabulary, 8)).astype(np.float32)
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
        helper.make_node("ReduceMean", ["rows"], ["text_embeds"], axes=[1], keepdims=0),
    ]
    inputs = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["n", 77])]
    return _saved(path, nodes, inputs, [_float("text_embeds", "n", 8)], {"table": table})
