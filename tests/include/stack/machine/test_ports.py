"""Taken ports are reported with their service and their owner."""

import os
import socket

import pytest

from lakeloop_stack.machine.ports import PortsTakenError, check_free, free_ports, is_free


def test_each_taken_port_is_reported_with_service_variable_and_owner() -> None:
    with socket.create_server(("127.0.0.1", 0)) as first, socket.create_server(("127.0.0.1", 0)) as second:
        taken = first.getsockname()[1], second.getsockname()[1]
        (free,) = free_ports(1)
        with pytest.raises(PortsTakenError) as caught:
            check_free({"s3_port": taken[0], "mlflow_port": free, "airflow_port": taken[1]})
    lines = str(caught.value).splitlines()
    assert [line.split(":")[0] for line in lines] == ["s3", "airflow"]
    assert str(taken[0]) in lines[0]
    assert f"(pid {os.getpid()})" in lines[0]
    assert "LAKELOOP_AIRFLOW_PORT=" in lines[1]


def test_free_ports_are_distinct_and_free() -> None:
    ports = free_ports(6)
    assert len(set(ports)) == 6
    assert all(is_free(port) for port in ports)
    check_free({f"{port}_port": port for port in ports})
