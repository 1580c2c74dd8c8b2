"""up, down and clean do not get into each other's way."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lakeloop_stack.machine.home import Home
from lakeloop_stack.machine.settings import read_settings
from lakeloop_stack.services.credentials import credentials
from lakeloop_stack.supervisor.clean import clean
from lakeloop_stack.supervisor.down import down
from lakeloop_stack.supervisor.lock import StackBusyError, changing

HOLD = """
import sys
from pathlib import Path
from lakeloop_stack.machine.home import Home
from lakeloop_stack.supervisor.lock import changing

with changing(Home(Path(sys.argv[1])), "lakeloop up"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def starting(home: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that is starting the stack of this home."""
    credentials(home)
    command = [sys.executable, "-c", HOLD, str(home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_down_does_not_stop_a_stack_that_is_being_started(
    home: Path, starting: "subprocess.Popen[str]"
) -> None:
    with pytest.raises(StackBusyError, match=rf"lakeloop up \(pid {starting.pid}\) is at work in {home}"):
        down(read_settings())


def test_clean_does_not_remove_it(home: Path, starting: "subprocess.Popen[str]") -> None:
    with pytest.raises(StackBusyError, match="end it first, then run lakeloop clean again"):
        clean(read_settings())
    assert (home / "secrets.json").exists()


def test_a_killed_holder_holds_nothing(home: Path, starting: "subprocess.Popen[str]") -> None:
    starting.kill()
    starting.wait()

    assert not down(read_settings()).was_up


def test_the_next_holder_names_itself(home: Path) -> None:
    with changing(Home(home), "lakeloop up, the longer name of the first"):
        pass
    busy = pytest.raises(StackBusyError, match=r"^second \(pid \d+\) is at work")
    with changing(Home(home), "second"), busy, changing(Home(home), "third"):
        pass


def test_down_of_a_home_that_is_not_there_makes_none(home: Path) -> None:
    home.rmdir()

    assert not down(read_settings()).was_up
    assert not home.exists()
