"""`dbutils`: widgets, notebook, jobs.taskValues, secrets, fs and library.

https://docs.databricks.com/aws/en/dev-tools/databricks-utils
"""

from functools import lru_cache
from typing import Any

from .fs import FileSystem
from .library import Library
from .notebook import Notebook
from .secrets import Secrets
from .task_values import Jobs
from .unsupported import Unsupported
from .widgets import Widgets


class DBUtils:
    """Everything under ``dbutils``; all objects of a process are one, whoever makes them.

    Args:
        spark: the session, as Databricks' own class takes it; nothing here needs it.
    """

    widgets: Widgets
    notebook: Notebook
    jobs: Jobs
    secrets: Secrets
    fs: FileSystem
    library: Library

    def __init__(self, spark: Any = None) -> None:
        self.__dict__.update(parts())

    @property
    def entry_point(self) -> Any:
        """The door to the notebook's context: ``entry_point.getDbutils().notebook().getContext()``."""
        return self.notebook.entry_point


@lru_cache(maxsize=1)
def parts() -> dict[str, Any]:
    """The parts of this process's ``dbutils`` by name; what is missing is refused by name when it is used."""
    missing = {name: Unsupported(name) for name in ("data", "credentials", "preview", "api", "meta")}
    own = {"widgets": Widgets(), "notebook": Notebook(), "jobs": Jobs(), "library": Library()}
    return {**missing, **own, "secrets": Secrets(), "fs": FileSystem()}
