"""The launcher becomes the service: same pid, exactly the environment it was given."""

import json
import subprocess
import sys
from pathlib import Path

from include.stack.supervisor_conf import LAUNCHER


def test_it_becomes_the_service(tmp_path: Path) -> None:
    show = "import json, os; print(json.dumps([os.getpid(), os.getcwd(), os.environ.get('X'), 'HOME' in os.environ]))"
    hard = "a \"b\", %c $d\n'e'"
    service = {"command": [sys.executable, "-c", show], "cwd": str(tmp_path), "env": {"X": hard}}
    file = tmp_path / "service.json"
    file.write_text(json.dumps(service))
    with subprocess.Popen([sys.executable, LAUNCHER, file], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.read()) == [process.pid, str(tmp_path), hard, False]
