"""The command says what is wrong with it, and serves otherwise."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from oipscorer_testing.server import ROOT, Server


def said(*arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "oipscorer", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr


def test_a_port_that_is_taken_is_named(server: Server) -> None:
    port = server.address.rpartition(":")[2]

    assert said("--port", port) == (
        2,
        f"oipscorer: cannot listen on 127.0.0.1:{port}: Address already in use; choose another --port\n",
    )


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--model", "churn=/no/where@3"], "there is no folder /no/where, expected one that MLflow wrote"),
        (["--model", "/no/where"], "expected NAME=FOLDER or NAME=FOLDER@VERSION"),
        (["--model", "a/b=/tmp"], "a name matches"),
        (["--model", "churn=/", "--model", "churn=/@1"], "version 1 of 'churn' comes twice"),
        (["--root", "/no/where"], "there is no folder /no/where"),
        (["--max-requests", "0"], "0, expected 1 or more"),
    ],
)
def test_an_option_that_is_wrong_is_named(arguments: list[str], error: str) -> None:
    code, stderr = said("--port", "0", *arguments)

    assert code == 2
    assert error in stderr
    assert "Traceback" not in stderr


def test_a_folder_may_have_the_sign_of_versions_in_its_name(
    start: Callable[..., Server], folders: Path, tmp_path: Path
) -> None:
    place = tmp_path / "a@b" / "model"
    place.parent.mkdir()
    place.symlink_to(folders / "churn-1")

    server = start("--model", f"churn={place}", "--model", f"churn={place}@2.1-rc")

    assert server.index() == {("churn", "1"): ("READY", ""), ("churn", "2.1-rc"): ("READY", "")}


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_without_a_trace(start: Callable[..., Server], folders: Path, sign: int) -> None:
    server = start("--model", f"churn={folders}/churn-1", "--drain-seconds", "0")
    server.process.send_signal(sign)
    assert server.process.wait(timeout=30) == 0

    code, stderr = server.close()

    assert code == 0
    assert "Traceback" not in stderr
