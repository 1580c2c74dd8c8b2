"""Notebooks run in a real kernel, without Spark."""

import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import psutil

if TYPE_CHECKING:
    from tests.include.localbricks.notebooks.conftest import Bench

PATIENCE_SECONDS = 60


def wait_until(condition: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited {PATIENCE_SECONDS} s in vain for {what}")


def test_a_notebook_runs_to_its_exit(bench: "Bench") -> None:
    (bench.workspace / "Shared" / "beside.py").write_text("WORD = 'imported'\n")
    bench.save("lib", "def greet(): return 'hello ' + dbutils.widgets.get('who')")
    bench.save(
        "n",
        "# MAGIC %md\n# MAGIC ## A <b>heading</b>",
        "# DBTITLE 1,Parameters\ndbutils.widgets.text('day', 'monday')\nprint('day', dbutils.widgets.get('day'))",
        '# MAGIC %run ./lib $who="world"',
        "import os, beside\nprint(greet(), beside.WORD, os.path.basename(os.getcwd()), __name__)",
        "import pandas as pd\ndisplay(pd.DataFrame({'n': [1, None], 's': ['<i>', 'b']}))\n'last value'",
        "displayHTML('<b id=own>bold</b>')",
        "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\ndisplay(figure)",
        "dbutils.jobs.taskValues.set('rows', 7)\ndbutils.notebook.exit({'a': 1})",
        "print('never')",
    )
    code, printed, result = bench.run("n", day="friday")
    assert (code, result) == (
        0,
        {"result": "{'a': 1}", "truncated": False, "error": None, "error_trace": None},
    )
    assert printed == "day friday\nhello world imported Shared __main__\n"
    assert (bench.values / "n.json").read_text() == '{"rows": 7}'
    page = bench.page
    for text in (
        "<h2>A <b>heading</b></h2>",
        "Parameters",
        "from /Shared/lib",
        "<td>&lt;i&gt;</td>",
        "null</td>",
    ):
        assert text in page
    for text in ("last value", "<b id=own>bold</b>", "Notebook exited: <b>{&#x27;a&#x27;: 1}</b>", "not run"):
        assert text in page
    assert page.count("data:image/png;base64") == 1, "a figure is shown once"
    nbformat.validate(nbformat.read(str(bench.run_folder / "notebook.ipynb"), as_version=4))
    assert bench.cells()[-1]["source"] == ["print('never')"]
    assert bench.cells()[-1]["outputs"] == []


def test_an_exception_fails_with_its_message_and_a_clean_trace(bench: "Bench") -> None:
    bench.save("n", "def f(x):\n    return 1 / x", "print('before')\nf(0)", "print('never')")
    code, printed, result = bench.run("n")
    assert code == 1
    assert result["error"] == "ZeroDivisionError: division by zero"
    trace = result["error_trace"]
    assert trace.startswith("Traceback (most recent call last):")
    assert trace.endswith("ZeroDivisionError: division by zero")
    assert "return 1 / x" in trace
    assert "\x1b" not in trace
    assert printed.startswith("before\nTraceback")
    assert "never" not in printed
    assert "Cell 2: ZeroDivisionError: division by zero" in bench.page


def test_secrets_are_hidden_everywhere(bench: "Bench") -> None:
    bench.save(
        "n",
        "secret = dbutils.secrets.get('db', 'password')\nprint(secret, secret[::-1])",
        "import sys\nfor letter in secret:\n    sys.stdout.write(letter); sys.stdout.flush()",
        "displayHTML('<p>' + secret + '</p>')\nsecret",
        "dbutils.notebook.exit('it is ' + secret)",
    )
    code, printed, result = bench.run("n", word="open sesame")
    assert (code, result["result"]) == (0, "it is [REDACTED]")
    assert "emases nepo" in printed, "the notebook itself has the secret"
    for file in bench.run_folder.iterdir():
        if file.name != "task.json":
            assert "open sesame" not in file.read_text(), file.name
    assert "open sesame" not in printed


def test_a_kernel_that_is_killed_ends_the_notebook_with_the_reason(bench: "Bench") -> None:
    bench.save("n", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "print('never')")
    code, printed, result = bench.run("n")
    expected = "The notebook's Python process ended: signal SIGKILL, perhaps because memory ran out while it ran cell 1"
    assert (code, result["error"]) == (1, expected)
    assert expected in printed
    assert expected in bench.page.replace("&#39;", "'")


def test_sigterm_ends_the_kernel_and_what_it_started(bench: "Bench", tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    bench.save(
        "n",
        "import os, pathlib, subprocess, time\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        f"pathlib.Path({str(pids)!r}).write_text(f'{{os.getpid()}} {{child.pid}} ')\n"
        "time.sleep(600)",
    )
    process = bench.start("n")
    kernel, child = map(int, wait_until(lambda: pids.exists() and pids.read_text(), "the kernel").split())
    assert "running" in bench.page
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    assert bench.result()["error"] == "The notebook was stopped from outside."
    wait_until(
        lambda: not psutil.pid_exists(kernel) and not psutil.pid_exists(child), "the end of the kernel"
    )


def test_the_page_and_the_log_follow_a_running_cell(bench: "Bench", tmp_path: Path) -> None:
    go = tmp_path / "go"
    bench.save(
        "n",
        "print('first cell')",
        f"import pathlib, time\nprint('second ' + 'cell', flush=True)\nwhile not pathlib.Path({str(go)!r}).exists():\n"
        "    print('.', end='', flush=True); time.sleep(0.1)",
    )
    process = bench.start("n")
    assert process.stdout is not None
    assert [process.stdout.readline(), process.stdout.readline()] == ["first cell\n", "second cell\n"]
    wait_until(lambda: "second cell" in bench.page, "the output of the running cell on the page")
    assert "running" in bench.page
    go.touch()
    process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0


def test_other_magics_work_or_are_refused_by_name(bench: "Bench") -> None:
    bench.save(
        "n",
        "# MAGIC %sh\n# MAGIC echo from the shell; exit 3",
        "# MAGIC %pip install pandas>=1 nbclient",
        "dbutils.fs.put('/Workspace/Shared/a.txt', 'x')",
        "# MAGIC %fs ls /Workspace/Shared",
        "%nonsense 1",
    )
    code, printed, result = bench.run("n")
    assert code == 1
    assert result["error"] == "UsageError: Line magic function `%nonsense` not found."
    assert "from the shell\n" in printed
    assert "exit code 3" in printed
    assert "Requirement already satisfied: pandas>=1" in printed
    assert "/Workspace/Shared/a.txt" in bench.page


def test_a_package_that_is_not_installed_is_refused_by_name(bench: "Bench") -> None:
    bench.save("n", "# MAGIC %pip install acme-nowhere==1", "print('never')")
    code, _, result = bench.run("n")
    expected = "RuntimeError: %pip install acme-nowhere==1: it is not installed"
    assert (code, result["error"].startswith(expected)) == (1, True), result["error"]


def test_a_notebook_that_cannot_be_run_says_so_before_it_starts_a_kernel(bench: "Bench") -> None:
    bench.save("n", "print('never')", "# MAGIC %scala\n# MAGIC println(1)")
    code, printed, result = bench.run("n")
    expected = "/Workspace/Shared/n, cell 2: %scala: Scala cells are not supported by the local workspace"
    assert (code, result["error"], printed) == (1, expected, f"{expected}\n")
    assert expected in bench.page


def test_the_kernel_imports_the_notebooks_own_packages(bench: "Bench") -> None:
    """A deployed package called `include` must not be hidden by the one that runs notebooks."""
    package = bench.workspace / "Shared" / "include"
    package.mkdir()
    (package / "__init__.py").write_text("WHERE = 'deployed'\n")
    bench.save("n", "import include\nprint(include.WHERE)")
    code, printed, _ = bench.run("n")
    assert (code, printed) == (0, "deployed\n")
