"""The highest memory of the stack while the loop runs."""

import os
import subprocess
import sys
import time

from include.stack.loop_memory import PeakMemory, total_pss_mb

HOLD = "import sys; kept = b'x' * (200 << 20); print('held', flush=True); sys.stdin.read()"


def test_a_peak_between_two_long_looks_is_seen() -> None:
    child = subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout
    pids = [os.getpid()]
    with PeakMemory(lambda: pids, every_seconds=0.01) as memory:
        _until(lambda: memory.peak_mb > 0)
        alone = memory.peak_mb
        assert child.stdout.readline() == b"held\n"
        pids.append(child.pid)
        _until(lambda: memory.peak_mb > alone + 190)
        child.communicate()
        pids.remove(child.pid)
    assert memory.peak_mb > total_pss_mb([os.getpid()]) + 190


def test_a_process_that_ended_counts_nothing() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    with PeakMemory(lambda: [child.pid], every_seconds=0.01) as memory:
        pass
    assert memory.peak_mb == total_pss_mb([child.pid]) == 0


def _until(holds) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)
