"""The data source `cloudFiles`: each file below a folder is read exactly once, in the order in which files appeared.

How. When Spark asks for new data, the folder is listed and the files that no manifest holds make the next one
(:mod:`pyspark_cloudfiles.manifest`); the stream's offset is the manifest's number. A manifest never changes, so a batch
that Spark planned before it was killed is read again from the same files; and one that was written but never planned
is the next batch. S3 lists what was written as soon as it was written, and a local file counts from the moment it
has its name, so write local files elsewhere and move them here.

What does not fit. A value of another type, an unknown field, a line that cannot be read: the row lands, and the
rescued column holds what did not fit, as JSON with `_file_path`; an unreadable line is kept as it is under
`_corrupt_record`. Of a damaged or truncated gzip file the rows before the damage land, and one more row holds the
broken line, `_problem` and the file's name.

Options. :mod:`pyspark_cloudfiles.options` lists them; others are refused by name. `fileMetadata=true` adds the column
`_metadata struct<file_path string, file_modification_time timestamp>`, which on Databricks is there without being
asked for.

Limits. Directory listing only, no file notifications; each micro-batch lists the whole folder. JSON lines and CSV, one
record a line, UTF-8; Parquet, a whole file in memory. A file that is overwritten is not read again. The schema does
not evolve: an unknown field goes to the rescued column. No partition columns from the path, no patterns in it. A nested
value of JSON is text unless a hint gives its type; then a field that the type does not have sends the whole value to
the rescued column. CSV holds plain types only. `cloudFiles.schemaLocation` is required, one for each folder that is
read. Names that begin with ``_`` or ``.`` are ignored, as Spark's own file sources do.
"""

import os
from collections.abc import Iterator, Sequence
from typing import Any

from pyspark.sql.datasource import DataSource, DataSourceStreamReader, InputPartition
from pyspark.sql.streaming.datasource import ReadMaxFiles, SupportsTriggerAvailableNow
from pyspark.sql.types import StructType

from .manifest import Manifests
from .options import Options
from .parse import RowParser
from .schema import arrow_schema, no_files, stream_schema
from .storage import FileInfo, storage_of

FILES_PER_TASK = 256


class Files(InputPartition):
    """The files that one task reads."""

    def __init__(self, files: Sequence[FileInfo]) -> None:
        self.files = list(files)


class DefaultSource(DataSource):
    """`spark.readStream.format("cloudFiles")`."""

    @classmethod
    def name(cls) -> str:
        """The name of the format."""
        return "cloudFiles"

    def schema(self) -> StructType:
        """Columns of the files, and the rescued column at the end."""
        return stream_schema(Options.parse(self.options))

    def streamReader(self, schema: StructType) -> "CloudFilesReader":  # noqa: N802
        """The reader of one stream."""
        return CloudFilesReader(Options.parse(self.options), schema)


class CloudFilesReader(DataSourceStreamReader, SupportsTriggerAvailableNow):
    """Plans micro-batches on the driver and reads their files on the workers."""

    def __init__(self, options: Options, schema: StructType) -> None:
        self.options = options
        self.arrow = arrow_schema(schema, options)
        self._manifests: Manifests | None = None
        self._available: list[FileInfo] | None = None

    def initialOffset(self) -> dict[str, Any]:  # noqa: N802
        """Before the first file."""
        return {"batch": 0}

    def getDefaultReadLimit(self) -> ReadMaxFiles:  # noqa: N802
        """``cloudFiles.maxFilesPerTrigger``."""
        return ReadMaxFiles(self.options.max_files)

    def prepareForTriggerAvailableNow(self) -> None:  # noqa: N802
        """Take what is there now; what comes later waits for the next run."""
        self._available = self._listed()

    def latestOffset(self, start: dict[str, Any], limit: Any) -> dict[str, Any]:  # noqa: N802
        """The next batch: one that was planned before, else one made of new files.

        Raises ManifestError when the checkpoint has read batches that are not there.
        """
        manifests = self._known()
        manifests.check(start["batch"])
        if manifests.last == start["batch"]:
            files = self._new_files()[: getattr(limit, "max_files", None)]
            if not files:
                return start
            manifests.add(files)
        return {"batch": start["batch"] + 1}

    def partitions(self, start: dict[str, Any], end: dict[str, Any]) -> Sequence[Files]:
        """The files of the batches after `start`, dealt out to tasks."""
        manifests = self._known()
        files = [file for n in range(start["batch"] + 1, end["batch"] + 1) for file in manifests.files(n)]
        # A task costs the start of a Python process, so there are as few as keep all cores busy.
        tasks = max(min(os.cpu_count() or 1, len(files)), -(-len(files) // FILES_PER_TASK))
        return [Files(files[task::tasks]) for task in range(tasks)]

    def read(self, partition: Any) -> Iterator[Any]:
        """Arrow batches of the partition's files."""
        storage, parser = storage_of(self.options.path), RowParser(self.arrow, self.options)
        for file in partition.files:
            yield from parser.batches(storage.read(file.path), file)

    def commit(self, end: dict[str, Any]) -> None:
        """Nothing to do: manifests stay, they say what has been read."""

    def stop(self) -> None:
        """Nothing to do: no connection outlives a call."""

    def _known(self) -> Manifests:
        if self._manifests is None:
            location = self.options.schema_location
            self._manifests = Manifests(storage_of(location), location, self.options.path)
            self._manifests.refresh()
        return self._manifests

    def _listed(self) -> list[FileInfo]:
        """All files there are. Raises OptionError for a folder that never held one."""
        files = storage_of(self.options.path).list(self.options.path)
        if not files and not self._known().last:
            raise no_files(self.options)
        return files

    def _new_files(self) -> list[FileInfo]:
        """Files that no batch holds, oldest first; files of one moment by name."""
        listed = self._listed() if self._available is None else self._available
        unseen = [file for file in listed if not self._known().seen(file.path)]
        return sorted(unseen, key=lambda file: (file.modified, file.path))
