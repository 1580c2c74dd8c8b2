"""Which files a stream reads when: driven as Spark drives a reader, each `reader()` being a new process."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql.streaming.datasource import ReadAllAvailable, ReadMaxFiles
from pyspark.sql.types import LongType, StructField, StructType

from pyspark_cloudfiles.files.compression import CompressionError
from pyspark_cloudfiles.files.manifest import ManifestError
from pyspark_cloudfiles.files.pending import Pending
from pyspark_cloudfiles.files.storage import StorageError
from pyspark_cloudfiles.options import OptionError
from pyspark_cloudfiles.source import CloudFilesReader, DefaultSource

Reader = Callable[..., CloudFilesReader]
NONE: dict[str, Any] = {"batch": 0}


def _rows(reader: CloudFilesReader, start: dict[str, Any], end: dict[str, Any]) -> list[int]:
    parts = reader.partitions(start, end)
    return sorted(n for part in parts for batch in reader.read(part) for n in batch.column(0).to_pylist())


def _run(reader: CloudFilesReader, start: dict[str, Any]) -> tuple[list[list[int]], dict[str, Any]]:
    """All batches of a run with the trigger availableNow, and the offset it ends with."""
    batches = []
    reader.prepareForTriggerAvailableNow()
    while (end := reader.latestOffset(start, reader.getDefaultReadLimit())) != start:
        batches.append(_rows(reader, start, end))
        start = end
    return batches, start


def _put(folder: Any, *names: str) -> None:
    for name in names:
        folder.put(name, json.dumps({"a": int(name.split(".")[0])}).encode())


def test_reads_what_is_there_and_then_what_came(folder: Any, reader: Reader) -> None:
    _put(folder, "5.json", "6.json")
    batches, end = _run(reader(), NONE)
    assert batches == [[5, 6]]
    _put(folder, "7.json")
    assert _run(reader(), end)[0] == [[7]]


def test_a_late_file_with_a_smaller_name_is_read(folder: Any, reader: Reader) -> None:
    _put(folder, "5.json", "6.json")
    _, end = _run(reader(), NONE)
    _put(folder, "1.json")
    assert _run(reader(), end)[0] == [[1]]


def test_files_of_one_moment_are_read_once_each(folder: Any, reader: Reader) -> None:
    # On the disk all files have the same time; moto rounds to the second, so most of these have, too.
    end, read = NONE, []
    for name in ("9.json", "3.json", "6.json", "0.json"):
        _put(folder, name)
        batches, end = _run(reader(), end)
        read += batches
    assert read == [[9], [3], [6], [0]]


def test_an_overwritten_file_is_not_read_again(folder: Any, reader: Reader) -> None:
    _put(folder, "1.json")
    _, end = _run(reader(), NONE)
    folder.put("1.json", b'{"a":2}')
    assert _run(reader(), end) == ([], end)


def test_max_files_makes_small_batches(folder: Any, reader: Reader) -> None:
    _put(folder, *(f"{i}.json" for i in range(5)))
    batches, _ = _run(reader(**{"cloudfiles.maxfilespertrigger": "2"}), NONE)
    assert [len(batch) for batch in batches] == [2, 2, 1]
    assert sorted(n for batch in batches for n in batch) == [0, 1, 2, 3, 4]


def test_available_now_stops_at_what_was_there(folder: Any, reader: Reader) -> None:
    _put(folder, "1.json")
    stream = reader()
    stream.prepareForTriggerAvailableNow()
    _put(folder, "2.json")
    end = stream.latestOffset(NONE, stream.getDefaultReadLimit())
    assert _rows(stream, NONE, end) == [1]
    assert stream.latestOffset(end, stream.getDefaultReadLimit()) == end


def test_without_that_trigger_it_goes_on(folder: Any, reader: Reader) -> None:
    _put(folder, "1.json")
    stream = reader()
    end = stream.latestOffset(NONE, ReadMaxFiles(10))
    _put(folder, "2.json", "0.json")
    later = stream.latestOffset(end, ReadAllAvailable())
    assert _rows(stream, end, later) == [0, 2]


def test_a_planned_batch_is_the_same_after_a_crash(folder: Any, reader: Reader) -> None:
    _put(folder, "1.json", "2.json")
    planned = reader().latestOffset(NONE, ReadMaxFiles(10))
    # Killed here: the offset is in the checkpoint, its rows are not in the table.
    _put(folder, "0.json", "3.json")
    again = reader()
    assert _rows(again, NONE, planned) == [1, 2]
    assert _run(again, planned)[0] == [[0, 3]]


def test_a_batch_that_was_written_but_never_planned_comes_next(folder: Any, reader: Reader) -> None:
    _put(folder, "1.json", "2.json")
    reader().latestOffset(NONE, ReadMaxFiles(1))
    # Killed here: the manifest is there, Spark's checkpoint knows nothing of it.
    _put(folder, "0.json")
    batches, end = _run(reader(), NONE)
    assert batches == [[1], [0, 2]]
    assert end == {"batch": 2}


def test_a_second_stream_over_the_same_location_reads_everything_too(folder: Any, reader: Reader) -> None:
    _put(folder, "1.json")
    one, other = reader(), reader()
    assert _run(one, NONE)[0] == [[1]]
    _put(folder, "2.json")
    assert _run(other, NONE)[0] == [[1], [2]]


def test_a_lost_schema_location_is_refused(folder: Any, reader: Reader) -> None:
    _put(folder, "1.json")
    with pytest.raises(ManifestError, match=r"_files/00000003\.json is missing"):
        _run(reader(), {"batch": 3})


def test_a_planned_file_that_went_away_is_named(folder: Any, reader: Reader) -> None:
    _put(folder, "1.json")
    stream = reader()
    end = stream.latestOffset(NONE, ReadMaxFiles(10))
    (part,) = stream.partitions(NONE, end)
    part.files = [replace(file, path=file.path.replace("1.json", "gone.json")) for file in part.files]
    with pytest.raises(StorageError, match=r"gone\.json"):
        list(stream.read(part))


def test_a_folder_that_never_held_a_file_is_named(folder: Any) -> None:
    options = {"path": folder.uri, "cloudfiles.format": "json"}
    options["cloudfiles.schemalocation"] = folder.uri.removesuffix("in") + "schema"
    stream = DefaultSource(options).streamReader(StructType([StructField("a", LongType())]))
    with pytest.raises(OptionError, match="/in holds no file"):
        stream.latestOffset(NONE, ReadMaxFiles(10))


def test_a_given_schema_is_taken_as_it_is(folder: Any) -> None:
    folder.put("1.json", b'{"a":1,"b":2}\n{"a":"x"}\nbad\n')
    options = {"path": folder.uri, "cloudfiles.format": "json"}
    options["cloudfiles.schemalocation"] = folder.uri.removesuffix("in") + "schema"
    stream = DefaultSource(options).streamReader(StructType([StructField("a", LongType())]))
    end = stream.latestOffset(NONE, ReadMaxFiles(10))
    batches = [batch for part in stream.partitions(NONE, end) for batch in stream.read(part)]
    assert pa.Table.from_batches(batches).to_pydict() == {"a": [1, None, None]}


@pytest.mark.parametrize(("header", "read"), [(None, [1]), ("true", [1]), ("false", [None, None])])
def test_csv_has_a_header_where_the_schema_is_inferred(
    folder: Any, header: str | None, read: list[int]
) -> None:
    folder.put("1.csv", b"a\n1\n")
    options = {"path": folder.uri, "cloudfiles.format": "csv", "cloudfiles.schemahints": "a bigint"}
    options["cloudfiles.schemalocation"] = folder.uri.removesuffix("in") + "schema"
    source = DefaultSource(options | ({"header": header} if header else {}))
    stream = source.streamReader(source.schema().add("x", LongType()))
    end = stream.latestOffset(NONE, ReadMaxFiles(10))
    batches = [batch for part in stream.partitions(NONE, end) for batch in stream.read(part)]
    assert pa.Table.from_batches(batches)["a"].to_pylist() == read


def test_csv_has_no_header_where_a_schema_is_given(folder: Any) -> None:
    folder.put("1.csv", b"7\n1\n")
    options = {"path": folder.uri, "cloudfiles.format": "csv"}
    options["cloudfiles.schemalocation"] = folder.uri.removesuffix("in") + "schema"
    stream = DefaultSource(options).streamReader(StructType([StructField("a", LongType())]))
    end = stream.latestOffset(NONE, ReadMaxFiles(10))
    assert _rows(stream, NONE, end) == [1, 7]


def test_metadata_names_the_file(folder: Any, reader: Reader) -> None:
    folder.put("1.json", b'{"a":1}\nbad\n')
    stream = reader(filemetadata="true")
    end = stream.latestOffset(NONE, ReadMaxFiles(10))
    batches = [batch for part in stream.partitions(NONE, end) for batch in stream.read(part)]
    known, of_the_bad_row = (row["_metadata"] for batch in batches for row in batch.to_pylist())
    assert known == of_the_bad_row
    assert known["file_path"] == f"{folder.uri}/1.json"
    written = datetime(2017, 7, 14, 2, 40, tzinfo=UTC)  # as the folder on the disk dates its files
    recent = datetime.now(UTC) - known["file_modification_time"] < timedelta(minutes=5)
    assert known["file_modification_time"] == written if "file:" in folder.uri else recent


def test_rows_are_dealt_out_to_few_tasks(folder: Any, reader: Reader) -> None:
    _put(folder, *(f"{i}.json" for i in range(9)))
    stream = reader()
    parts = stream.partitions(NONE, stream.latestOffset(NONE, ReadMaxFiles(100)))
    assert sorted(file.path for part in parts for file in part.files) == sorted(
        f"{folder.uri}/{i}.json" for i in range(9)
    )
    assert len(parts) == min(os.cpu_count() or 1, 9)


def test_no_task_has_more_files_than_it_can_take(
    folder: Any, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pyspark_cloudfiles.source.FILES_PER_TASK", 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    _put(folder, *(f"{i}.json" for i in range(9)))
    stream = reader()
    parts = stream.partitions(NONE, stream.latestOffset(NONE, ReadMaxFiles(100)))
    assert sorted(len(part.files) for part in parts) == [1, 2, 2, 2, 2]


def test_a_backlog_is_listed_once(folder: Any, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    _put(folder, *(f"{i}.json" for i in range(6)))
    listings, listed = [], CloudFilesReader._listed

    def counted(self: CloudFilesReader) -> Pending:
        listings.append(1)
        return listed(self)

    monkeypatch.setattr(CloudFilesReader, "_listed", counted)
    stream, end = reader(), NONE
    for _ in range(3):
        end = stream.latestOffset(end, ReadMaxFiles(2))
    assert end == {"batch": 3}
    assert len(listings) == 1


def test_the_names_of_one_bucket_are_one_source(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="in/1.json", Body=b'{"a":1}')
    end = NONE
    for scheme in ("s3a", "s3", "s3n"):
        options = {"path": f"{scheme}://{bucket}/in", "cloudfiles.format": "json"}
        options["cloudfiles.schemalocation"] = f"s3://{bucket}/schema"
        stream = DefaultSource(options).streamReader(StructType([StructField("a", LongType())]))
        batches, end = _run(stream, end)
        assert batches == ([[1]] if scheme == "s3a" else [])


def test_two_streams_that_plan_at_once_lose_no_file(folder: Any, reader: Reader) -> None:
    _put(folder, "1.json")
    one, other = reader(), reader()
    one.prepareForTriggerAvailableNow()
    _put(folder, "2.json")
    other.prepareForTriggerAvailableNow()
    one.latestOffset(NONE, ReadMaxFiles(10))
    end, read = NONE, []
    while (after := other.latestOffset(end, ReadMaxFiles(10))) != end:
        read += _rows(other, end, after)
        end = after
    assert read == [1, 2]


def test_a_file_that_cannot_be_read_is_refused_before_it_is_planned(folder: Any, reader: Reader) -> None:
    _put(folder, "1.json")
    stream = reader()
    folder.put("2.json.xz", b"")
    with pytest.raises(CompressionError, match=r"2\.json\.xz: files that end with \.xz are not supported"):
        stream.latestOffset(NONE, ReadMaxFiles(10))
