"""`dbutils.library`."""

from .task import notebook_task
from .unsupported import Unsupported


class PythonRestart(BaseException):
    """Ends the cell; the runner goes on with the next one in a new kernel.

    No Exception: the process would be gone, and no code of the cell could go on.
    """

    def _render_traceback_(self) -> list[str]:
        return ["Python is restarted"]


class Library(Unsupported):
    """`restartPython`; what installs libraries was removed by Databricks too."""

    def __init__(self) -> None:
        super().__init__("library")

    def restartPython(self) -> None:  # noqa: N802
        """Go on with the next cell in a new Python process, which has lost all variables."""
        restart_python()


def restart_python() -> None:
    """Raises PythonRestart, or NotImplementedError outside of a notebook."""
    if notebook_task() is None:
        raise NotImplementedError(
            "dbutils.library.restartPython: this is no notebook; only a notebook restarts"
        )
    raise PythonRestart
