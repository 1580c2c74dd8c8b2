"""The data source `cloudFiles`: each file below a folder is read exactly once, in the order in which files appeared.

How. When Spark asks for new data, the folder is listed and the files that no manifest holds make the next one
(:mod:`pyspark_cloudfiles.manifest`); the stream's offset is the manifest's number. A batch that Spark planned before it
was killed is read again from the same files, and a manifest that was written but
never planned is the next batch.

Limits. Directory listing only, no file notifications. JSON lines and CSV. A file that is overwritten is not read again.
The schema does not evolve: an unknown field goes to the rescued column. `cloudFiles.schemaLocation` is required.
Names that begin with ``_`` or ``.`` are ignored, as Spark's own file sources do.
"""

import os
from collections.abc import Iterator, Sequence
from typing import Any

from pyspark.sql.datasource import DataSource, DataSourceStreamReader, InputPartition
from pyspark.sql.streaming.datasource import ReadAllAvailable, ReadMaxFiles, SupportsTriggerAvailableNow
from pyspark.sql.types import StructType

from .manifest import Manifests
from .options import OptionError, Options
from .parse import RowParser
from .schema import arrow_schema, stream_schema
from .storage import FileInfo, storage_of

FILES_PER_TASK = 32


class Files(InputPartition):
    """The files that one task reads."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = list(paths)


class DefaultSource(DataSource):
    """`spark.readStream.format("cloudFiles")`."""

    @classmethod
    def name(cls) -> str:
        """The name of the format."""
        return "cloudFiles"

    def schema(self) -> StructType:
        """Columns of the files, and the rescued column at the end."""
        options = Options.parse(self.options)
        return stream_schema(options)

    def streamReader(self, schema: StructType) -> "CloudFilesReader":  # noqa: N802
        """The reader of one stream."""
        return CloudFilesReader(Options.parse(self.options), schema)


class CloudFilesReader(DataSourceStreamReader, SupportsTriggerAvailableNow):
    """Plans micro-batches on the driver and reads their files on the workers."""

    def __init__(self, options: Options, schema: StructType) -> None:
        if schema.names[-1:] != [options.rescued_column]:
            raise OptionError(
                f"the given schema must end with the column {options.rescued_column} string, so that rows which do "
                f"not fit are kept; its columns are {', '.join(schema.names)}"
            )
        self.options = options
        self.arrow = arrow_schema(schema)
        self._manifests: Manifests | None = None
        self._until: set[str] | None = None

    def initialOffset(self) -> dict[str, Any]:  # noqa: N802
        """Before the first file."""
        return {"batch": 0}

    def getDefaultReadLimit(self) -> ReadMaxFiles:  # noqa: N802
        """``cloudFiles.maxFilesPerTrigger``."""
        return ReadMaxFiles(self.options.max_files)

    def prepareForTriggerAvailableNow(self) -> None:  # noqa: N802
        """Take what is there now; what comes later waits for the next run."""
        self._until = {file.path for file in self._new_files()}

    def latestOffset(self, start: dict[str, Any], limit: Any) -> dict[str, Any]:  # noqa: N802
        """The next batch: one that was planned before, else one made of new files."""
        manifests = self._known()
        if manifests.last > start["batch"]:
            return {"batch": start["batch"] + 1}
        files = [file for file in self._new_files() if self._until is None or file.path in self._until]
        most = len(files) if isinstance(limit, ReadAllAvailable) else getattr(limit, "max_files", len(files))
        if not files[:most]:
            return start
        return {"batch": manifests.add([file.path for file in files[:most]])}

    def partitions(self, start: dict[str, Any], end: dict[str, Any]) -> Sequence[Files]:
        """The files of the batches after `start`, dealt out to tasks."""
        manifests = self._known()
        paths = [path for n in range(start["batch"] + 1, end["batch"] + 1) for path in manifests.files(n)]
        tasks = max(min(os.cpu_count() or 1, len(paths)), -(-len(paths) // FILES_PER_TASK))
        return [Files(paths[task::tasks]) for task in range(tasks)]

    def read(self, partition: Any) -> Iterator[Any]:
        """Arrow batches of the partition's files."""
        storage = storage_of(self.options.path)
        parser = RowParser(self.arrow, self.options.format, self.options.header, self.options.separator)
        for path in partition.paths:
            yield from parser.batches(storage.read(path), path)

    def commit(self, end: dict[str, Any]) -> None:
        """Nothing to do: manifests stay, they say what has been read."""

    def stop(self) -> None:
        """Nothing to do: no connection outlives a call."""

    def _known(self) -> Manifests:
        if self._manifests is None:
            self._manifests = Manifests(storage_of(self.options.schema_location), self.options.schema_location)
            self._manifests.refresh()
        return self._manifests

    def _new_files(self) -> list[FileInfo]:
        """Files that no batch holds, oldest first; files of one moment by name."""
        manifests = self._known()
        listed = storage_of(self.options.path).list(self.options.path)
        unseen = [file for file in listed if not manifests.seen(file.path) and self._visible(file.path)]
        return sorted(unseen, key=lambda file: (file.modified, file.path))

    def _visible(self, path: str) -> bool:
        below = path.rsplit(self.options.path.rstrip("/").split("://")[-1], 1)[-1]
        return not any(part.startswith(("_", ".")) for part in below.split("/"))
