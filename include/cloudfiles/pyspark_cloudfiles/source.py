"""The data source `cloudFiles`: each file below a folder is read exactly once, in the order in which files appeared.

How. When Spark asks for new data, the folder is listed and the files that no manifest holds make the next one
(:mod:`pyspark_cloudfiles.files.manifest`); the stream's offset is the manifest's number. A manifest never changes, so a
batch that Spark planned before it was killed is read again from the same files; and one that was written but never
planned is the next batch. S3 lists what was written as soon as it was written, and a local file counts from the moment
it has its name, so write local files elsewhere and move them here.

Values are those of Spark's own readers (:mod:`pyspark_cloudfiles.parsing`). What does not fit lands all the same: the
rescued column holds it as JSON with `_file_path`; a line that is no JSON is kept as it is under `_corrupt_record`. Of a
damaged or truncated file the rows before the damage land, and one more row holds the broken line, `_problem` and the
file's name.

Options. :mod:`pyspark_cloudfiles.options` lists them; others are refused by name. `fileMetadata=true` adds the column
`_metadata struct<file_path string, file_modification_time timestamp>`, which on Databricks is there without being
asked for.

Limits: the package's README.
"""

import os
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from pyspark.sql.datasource import DataSource, DataSourceStreamReader, InputPartition
from pyspark.sql.streaming.datasource import ReadMaxFiles, SupportsTriggerAvailableNow
from pyspark.sql.types import StructType

from .files.compression import check_compression
from .files.manifest import Manifests
from .files.pending import Pending
from .files.storage import FileInfo, storage_of
from .options import Options
from .parsing.parser import RowParser
from .schema import arrow_schema, no_files, stream_schema

FILES_PER_TASK = 256


class Files(InputPartition):
    """The files that one task reads."""

    def __init__(self, files: Sequence[FileInfo]) -> None:
        self.files = list(files)


class DefaultSource(DataSource):
    """`spark.readStream.format("cloudFiles")`."""

    _inferred = False  # Spark asks for a schema before it asks for a reader, unless one is given

    @classmethod
    def name(cls) -> str:
        """The name of the format."""
        return "cloudFiles"

    def schema(self) -> StructType:
        """Columns of the files, and the rescued column at the end."""
        self._inferred = True
        return stream_schema(Options.parse(self.options).inferring())

    def streamReader(self, schema: StructType) -> "CloudFilesReader":  # noqa: N802
        """The reader of one stream."""
        options = Options.parse(self.options)
        return CloudFilesReader(options.inferring() if self._inferred else options, schema)


class CloudFilesReader(DataSourceStreamReader, SupportsTriggerAvailableNow):
    """Plans micro-batches on the driver and reads their files on the workers."""

    def __init__(self, options: Options, schema: StructType) -> None:
        self.options = options
        self.arrow = arrow_schema(schema, options)
        self._manifests: Manifests | None = None
        self._pending = Pending()
        self._until_now = False

    def initialOffset(self) -> dict[str, Any]:  # noqa: N802
        """Before the first file."""
        return {"batch": 0}

    def getDefaultReadLimit(self) -> ReadMaxFiles:  # noqa: N802
        """``cloudFiles.maxFilesPerTrigger``."""
        return ReadMaxFiles(self.options.max_files)

    def prepareForTriggerAvailableNow(self) -> None:  # noqa: N802
        """Take what is there now; what comes later waits for the next run."""
        self._pending, self._until_now = self._listed(), True

    def latestOffset(self, start: dict[str, Any], limit: Any) -> dict[str, Any]:  # noqa: N802
        """The next batch: one that was planned before, else one made of new files.

        Raises ManifestError when the checkpoint has read batches that are not there.
        """
        manifests = self._known()
        manifests.check(start["batch"])
        if manifests.last == start["batch"]:
            if not self._pending and not self._until_now:
                self._pending = self._listed()
            files = self._next_files(getattr(limit, "max_files", None))
            if not files:
                return start
            if not manifests.add(files):
                self._pending = self._listed()  # another process made that batch, maybe of other files
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
            with storage.open(file.path) as content:
                yield from parser.batches(content, file)

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

    def _listed(self) -> Pending:
        """Files that no batch holds. Raises OptionError for a folder that never held one."""
        files = storage_of(self.options.path).list(self.options.path)
        first = next(files, None)
        if first is None:
            if not self._known().last:
                raise no_files(self.options)
            return Pending()
        return Pending(self._known().seen.unseen(chain([first], files)))

    def _next_files(self, most: int | None) -> list[FileInfo]:
        """The next files of which no batch was made meanwhile. Raises CompressionError for one that cannot be read."""
        while self._pending:
            files = list(self._known().seen.unseen(self._pending.take(most)))
            if self.options.format != "parquet":
                for file in files:
                    check_compression(file.path)
            if files:
                return files
        return []
