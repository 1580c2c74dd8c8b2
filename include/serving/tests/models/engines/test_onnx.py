"""What is an ONNX model that can be served, and what is not; a folder as MLflow writes it."""

from pathlib import Path

import mlflow.onnx
import numpy as np
import onnx
import pytest
from mlflow.models import infer_signature
from onnx import TensorProto, helper

from oipscorer.errors import UnusableModelError
from oipscorer.models.engines.onnx import OnnxScorer
from oipscorer.models.loading import load_version
from oipscorer_testing.models import frame

ROWS = frame(5).astype("float64")


def model(
    width: int | str = 4, kind: int = TensorProto.FLOAT, outputs: tuple[str, ...] = ("sum",)
) -> onnx.ModelProto:
    """The sum of a row, once for each output."""
    nodes = [helper.make_node("ReduceSum", ["x", "axes"], [name], keepdims=0) for name in outputs]
    taken = [helper.make_tensor_value_info("x", kind, [None, width])]
    given = [helper.make_tensor_value_info(name, kind, [None]) for name in outputs]
    axes = helper.make_tensor("axes", TensorProto.INT64, [1], [1])
    graph = helper.make_graph(nodes, "sums", taken, given, [axes])
    return helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 18)])


def save(folder: Path, answers: list[float], made: onnx.ModelProto | None = None) -> Path:
    """As MLflow's flavor onnx writes it."""
    mlflow.onnx.save_model(
        made or model(),
        str(folder),
        signature=infer_signature(ROWS, np.array(answers)),
        input_example=ROWS,
        metadata={"example_answers": answers},
        pip_requirements=["onnxruntime"],
    )
    return folder


def test_a_folder_of_mlflows_flavor_onnx_is_verified_and_served(tmp_path: Path) -> None:
    sums = ROWS.to_numpy("float32").sum(axis=1)

    version = load_version("sums", "1", save(tmp_path / "model", sums.tolist()), missing=False)

    assert np.allclose(version.score(ROWS.to_numpy("float32")), sums)
    assert version.engine.platform == "onnxruntime_mlflow"
    assert version.engine.explain is None


def test_other_answers_than_the_recorded_are_refused(tmp_path: Path) -> None:
    folder = save(tmp_path / "model", (ROWS.to_numpy().sum(axis=1) + 0.01).tolist())

    with pytest.raises(
        UnusableModelError, match=r"the ONNX model's answers to its input example are up to 0\.01"
    ):
        load_version("sums", "1", folder, missing=False)


@pytest.mark.parametrize("cut", [0, 10, 100])
def test_a_cut_model_is_refused(tmp_path: Path, cut: int) -> None:
    folder = save(tmp_path / "model", ROWS.to_numpy().sum(axis=1).tolist())
    (folder / "model.onnx").write_bytes((folder / "model.onnx").read_bytes()[:cut])

    with pytest.raises(UnusableModelError, match="ONNX Runtime cannot read the model"):
        load_version("sums", "1", folder, missing=False)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (model(width=5), "expected one tensor(float) of shape [rows, 4] by the signature"),
        (model(kind=TensorProto.DOUBLE), "takes 'x' tensor(double) [None, 4], expected one tensor(float)"),
        (model(outputs=("a", "b")), "gives 'a' tensor(float), 'b' tensor(float), expected one tensor(float)"),
    ],
)
def test_a_graph_that_does_not_fit_is_refused(made: onnx.ModelProto, said: str) -> None:
    with pytest.raises(UnusableModelError) as error:
        OnnxScorer(made.SerializeToString(), 4)

    assert said in str(error.value)


def test_of_several_outputs_the_one_called_predict_is_served() -> None:
    scorer = OnnxScorer(model(width="n", outputs=("other", "predict")).SerializeToString(), 4)

    assert scorer(np.ones((2, 4), dtype=np.float32)).tolist() == [4, 4]
