"""Quantised trees as an ONNX graph of ONNX's own operators, from one float32 matrix to one output ``predict``.

All trees walk down side by side: a step gathers each tree's node, its feature's bin and its threshold, and goes to the
left child or the one after it. Source: the strategy "TreeTraversal" of Nakandala et al. 2020, "A Tensor Compiler for
Unified Machine Learning Prediction Serving" (Hummingbird), section 4.1.
"""

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .quantised import NEVER, Quantised
from .trees import EXPONENTIAL, SIGMOID

INPUT, OUTPUT = "input", "predict"
OPSET, IR_VERSION = 17, 8
BYTE, SHORT = 255, 65_535


class Graph:
    """Nodes and constants as they are added."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, values: Any, dtype: Any = None) -> str:
        """Stores an array as its own kind."""
        self.constants.append(numpy_helper.from_array(np.asarray(values, dtype=dtype), name))
        return name

    def add(self, operator: str, name: str, *inputs: str, **attributes: Any) -> str:
        """The node's only output is called as the node."""
        self.nodes.append(helper.make_node(operator, list(inputs), [name], name=name, **attributes))
        return name

    def wide(self, name: str, values: np.ndarray, kind: int = TensorProto.INT64) -> str:
        """Stored in bytes, computed with in what ONNX Runtime's operators take; it widens them once, when it loads."""
        return self.add("Cast", f"{name}_wide", self.constant(name, values), to=kind)


def int8_graph(quantised: Quantised) -> bytes:
    """The serialized model."""
    graph = Graph()
    bins = _bins(graph, quantised)
    node = _walked(graph, quantised, bins)
    _answer(graph, quantised, node)
    return bytes(_model(graph, quantised.trees.features).SerializeToString())


def _bins(graph: Graph, quantised: Quantised) -> str:
    """[rows, 2 x features]: bins where a missing value is below all edges, then where it is above all."""
    column = graph.add("Unsqueeze", "column", INPUT, graph.constant("last", [2], np.int64))
    reached = graph.add("GreaterOrEqual", "reached", column, graph.constant("edges", quantised.edges))
    ones = graph.add("Cast", "ones", reached, to=TensorProto.INT32)
    left = graph.add("ReduceSum", "left_bins", ones, "last", keepdims=0)
    missing = graph.add("IsNaN", "missing", INPUT)
    right = graph.add("Where", "right_bins", missing, graph.constant("above", NEVER, np.int32), left)
    return graph.add("Concat", "bins", left, right, axis=1)


def _walked(graph: Graph, quantised: Quantised, bins: str) -> str:
    """[rows, trees]: the leaf of each."""
    trees = quantised.trees
    column = trees.feature + trees.features * trees.missing_right
    feature = graph.wide("feature", column.astype(_unsigned(2 * trees.features)))
    threshold = graph.wide("threshold", quantised.threshold, TensorProto.INT32)
    left = _left(graph, trees.left)
    node = _roots(graph, trees.roots)
    for level in range(trees.depth):
        chosen = graph.add("Gather", f"column_{level}", feature, node)
        value = graph.add("GatherElements", f"bin_{level}", bins, chosen, axis=1)
        limit = graph.add("Gather", f"limit_{level}", threshold, node)
        over = graph.add("GreaterOrEqual", f"over_{level}", value, limit)
        step = graph.add("Cast", f"step_{level}", over, to=TensorProto.INT64)
        node = graph.add("Add", f"node_{level}", graph.add("Gather", f"child_{level}", left, node), step)
    return node


def _left(graph: Graph, left: np.ndarray) -> str:
    """Stored as the distance, which is small; 0 for a leaf."""
    here = np.arange(len(left))
    distance = graph.wide("distance", (left - here).astype(_unsigned(int((left - here).max()) + 1)))
    limits = [
        graph.constant(name, value, np.int64)
        for name, value in (("zero", 0), ("nodes", len(left)), ("one", 1))
    ]
    return graph.add("Add", "left", distance, graph.add("Range", "here", *limits))


def _roots(graph: Graph, roots: np.ndarray) -> str:
    """[rows, trees]"""
    rows = graph.add("Shape", "rows", INPUT, start=0, end=1)
    shape = graph.add("Concat", "shape", rows, graph.constant("trees", [len(roots)], np.int64), axis=0)
    return graph.add("Expand", "node", graph.wide("roots", roots.astype(np.uint32)), shape)


def _answer(graph: Graph, quantised: Quantised, node: str) -> None:
    trees = quantised.trees
    steps = graph.add("Gather", "steps", graph.wide("leaf", quantised.leaf, TensorProto.FLOAT), node)
    worth = graph.add("Mul", "worth", steps, graph.constant("scale", quantised.scale))
    total = graph.add("ReduceSum", "total", worth, graph.constant("second", [1], np.int64), keepdims=0)
    raw = graph.add("Add", "raw", total, graph.constant("base", trees.base, np.float32))
    graph.add({SIGMOID: "Sigmoid", EXPONENTIAL: "Exp"}.get(trees.link, "Identity"), OUTPUT, raw)


def _model(graph: Graph, features: int) -> onnx.ModelProto:
    inputs = [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [None, features])]
    outputs = [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [None])]
    made = helper.make_graph(graph.nodes, "quantised_trees", inputs, outputs, graph.constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model, full_check=True)
    return model


def _unsigned(count: int) -> type[np.unsignedinteger]:
    """The smallest kind that tells `count` numbers from 0 apart."""
    return np.uint8 if count <= BYTE + 1 else np.uint16 if count <= SHORT + 1 else np.uint32
