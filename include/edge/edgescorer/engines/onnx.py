"""ONNX Runtime on one thread."""

from collections.abc import Sequence

from ..errors import ModelError
from ..model import Model

ERRORS_ONLY = 3


class OnnxEngine:
    """Scores by ``model.onnx``: one float32 matrix [rows, features] in, float32 [rows] out."""

    def __init__(self, model: Model) -> None:
        try:
            import numpy
            import onnxruntime
        except ImportError as error:
            raise ModelError(f"{error}: a model in ONNX needs pip install numpy onnxruntime") from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = ERRORS_ONLY
        file = str(model.folder / model.file)
        self._session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        self._numpy = numpy

    def __call__(self, rows: Sequence[tuple[float, ...]]) -> list[float]:
        matrix = self._numpy.array(rows, dtype="float32")
        return list(map(float, self._session.run(None, {self._input: matrix})[0]))
