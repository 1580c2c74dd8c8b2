"""Commands that are clients of the stack say which one is missing, instead of talking to another."""

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lakeloop_stack.cli.local import use_the_stack
from lakeloop_stack.supervisor.readiness import StackError


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Where this home expects its MLflow and its workspace, and somebody else listens."""
    with ExitStack() as others:
        numbers = []
        for name in ("MLFLOW", "LOCALBRICKS"):
            other = others.enter_context(socket.create_server(("127.0.0.1", 0)))
            numbers.append(other.getsockname()[1])
            monkeypatch.setenv(f"LAKELOOP_{name}_PORT", str(numbers[-1]))
        yield numbers


def test_another_stack_on_the_same_ports_is_not_taken_for_this_one(home: Path, ports: list[int]) -> None:
    said = f"answers on the ports {ports[0]} and {ports[1]}, but it is not the stack in {home}"
    with pytest.raises(StackError, match=re.escape(said)):
        use_the_stack()
