"""Where no Spark answers, a reproduction is not lost: it says that it did not look at Delta."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lakeloop.config import load_target, load_use_case
from lakeloop_stack.machine.ports import free_ports
from lakeloop_stack.reproduction.delta import delta_lines


@pytest.mark.parametrize(
    ("remote", "said"),
    [
        ("", "SPARK_REMOTE names no Spark"),
        ("sc://127.0.0.1:{port}/;token=x", "no Spark answers at 127.0.0.1:{port}"),
    ],
)
def test_a_spark_that_is_away_decides_nothing(tmp_path: Path, remote: str, said: str) -> None:
    port, version = free_ports(1)[0], SimpleNamespace(json=lambda name: {})
    there: Any = {"SPARK_REMOTE": remote.format(port=port)}

    [line] = delta_lines(load_target("local"), load_use_case("churn"), version, tmp_path, there)  # type: ignore[arg-type]

    assert line.same is None
    assert f"not looked at: {said.format(port=port)}" in line.now
