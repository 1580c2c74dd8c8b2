"""The launcher becomes the service: same pid, exactly the environment it was given."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lakeloop_stack.supervisor.conf import LAUNCHER


def test_it_becomes_the_service(tmp_path: Path) -> None:
    show = "import json, os; print(json.dumps([os.getpid(), os.getcwd(), os.environ.get('X'), 'HOME' in os.environ]))"
    hard = "a \"b\", %c $d\n'e'"
    service = {
        "command": [sys.executable, "-c", show],
        "cwd": str(tmp_path),
        "env": {"X": hard},
        "alone": False,
    }
    file = tmp_path / "service.json"
    file.write_text(json.dumps(service))
    with subprocess.Popen([sys.executable, LAUNCHER, file], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.read()) == [process.pid, str(tmp_path), hard, False]


@pytest.mark.parametrize(("alone", "left"), [(True, -9), (False, None)])
def test_what_a_killed_predecessor_left_is_ended_where_a_service_runs_alone(
    tmp_path: Path, alone: bool, left: int | None
) -> None:
    env = {"LAKELOOP_STACK": str(tmp_path), "LAKELOOP_SERVICE": "mlflow"}
    sleep = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
    with (
        subprocess.Popen(sleep, env=env, stdout=subprocess.PIPE) as worker,
        subprocess.Popen(sleep, env={**env, "LAKELOOP_SERVICE": "s3"}, stdout=subprocess.PIPE) as other,
    ):
        for process in (worker, other):
            assert process.stdout is not None
            process.stdout.readline()
        file = tmp_path / "service.json"
        service = {"command": ["true"], "cwd": str(tmp_path), "env": env, "alone": alone}
        file.write_text(json.dumps(service))
        subprocess.run([sys.executable, LAUNCHER, file], check=True)
        assert (worker.poll(), other.poll()) == (left, None)
        worker.kill()
        other.kill()
