"""``lakeloop notebook``: a notebook of the jobs in Jupyter, with what it finds as a task of the local workspace.

JupyterLab is no part of this project's environment: uv keeps it in one of its own, fetched when it is first used. The
kernel is this project's interpreter.
"""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import nbformat

from lakeloop.config import load_use_case
from localbricks.notebooks.jupyter import KERNEL, to_notebook

from ..machine.home import Home
from ..machine.settings import ROOT, StackSettings, running_settings
from ..services.credentials import credentials
from ..services.environment import LOCAL, client_environment
from .up import say

NOTEBOOKS = ROOT / "jobs" / "notebooks"
JUPYTER = "jupyterlab>=4.4,<5"
RUNTIME = ROOT / "include" / "localbricks" / "localbricks" / "runtime"
START = "from localbricks.notebooks.jupyter import start; start(globals()); del start"
# Jupyter's own file of settings: what is saved there goes back to the source.
SETTINGS = """import subprocess

def write_source(model, os_path, contents_manager, **_):
    source = {sources!r}.get(os_path)
    if source and model["type"] == "notebook":
        subprocess.run([{python!r}, "-m", "localbricks.notebooks.jupyter", os_path, source], check=True)

c.FileContentsManager.post_save_hook = write_source
"""


class NotebookToolError(RuntimeError):
    """The notebook cannot be opened; the message says what is missing."""


def known_notebooks() -> list[str]:
    """Names of the notebooks of the jobs."""
    return sorted(file.stem for file in NOTEBOOKS.glob("*.py"))


def prepare(folder: Path, name: str, use_case: str, parameters: Mapping[str, str], workspace: Path) -> Path:
    """Write to `folder` what Jupyter needs to open the notebook; returns the notebook for it.

    A notebook that was edited in Jupyter and saved is made anew from its source, which the save has written.
    Raises NotebookToolError for an unknown name.
    """
    if name not in known_notebooks():
        raise NotebookToolError(f"there is no notebook {name!r}; there are {', '.join(known_notebooks())}")
    source, notebook = NOTEBOOKS / f"{name}.py", folder / f"{name}.ipynb"
    run = folder / ".run" / name
    run.mkdir(parents=True, exist_ok=True)
    given = {"use_case": use_case, "target": LOCAL, **parameters}
    # no task_key: as outside of a job, task values are those that the notebook itself names for debugging
    task = {"task": {"notebook_task": {"notebook_path": f"/notebooks/{name}", "base_parameters": given}}}
    (run / "task.json").write_text(json.dumps(task), encoding="utf-8")
    nbformat.write(to_notebook(source.read_text(encoding="utf-8")), notebook)
    _write_kernel(folder, run, workspace)
    config = SETTINGS.format(sources={str(notebook): str(source)}, python=sys.executable)
    (folder / ".jupyter").mkdir(exist_ok=True)
    (folder / ".jupyter" / "jupyter_server_config.py").write_text(config, encoding="utf-8")
    return notebook


def _write_kernel(folder: Path, run: Path, workspace: Path) -> None:
    """Without secrets: those come with the environment that Jupyter is started in."""
    paths = [str(RUNTIME), *(str(ROOT / part) for part in ("include", "include/localbricks"))]
    spec = {
        "argv": [
            *(sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"),
            f"--IPKernelApp.exec_lines={START}",
        ],
        "display_name": KERNEL,
        "language": "python",
        "env": {
            "PYTHONPATH": os.pathsep.join(paths),
            "LOCALBRICKS_PYTHON": sys.executable,
            "LOCALBRICKS_RUN_FOLDER": str(run),
            "LOCALBRICKS_TASK_VALUES": str(run / "values"),
            "LOCALBRICKS_WORKSPACE": str(workspace),
        },
    }
    place = folder / "share" / "kernels" / KERNEL
    place.mkdir(parents=True, exist_ok=True)
    (place / "kernel.json").write_text(json.dumps(spec, indent=2), encoding="utf-8")


def environment(settings: StackSettings, folder: Path, token: str) -> dict[str, str]:
    """Of Jupyter and, through it, of the kernel: the stack's clients' variables, without what is another Python's."""
    known = {**os.environ, **client_environment(settings, credentials(settings.home))}
    kept = {name: value for name, value in known.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return kept | {
        "JUPYTER_PATH": str(folder / "share"),
        "JUPYTER_CONFIG_DIR": str(folder / ".jupyter"),
        "JUPYTER_TOKEN": token,  # not on the command line, which every user of the machine can read
    }


def open_notebook(name: str, use_case: str, parameters: Mapping[str, str], port: int) -> None:
    """Start JupyterLab on loopback and wait until it ends. Raises NotebookToolError."""
    settings = running_settings()
    home, load = Home(settings.home), load_use_case(use_case)
    folder, token = home.root / "notebooks", secrets.token_urlsafe(24)
    notebook = prepare(folder, name, load.name, parameters, home.localbricks / "workspace")
    variables = environment(settings, folder, token)
    require_jupyter(variables)
    say(f"http://127.0.0.1:{port}/lab/tree/{notebook.name}?token={token}")
    say(f"Saving writes jobs/notebooks/{name}.py. Ctrl-C ends it.")
    _run_until_it_ends([*tool(), *arguments(folder, port)], variables)


def _run_until_it_ends(command: list[str], variables: Mapping[str, str]) -> None:
    """Raises NotebookToolError when it ends by itself with an error, which it has printed."""
    code = subprocess.run(command, env=dict(variables), check=False).returncode
    if code > 0:
        raise NotebookToolError(f"JupyterLab ended with exit code {code}; what it printed above says why")


def require_jupyter(variables: Mapping[str, str], jupyter: str = JUPYTER) -> None:
    """Fetch JupyterLab unless uv has it. Raises NotebookToolError when it cannot be had."""
    done = subprocess.run([*tool(jupyter), "--version"], env=dict(variables), capture_output=True, text=True)
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["it said nothing"])[-1].strip()
        raise NotebookToolError(
            f"JupyterLab could not be fetched ({why}). uv gets {jupyter} from PyPI once; with a network, or with a "
            f"mirror in UV_INDEX_URL, try again. Or open {NOTEBOOKS} on Databricks: the files are notebooks there."
        )


def tool(jupyter: str = JUPYTER) -> list[str]:
    """The command line of JupyterLab in an environment of its own."""
    return [str(Path(sys.executable).with_name("uv")), "tool", "run", "--from", jupyter, "jupyter-lab"]


def arguments(folder: Path, port: int) -> list[str]:
    """Loopback only, no other kernel, no other port than the one that is printed."""
    return [
        "--no-browser",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={folder}",
        "--KernelSpecManager.ensure_native_kernel=False",
        # in a container often the only user; nobody gets in but from this machine and with the token
        *(["--allow-root"] if os.geteuid() == 0 else []),
    ]
