"""A booster of the size of `fraud`'s as each target: what `lakeloop export` shows at its end.

PYTHONPATH=.:include:include/stack:include/serving:include/edge .venv/bin/python -m tests.benchmarks.bench_edge
"""

import tempfile
from pathlib import Path

import numpy as np

from lakeloop_stack.cli.export import show
from lakeloop_stack.edge.export import export
from lakeloop_stack.edge.targets import TARGETS
from lakeloop_stack.edge.version import version_in
from tests.benchmarks.bench_batch_scoring import FEATURES, logged

TREES, DEPTH, ROWS = 300, 5, 20_000


def main() -> None:
    """Prints a table for each target."""
    random = np.random.default_rng(7)
    rows = random.normal(size=(ROWS, len(FEATURES)))
    rows[random.random(rows.shape) < 0.05] = np.nan
    with tempfile.TemporaryDirectory() as place:
        folder = logged(Path(place) / "model", TREES, DEPTH)
        version = version_in(folder, "payments", "1", "run")
        for target in TARGETS:
            show(Path(target), export(version, target, rows, Path(place) / target))


if __name__ == "__main__":
    main()
