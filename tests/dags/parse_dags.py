"""Parses the DAG files in a process of its own and prints what it saw as JSON.

An audit hook records what a DAG file must not do while it is parsed: connect, start a process, write a file.
"""

import json
import os
import sys
import time
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.plugins_manager import integrate_macros_plugins
from airflow.serialization.serialized_objects import DagSerialization
from airflow.utils.file import iter_airflow_imports

SIDE_EFFECTS = {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec", "os.fork"}


class SideEffects:
    """Collects forbidden audit events while it is armed; an audit hook cannot be removed again."""

    def __init__(self) -> None:
        self.armed = False
        self.seen: list[str] = []
        sys.addaudithook(self._record)

    def _record(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.armed and (event in SIDE_EFFECTS or (event == "open" and _writes(arguments))):
            self.seen.append(f"{event}{arguments!r}"[:200])


def _writes(arguments: tuple[Any, ...]) -> bool:
    path, _mode, flags = arguments  # open() and os.open() both give the flags
    if isinstance(path, int):  # a descriptor: whoever opened it was seen then
        return False
    # Python's own bytecode cache and the dbt adapter's event log go through open too
    harmless = str(path).endswith((".pyc", "/dev/null")) or ".pyc." in str(path)
    return bool(flags & (os.O_WRONLY | os.O_RDWR)) and not harmless


def _names(condition: Any) -> set[str]:
    """Names of the assets in a schedule's condition, which nests."""
    if hasattr(condition, "objects"):
        return {name for part in condition.objects for name in _names(part)}
    return {condition.name} if hasattr(condition, "name") else set()


def describe(dag: Any) -> dict[str, Any]:
    """What the tests want to know of a DAG."""
    return {
        "description": dag.description,
        "doc_md": dag.doc_md,
        "tags": sorted(dag.tags),
        "tasks": {
            task.task_id: {
                "class": type(task).__name__,
                "owner": task.owner,
                "retries": task.retries,
                "timeout": task.execution_timeout and task.execution_timeout.total_seconds(),
                "doc_md": task.doc_md,
                "deferrable": getattr(task, "deferrable", None),
                "upstream": sorted(task.upstream_task_ids),
                "outlets": sorted(asset.name for asset in task.outlets),
                "idempotency_token": getattr(task, "idempotency_token", None),
                "trigger_rule": str(getattr(task.trigger_rule, "value", task.trigger_rule)),
            }
            for task in dag.tasks
        },
        "waits_for": sorted(_names(getattr(dag.timetable, "asset_condition", None))),
    }


def parse(file: Path) -> dict[str, Any]:
    """What one file gives, and the CPU seconds it took: on a busy machine the clock says nothing about the file."""
    effects = SideEffects()
    effects.armed, begin = True, time.process_time()
    bag = DagBag(file)
    seconds, effects.armed = time.process_time() - begin, False
    for dag in bag.dags.values():
        DagSerialization.to_dict(dag)  # what the DAG processor does next; raises on what it cannot store
    dags = {dag.dag_id: describe(dag) for dag in bag.dags.values()}
    return {"dags": dags, "errors": bag.import_errors, "seconds": seconds, "side_effects": effects.seen}


def main(folder: Path) -> None:
    """Parse each file of the folder on its own, in a fork of this process with Airflow and its plugins loaded."""
    integrate_macros_plugins()
    files = sorted(folder.glob("*.py"))
    print(json.dumps({file.name: forked(file) for file in files}))


def forked(file: Path) -> dict[str, Any]:
    """As the DAG processor does it: Airflow's modules are imported before the fork, all else is cold."""
    for module in iter_airflow_imports(str(file)):
        import_module(module)
    with get_context("fork").Pool(1) as pool:
        return pool.apply(parse, (file,))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
