"""A model's folder as an export writes it, made by hand: its answers can be computed in a line."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).resolve().parents[2]  # holds the package
FEATURES = ("amount", "hour", "speed")  # speed may be missing
WEIGHTS = (0.5, -0.25, 2.0)
REFERENCE = {"edges": [1.0, 2.0], "counts": [10, 20, 30], "missing": 0, "lowest": 0.0, "highest": 9.0}
LIBRARY = """
#include <stddef.h>
const char *model_digest(void) { return MODEL_DIGEST; }
void score_rows(const float *rows, size_t count, float *scores) {
  for (size_t at = 0; at < count; ++at, rows += 3) {
    float speed = rows[2] != rows[2] ? 0 : rows[2];
    scores[at] = 0.5f * rows[0] - 0.25f * rows[1] + 2 * speed;
  }
}
"""


def make_model(folder: Path, target: str = "onnx", version: str = "7") -> Path:
    """Writes model and ``model.json``: a weighted sum in which a missing value counts as 0."""
    folder.mkdir(parents=True, exist_ok=True)
    file, content = ("model.c", LIBRARY.encode()) if target == "c" else ("model.onnx", graph())
    (folder / file).write_bytes(content)
    (folder / "model.json").write_text(json.dumps(description(file, content, target, version)))
    return folder


def description(file: str, content: bytes, target: str, version: str) -> dict[str, Any]:
    """What ``model.json`` says."""
    features = [{"name": name, "optional": name == "speed", "reference": REFERENCE} for name in FEATURES]
    return {
        "format": 1,
        "name": "payments",
        "version": version,
        "run": "a" * 32,
        "target": target,
        "file": file,
        "digest": hashlib.sha256(content).hexdigest(),
        "features": features,
        "score": REFERENCE,
    }


def graph() -> bytes:
    """The sum in ONNX."""
    constants = [
        numpy_helper.from_array(np.array(WEIGHTS, dtype=np.float32), "weights"),
        numpy_helper.from_array(np.array(0, dtype=np.float32), "zero"),
    ]
    nodes = [
        helper.make_node("IsNaN", ["input"], ["missing"]),
        helper.make_node("Where", ["missing", "zero", "input"], ["known"]),
        helper.make_node("MatMul", ["known", "weights"], ["predict"]),
    ]
    inputs = [helper.make_tensor_value_info("input", TensorProto.FLOAT, [None, len(WEIGHTS)])]
    outputs = [helper.make_tensor_value_info("predict", TensorProto.FLOAT, [None])]
    made = helper.make_graph(nodes, "sum", inputs, outputs, constants)
    opset = [helper.make_opsetid("", 17)]
    return bytes(helper.make_model(made, opset_imports=opset, ir_version=8).SerializeToString())


def rows(count: int, first: int = 0) -> list[dict[str, Any]]:
    """Rows with the key ``id``."""
    numbers = range(first, first + count)
    return [
        {"id": n, "amount": n % 7, "hour": n % 24, "speed": None if n % 5 == 0 else n % 3} for n in numbers
    ]


def expected(row: dict[str, Any]) -> float:
    """The score of a row."""
    return 0.5 * row["amount"] - 0.25 * row["hour"] + 2 * (row["speed"] or 0)


def write_rows(file: Path, content: Sequence[dict[str, Any]], mode: str = "w") -> Path:
    """As JSON lines."""
    with file.open(mode) as stream:
        stream.writelines(json.dumps(row) + "\n" for row in content)
    return file


def command(*arguments: str | Path) -> list[str]:
    """To be run in a process of its own."""
    return [sys.executable, "-m", "edgescorer", *map(str, arguments)]


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command line, run to its end."""
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command(*arguments), capture_output=True, text=True, env=variables)


def records(file: Path) -> list[dict[str, Any]]:
    """Of a file of JSON lines."""
    return [json.loads(line) for line in file.read_text().splitlines()]


def logged(log: Path) -> list[dict[str, Any]]:
    """The scores in all segments, closed and sent."""
    return [one for file in sorted(log.glob("*/scores/*.jsonl")) for one in records(file)]


def drift(log: Path) -> list[dict[str, Any]]:
    """The counters of all segments, closed and sent."""
    return [json.loads(file.read_text()) for file in sorted(log.glob("*/drift/*.json"))]
