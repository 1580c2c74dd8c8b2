"""The Spark session of a task is given up once nothing runs in it any more."""

from collections.abc import Iterator
from concurrent import futures
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
from pyspark.sql.connect.proto import base_pb2 as pb
from pyspark.sql.connect.proto.base_pb2_grpc import (
    SparkConnectServiceServicer,
    add_SparkConnectServiceServicer_to_server,
)

from localbricks.jobs.process.spark_session import (
    SparkStillRunsError,
    end_session,
    new_session_id,
    session_url,
    sessions_below,
)
from localbricks.notebooks.session import end_own_session

Status = pb.GetStatusResponse.OperationStatus


@dataclass
class Server(SparkConnectServiceServicer):
    """A server with one session; its one statement goes on for some calls after it was interrupted."""

    running: int = 0
    known: bool = True
    calls: list[str] = field(default_factory=list)
    remote: str = ""

    def GetStatus(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.calls.append("GetStatus")
        if not self.known:
            context.abort(
                grpc.StatusCode.INTERNAL, "[INVALID_HANDLE.SESSION_NOT_FOUND] The handle is invalid."
            )
        state = Status.OPERATION_STATE_RUNNING if self.running else Status.OPERATION_STATE_TERMINATING
        if "Interrupt" in self.calls and self.running:
            self.running -= 1
        return pb.GetStatusResponse(operation_statuses=[Status(operation_id="o", state=state)])

    def Interrupt(self, request: Any, context: Any) -> Any:  # noqa: N802
        assert request.interrupt_type == pb.InterruptRequest.INTERRUPT_TYPE_ALL
        self.calls.append("Interrupt")
        return pb.InterruptResponse()

    def ReleaseSession(self, request: Any, context: Any) -> Any:  # noqa: N802
        assert (request.session_id, request.user_context.user_id) == ("s", "localbricks")
        self.calls.append("ReleaseSession")
        return pb.ReleaseSessionResponse()


@pytest.fixture
def server() -> Iterator[Server]:
    service = Server()
    running = grpc.server(futures.ThreadPoolExecutor(2))
    add_SparkConnectServiceServicer_to_server(service, running)
    service.remote = f"sc://127.0.0.1:{running.add_insecure_port('127.0.0.1:0')}"
    running.start()
    yield service
    running.stop(None)


def test_a_session_without_work_is_released(server: Server) -> None:
    end_session(server.remote, "s", 5)
    assert server.calls == ["GetStatus", "ReleaseSession"]


def test_a_statement_that_runs_is_interrupted_and_waited_for(server: Server) -> None:
    server.running = 3
    end_session(server.remote, "s", 5)
    assert server.calls == [
        "GetStatus",
        "Interrupt",
        "GetStatus",
        "GetStatus",
        "GetStatus",
        "GetStatus",
        "ReleaseSession",
    ]


def test_a_statement_that_does_not_end_is_told(server: Server) -> None:
    server.running = 10_000
    with pytest.raises(SparkStillRunsError, match="a statement of its Spark session s does not end"):
        end_session(server.remote, "s", 0.2)
    assert server.calls[-1] == "ReleaseSession", "nothing new may begin in it"


def test_a_session_that_was_never_opened_needs_nothing(server: Server) -> None:
    server.known = False
    end_session(server.remote, "s", 5)
    assert server.calls == ["GetStatus"]


def test_without_a_server_there_is_nothing_to_end() -> None:
    end_session("sc://127.0.0.1:1", "s", 5)


def test_a_notebook_that_another_one_ran_ends_its_own_session(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    end_own_session(tmp_path)
    assert server.calls == [], "the session of a task is ended with the task"
    monkeypatch.setenv("SPARK_REMOTE", session_url(server.remote, "s"))
    (tmp_path / "session_id").write_text("s")
    server.running = 2
    end_own_session(tmp_path)
    assert server.calls[-1] == "ReleaseSession"
    assert list(tmp_path.iterdir()) == []


def test_one_that_cannot_is_left_to_the_task(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPARK_REMOTE", session_url(server.remote, "s"))
    monkeypatch.setattr("localbricks.notebooks.session.SECONDS", 0.2)
    child = tmp_path / "notebook_runs" / "a" / "notebook_runs" / "b"
    child.mkdir(parents=True)
    (child / "session_id").write_text("s")
    server.running = 10_000
    end_own_session(child)
    assert "Its work on Spark may go on" in capsys.readouterr().err
    assert sessions_below(tmp_path) == ["s"]


def test_clients_are_told_their_session_by_the_address_of_the_server() -> None:
    first, second = new_session_id(), new_session_id()
    assert first != second
    assert session_url("sc://127.0.0.1:15002", first) == (
        f"sc://127.0.0.1:15002/;user_id=localbricks;session_id={first}"
    )
