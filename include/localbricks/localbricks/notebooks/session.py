"""The Spark session of a notebook that another one has run: it ends with that notebook, not with the task."""

import os
import sys
from pathlib import Path

from ..runtime.localbricks_paths import SESSION_FILE

SECONDS = 20.0
"""Less than `dbutils.notebook.run` waits for a notebook that it has stopped."""


def end_own_session(folder: Path) -> None:
    """End what the notebook of a run folder left on the Connect server; nothing for the notebook of a task itself.

    What cannot be ended in time is left to the end of the task, which looks for the file again.
    """
    file = folder / SESSION_FILE
    if not file.is_file():
        return
    from ..jobs.process.spark_session import SparkStillRunsError, end_session

    remote = os.environ["SPARK_REMOTE"].partition("/;")[0]
    try:
        end_session(remote, file.read_text(encoding="utf-8"), SECONDS)
    except SparkStillRunsError as error:
        print(f"Its work on Spark may go on: {error}.", file=sys.stderr)
    else:
        file.unlink()
