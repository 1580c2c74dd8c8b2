"""A session of ONNX Runtime on one thread. Source: https://onnxruntime.ai/docs/api/python/api_summary.html

`InferenceSession.run` first compares the names of a feed with the model's, which was done here once: the session below
it, which it calls, is called directly.
"""

from collections.abc import Callable

import numpy as np
import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidArgument, InvalidGraph, InvalidProtobuf
from onnxruntime.capi.onnxruntime_pybind11_state import NotImplemented as NotImplementedByRuntime

from ...errors import UnusableModelError

OUTPUT = "predict"  # preferred where a model has several outputs of floats
FAILURES = (
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
    NotImplementedByRuntime,
    RuntimeError,
    ValueError,
)
_FLOATS = "tensor(float)"
_ERRORS_ONLY = 3


class OnnxScorer:
    """Scores float32 matrices; safe from several threads at once.

    Raises UnusableModelError where the graph is none that takes one float32 matrix of `features` columns, or gives
    no or several outputs of floats of which none is called ``predict``.
    """

    def __init__(self, model: bytes, features: int) -> None:
        self.session = _session(model)
        self._input = _input_name(self.session, features)
        self._outputs = [_output_name(self.session)]
        self._run: Callable[..., list[np.ndarray]] = self.session._sess.run

    def __call__(self, matrix: np.ndarray) -> np.ndarray:
        """Float32 [rows, features] to float32 [rows] or [rows, classes]; a single column is a score each."""
        (scores,) = self._run(self._outputs, {self._input: matrix}, None)
        return scores.reshape(-1) if scores.ndim == 2 and scores.shape[1] == 1 else scores


def _session(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except FAILURES as error:
        raise UnusableModelError(f"ONNX Runtime cannot read the model: {first_line(error)}") from None


def _input_name(session: onnxruntime.InferenceSession, features: int) -> str:
    inputs = session.get_inputs()
    fits = len(inputs) == 1 and inputs[0].type == _FLOATS and len(inputs[0].shape) == 2
    # a dimension that is no number is open
    if not fits or (isinstance(inputs[0].shape[1], int) and inputs[0].shape[1] != features):
        told = ", ".join(f"{one.name!r} {one.type} {one.shape}" for one in inputs)
        raise UnusableModelError(
            f"the ONNX model takes {told}, expected one {_FLOATS} of shape [rows, {features}] by the signature"
        )
    return str(inputs[0].name)


def _output_name(session: onnxruntime.InferenceSession) -> str:
    floats = [output.name for output in session.get_outputs() if output.type == _FLOATS]
    if len(floats) == 1:
        return str(floats[0])
    if OUTPUT in floats:
        return OUTPUT
    told = ", ".join(f"{output.name!r} {output.type}" for output in session.get_outputs())
    raise UnusableModelError(
        f"the ONNX model gives {told}, expected one {_FLOATS} or several of which one is called {OUTPUT!r}; "
        "convert a classifier of scikit-learn without ZipMap"
    )


def first_line(error: Exception) -> str:
    """ONNX Runtime's messages may go on for lines."""
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
