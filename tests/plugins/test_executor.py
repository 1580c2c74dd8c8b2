"""The executor whose tasks start with their imports made."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FORKED = """
import sys
from airflow.executors import local_executor
from lakeloop_airflow.executor import IMPORTED_BY_TASKS, ReadyLocalExecutor

def tell(**_):
    print(sorted(set(IMPORTED_BY_TASKS) - set(sys.modules)), flush=True)

local_executor._run_worker = tell
executor = ReadyLocalExecutor(parallelism=1)
assert not set(IMPORTED_BY_TASKS) <= set(sys.modules)
executor.start()
for worker in executor.workers.values():
    worker.join()
"""


def test_its_workers_have_imported_what_tasks_import() -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "plugins")}
    command = [sys.executable, "-c", FORKED]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
