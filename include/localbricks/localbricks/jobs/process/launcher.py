"""Runs one command, and writes down how it ended, whether or not anybody still asks.

A script of its own, started with ``python -I -S launcher.py <run folder> <command...>`` in a new session. It waits
for the line "go" on stdin, so that the command never runs unless this process was recorded first. It outlives
the workspace; when the command ends it ends what the command left behind, then writes ``exit_code`` atomically.
"""

import contextlib
import ctypes
import os
import signal
import sys
import time

GRACE_SECONDS = 5.0
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    """Entry point; see the module's own text."""
    folder, command = sys.argv[1], sys.argv[2:]
    if sys.stdin.buffer.readline() != b"go\n":
        return
    # A handler, not SIG_IGN, which the command would inherit: a cancelled run still gets its exit code.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    code = wait_for(spawn(command))
    end_leftovers()
    write(folder, code)


def spawn(command: list[str]) -> int:
    """Start the command with an empty stdin; it dies when this process is killed."""
    child = os.fork()
    if child:
        return child
    try:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.execvp(command[0], command)
    except OSError as error:
        os.write(2, f"{command[0]} cannot be started: {error.strerror}\n".encode())
    finally:
        os._exit(127)


def wait_for(child: int) -> int:
    """Return the command's exit code (minus the signal's number when one ended it); reap orphans meanwhile."""
    while True:
        pid, status = os.wait()
        if pid == child:
            return os.waitstatus_to_exitcode(status)


def end_leftovers() -> None:
    """End processes that the command left behind: politely, then not."""
    deadline = time.monotonic() + GRACE_SECONDS
    asked: set[int] = set()
    while children := own_children():
        late = time.monotonic() > deadline
        for pid in children if late else set(children) - asked:
            send(pid, signal.SIGKILL if late else signal.SIGTERM)
        asked |= set(children)
        if not reap():
            time.sleep(0.02)


def own_children() -> list[int]:
    """Return the children of this process, orphans of the command among them."""
    found = []
    for entry in os.listdir("/proc") if os.path.isdir("/proc") else []:
        if entry.isdigit() and parent(entry) == os.getpid():
            found.append(int(entry))
    return found


def parent(pid: str) -> int:
    """Return the parent of a process, 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return int(stat.read().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def reap() -> bool:
    """Take the status of an ended child; False when none has ended."""
    try:
        return os.waitpid(-1, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return False


def send(pid: int, number: int) -> None:
    """Send a signal to a process that may have gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def write(folder: str, code: int) -> None:
    """Write the exit code in one step, so that a reader sees all of it or nothing."""
    draft = os.path.join(folder, ".exit_code")
    with open(draft, "w") as file:
        file.write(str(code))
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, os.path.join(folder, "exit_code"))


def prctl(option: int, value: int) -> None:
    """Linux only; elsewhere an orphan may outlive its task."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    main()
