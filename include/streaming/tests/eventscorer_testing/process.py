"""The scorer as a process, which can be killed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

PATHS = os.pathsep.join(path for path in sys.path if path)


class Scorer:
    """``python -m eventscorer``; its output goes to a file beside the configuration.

    Args:
        kill_at: a step at which it kills itself, see `killing`; none where empty.
    """

    def __init__(self, folder: Path, config: dict[str, Any], kill_at: str = "") -> None:
        file = folder / f"{config['topic']}.{config.get('instance', '0')}.json"
        file.write_text(json.dumps(config))
        self.log = file.with_suffix(".log")
        self._command = [sys.executable, "-m", "eventscorer", "--config", str(file)]
        if kill_at:
            self._command[2] = "eventscorer_testing.killing"
        self._environment = {**os.environ, "PYTHONPATH": PATHS, "KILL_AT": kill_at}
        self.process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen(self._command, stdout=log, stderr=log, env=self._environment)

    def kill(self) -> None:
        """SIGKILL."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def again(self) -> None:
        """A successor."""
        self.process = self._start()

    def revive(self) -> bool:
        """What a supervisor does: start a successor where the process has ended by itself, and say so."""
        if self.process.poll() is None:
            return False
        self.again()
        return True

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        self.process.terminate()
        return self.process.wait(60)
