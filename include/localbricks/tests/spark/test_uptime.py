"""Whoever listens on the port is asked when it was started."""

import socket

import psutil

from localbricks.spark import started_at

LOOPBACK = "127.0.0.1"


def test_the_process_that_listens_is_found() -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        found = started_at(server.getsockname()[1])
    assert found == round(psutil.Process().create_time() * 1000)


def test_nobody_listens() -> None:
    with socket.socket() as bound:
        bound.bind((LOOPBACK, 0))  # taken by nobody else meanwhile, and not listened on
        assert started_at(bound.getsockname()[1]) is None
