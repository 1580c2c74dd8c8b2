"""What each target is made of."""

from dataclasses import dataclass, field

from oipscorer.conversion.graphs import graph_of
from oipscorer.errors import UnusableModelError

from ..errors import ExportError
from ..version import Version
from .c_code import c_files
from .int8_graph import int8_graph
from .quantised import quantise
from .trees import trees_of

ONNX, ONNX_INT8, C = "onnx", "onnx-int8", "c"
TARGETS = (ONNX, ONNX_INT8, C)


@dataclass(frozen=True)
class Made:
    """Files by name, of which `file` is the model; `facts` are told in the report."""

    file: str
    files: dict[str, bytes]
    facts: dict[str, int] = field(default_factory=dict)


def made(version: Version, target: str) -> Made:
    """The files of a target. Raises ExportError."""
    if target == C:
        return Made("model.c", c_files(version.booster, version.rounds))
    if target == ONNX_INT8:
        return _int8(version)
    if target != ONNX:
        raise ExportError(f"{target!r} is no target, expected one of {', '.join(TARGETS)}")
    try:
        return Made("model.onnx", {"model.onnx": graph_of(version.booster, version.rounds)})
    except UnusableModelError as error:
        raise ExportError(str(error)) from None


def _int8(version: Version) -> Made:
    quantised = quantise(trees_of(version.booster, version.rounds))
    facts = {"edges": int((quantised.edges == quantised.edges).sum()), "merged_thresholds": quantised.merged}
    return Made("model.onnx", {"model.onnx": int8_graph(quantised)}, facts)
