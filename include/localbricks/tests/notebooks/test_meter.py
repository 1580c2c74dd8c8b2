"""What the cells of a notebook may output, each and together."""

from typing import Any

import pytest

from localbricks.notebooks.meter import CELL_BYTES, NOTEBOOK_BYTES, OutputMeter


def stream(size: int) -> dict[str, Any]:
    return {"msg_type": "stream", "content": {"name": "stdout", "text": "x" * size}}


def test_a_cell_is_bounded_and_so_are_all_together() -> None:
    meter = OutputMeter()
    assert meter.takes(stream(CELL_BYTES - 100), cell=0)
    assert meter.takes(stream(CELL_BYTES - 100), cell=1)
    assert not meter.takes(stream(NOTEBOOK_BYTES - 2 * CELL_BYTES + 300), cell=2)
    assert meter.exceeded == (
        "The output of the notebook is too large: all cells together may output 20 MB; print less, or write a file"
    )


@pytest.mark.parametrize("kind", ["display_data", "error", "execute_result", "stream", "update_display_data"])
def test_every_kind_of_output_counts_and_none_is_taken_after_it(kind: str) -> None:
    meter = OutputMeter()
    assert not meter.takes({"msg_type": kind, "content": {"data": {"text/html": "é" * (CELL_BYTES // 2)}}}, 0)
    assert "a cell may output 8 MB" in str(meter.exceeded)
    assert not meter.takes(stream(1), cell=1)
    assert meter.takes({"msg_type": "status", "content": {"execution_state": "idle"}}, 1)
