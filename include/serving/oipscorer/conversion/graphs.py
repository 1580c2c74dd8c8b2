"""A booster as an ONNX graph from one float32 matrix to one output ``predict``, by onnxmltools."""

import onnx
import xgboost
from onnx import TensorProto, helper
from onnxmltools import convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType

from ..errors import UnusableModelError
from ..models.engines.booster import first_line
from ..models.engines.onnx import OUTPUT

INPUT = "input"
OPSET = 13


def graph_of(booster: xgboost.Booster, rounds: int) -> bytes:
    """The serialized model of the first `rounds` of a booster, all where it is 0.

    Raises UnusableModelError naming the objective where onnxmltools cannot convert it.
    """
    plain = booster[:rounds] if rounds else booster.copy()
    # by their names the converter looks for numbers, by their types it misses the thresholds of booleans
    plain.feature_names = plain.feature_types = None
    try:
        converted = convert_xgboost(
            plain, initial_types=[(INPUT, FloatTensorType([None, plain.num_features()]))]
        )
    except Exception as error:  # whatever it meets that it does not know: KeyError, RuntimeError, ...
        said = f"{type(error).__name__}: {first_line(error)}"
        raise UnusableModelError(f"onnxmltools cannot convert this booster ({said})") from None
    return bytes(_with_one_output(converted).SerializeToString())


def _with_one_output(model: onnx.ModelProto) -> onnx.ModelProto:
    """Probabilities [rows, 2] become the second, as XGBoost tells it; numbers [rows, 1] become [rows]."""
    graph = model.graph
    scores = next(one for one in graph.output if one.type.tensor_type.elem_type == TensorProto.FLOAT)
    width = scores.type.tensor_type.shape.dim[1].dim_value
    if width <= 2:
        column = helper.make_tensor("column", TensorProto.INT64, [], [width - 1])
        graph.initializer.append(column)
        graph.node.append(helper.make_node("Gather", [scores.name, "column"], [OUTPUT], axis=1))
    else:
        graph.node.append(helper.make_node("Identity", [scores.name], [OUTPUT]))
    shape = [None] if width <= 2 else [None, width]
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, shape))
    if all(one.domain for one in model.opset_import):  # a tree alone needs none of ONNX's own operators
        model.opset_import.append(helper.make_opsetid("", OPSET))
    onnx.checker.check_model(model)
    return model
