"""A call that hangs ends the process, with a status that asks to be started again; one that returns does not."""

import subprocess
import sys

import pytest

from eventscorer.kafka.watchdog import STALLED

CODE = """
import time
from eventscorer.kafka.watchdog import Watchdog
watchdog = Watchdog(0.5)
with watchdog.watching("a call"):
    time.sleep({inside})
time.sleep({after})
"""


@pytest.mark.parametrize(("inside", "after", "status"), [(60, 0, STALLED), (0, 1.5, 0)])
def test_only_a_call_that_hangs_ends_the_process(inside: float, after: float, status: int) -> None:
    code = CODE.format(inside=inside, after=after)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert done.returncode == status
    assert ("a call hangs for more than 0.5 s" in done.stderr) == (status == STALLED)
