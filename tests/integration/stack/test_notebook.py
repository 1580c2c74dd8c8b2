"""The kernel of `lakeloop notebook` has what a notebook task has: Spark, dbutils, display, %sql."""

from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from lakeloop_stack.cli.notebook import prepare

CELLS = {
    "spark.range(3).count()": "3",
    "dbutils.widgets.text('use_case', ''); dbutils.widgets.get('use_case')": "'demand'",
    "%sql\nSELECT 6 * 7 AS answer": None,
    "_sqldf.collect()[0]['answer']": "42",
    "from lakeloop.lifecycle.session import spark_session; spark_session('dev').catalog.currentCatalog()": "'dev'",
}


def test_a_real_kernel_runs_cells_against_the_stack(stack: dict[str, str], tmp_path: Path) -> None:
    notebook = prepare(tmp_path / "notebooks", "train", "demand", {}, tmp_path / "workspace")
    specs = KernelSpecManager(kernel_dirs=[str(notebook.parent / "share" / "kernels")])
    manager = KernelManager(kernel_name="databricks", kernel_spec_manager=specs)
    variables = {name: value for name, value in stack.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    manager.start_kernel(env=variables, cwd=str(tmp_path))
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=120)
        for code, expected in CELLS.items():
            assert _run(client, code) == expected
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def _run(client: object, code: str) -> str | None:
    """What a cell's last expression is, as text. Fails with the cell's own error."""
    answers: list[str] = []

    def keep(message: dict) -> None:
        kind, content = message["msg_type"], message["content"]
        if kind == "error":
            pytest.fail("\n".join(content["traceback"]))
        if kind == "execute_result":
            answers.append(content["data"]["text/plain"])

    client.execute_interactive(code, timeout=120, output_hook=keep)  # type: ignore[attr-defined]
    return answers[0] if answers else None
