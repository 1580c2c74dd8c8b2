"""The highest memory of the stack while the loop runs."""

import os
import subprocess
import sys

from lakeloop_stack.machine.memory import PeakMemory, total_pss_mb
from localbricks_testing.waiting import wait_until

HOLD = "import sys; kept = b'x' * (200 << 20); print('held', flush=True); sys.stdin.read()"


def test_a_peak_between_two_long_looks_is_seen() -> None:
    child = subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout
    pids = [os.getpid()]
    with PeakMemory(lambda: pids, every_seconds=0.01) as memory:
        wait_until(lambda: memory.peak_mb > 0, "the first look", seconds=5)
        alone = memory.peak_mb
        assert child.stdout.readline() == b"held\n"
        pids.append(child.pid)
        wait_until(lambda: memory.peak_mb > alone + 190, "a look at the child", seconds=5)
        child.communicate()
        pids.remove(child.pid)
    assert memory.peak_mb > total_pss_mb([os.getpid()]) + 190


def test_a_process_that_ended_counts_nothing() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    with PeakMemory(lambda: [child.pid], every_seconds=0.01) as memory:
        pass
    assert memory.peak_mb == total_pss_mb([child.pid]) == 0
