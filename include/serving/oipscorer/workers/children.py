"""Forks children of the parent, which is small and has no threads."""

import os
import signal
import sys
import traceback
from collections.abc import Callable

from ..state.folder import StateError

Work = Callable[[], None]


def forked(work: Work) -> int:
    """The process that does the work, in a group of its own, so that a terminal's Ctrl-C reaches the parent alone."""
    child = os.fork()
    if child:
        return child
    os.setpgid(0, 0)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    code = 1
    try:
        work()
        code = 0
    except (StateError, ValueError) as error:
        print(f"oipscorer: {error}", file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # the parent's own exit handlers are not the child's


def ending(status: int) -> str:
    """How a process ended, from what waitpid says of it."""
    code = os.waitstatus_to_exitcode(status)
    return f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
