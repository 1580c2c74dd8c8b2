import os
from pathlib import Path

import lz4.frame
import pyarrow as pa
import pytest
from databricks.sql.thrift_api.TCLIService import ttypes as t
from databricks.sql.utils import convert_column_based_set_to_column_table
from pyspark.sql.types import DecimalType, IntegerType, LongType, StringType, StructField, StructType

from localbricks.sql.errors import SqlError
from localbricks.sql.results.columnar import columns, null_bits
from localbricks.sql.results.result_set import ResultSet, from_rows, unique_names
from localbricks.sql.results.spool import MEMORY_BYTES, Spool

NUMBERS = StructType([StructField("n", LongType())])


def batches(*sizes: int) -> ResultSet:
    result = ResultSet(NUMBERS, pa.schema([("n", pa.int64())]))
    first = 0
    for size in sizes:
        result.append(pa.record_batch({"n": range(first, first + size)}))
        first += size
    return result


def values(result: ResultSet, messages: list[tuple[bytes, int]]) -> list[int]:
    read = [pa.ipc.read_record_batch(pa.py_buffer(message), result.arrow_schema) for message, _ in messages]
    return [n for batch in read for n in batch.column(0).to_pylist()]


def test_chunks_follow_each_other_within_the_limit_of_rows() -> None:
    result = batches(3, 3, 3)
    first, second = result.fetch(6), result.fetch(6)
    assert (first.start, values(result, first.batches), first.has_more) == (0, list(range(6)), True)
    assert (second.start, values(result, second.batches), second.has_more) == (6, [6, 7, 8], False)
    assert result.fetch(6).batches == []


def test_a_batch_larger_than_the_limits_still_comes() -> None:
    result = batches(100, 1)
    assert [rows for _, rows in result.fetch(10, 8).batches] == [100]


def test_the_limit_of_bytes_holds() -> None:
    result = batches(1000, 1000, 1000)
    assert [rows for _, rows in result.fetch(None, 9000).batches] == [1000]


def test_a_client_may_ask_again_from_the_start_of_a_batch() -> None:
    result = batches(2, 3)
    result.fetch()
    assert values(result, result.fetch(start=2).batches) == [2, 3, 4]
    assert result.fetch(start=5).batches == []
    with pytest.raises(SqlError, match="row 3 begins no batch of this result of 5 rows"):
        result.fetch(start=3)


def test_a_large_result_lies_on_disk_and_is_freed(tmp_path: Path) -> None:
    result = ResultSet(NUMBERS, pa.schema([("n", pa.int64())]), Spool(tmp_path))
    result.append(pa.record_batch({"n": range(MEMORY_BYTES // 8 + 10)}))
    opened = [
        os.readlink(f"/proc/self/fd/{fd}")
        for fd in os.listdir("/proc/self/fd")
        if int(fd) > 2 and _is_link(fd)
    ]
    assert any(path.startswith(str(tmp_path)) for path in opened)
    assert not list(tmp_path.iterdir()), "the file has no name, so that a crash leaves nothing"
    result.close()
    with pytest.raises(ValueError, match="closed"):
        result.fetch()


def test_all_results_share_the_room_of_their_spool_and_give_it_back() -> None:
    spool = Spool(limit=20_000)
    batch = pa.record_batch({"n": range(1000)})  # 8,000 bytes and a little
    first, second = (ResultSet(NUMBERS, batch.schema, spool) for _ in range(2))
    first.append(batch)
    second.append(batch)
    with pytest.raises(SqlError, match=r"RESULT_SPOOL_FULL.*Fetch or close them.*SQLSTATE: 53100") as caught:
        second.append(batch)
    assert caught.value.sqlstate == "53100"
    first.close()
    first.close()
    second.append(batch)
    second.close()
    assert spool.taken == 0


def _is_link(fd: str) -> bool:
    return os.path.islink(f"/proc/self/fd/{fd}")


def test_batches_without_columns_carry_no_rows() -> None:
    result = ResultSet(StructType([]), pa.schema([]))
    result.append(pa.RecordBatch.from_arrays([], schema=pa.schema([])))
    assert result.rows == 0
    assert not result.fetch().has_more


def test_two_columns_of_one_name_get_two_names() -> None:
    schema = pa.schema([("a", pa.int64()), ("a_1", pa.int64()), ("a", pa.string()), ("b", pa.int64())])
    assert unique_names(schema).names == ["a", "a_1", "a_2", "b"]
    assert unique_names(schema).types == schema.types


def test_rows_of_nulls_keep_their_types() -> None:
    schema = StructType([StructField("a", IntegerType()), StructField("b", DecimalType(5, 2))])
    result = from_rows(schema, [[None, None]])
    assert result.arrow_schema.types == [pa.int32(), pa.decimal128(5, 2)]
    assert result.rows == 1


def test_columns_read_back_by_the_connector() -> None:
    schema = StructType([StructField("n", IntegerType()), StructField("s", StringType())])
    result = from_rows(
        schema, [[number, None if number % 3 else str(number)] for number in range(20)] + [[None, "é"]]
    )
    made = columns(result.arrow_schema, [message for message, _ in result.fetch().batches])
    read, names = convert_column_based_set_to_column_table(made, [("n", "int"), ("s", "string")])
    assert names == ["n", "s"]
    assert list(read[0]) == [*range(20), None]
    assert list(read[1]) == [None if number % 3 else str(number) for number in range(20)] + ["é"]


def test_null_bits_start_at_the_lowest() -> None:
    assert null_bits([None, 1, None] + [1] * 6 + [None]) == bytes([0b101, 0b10])


def test_a_nested_column_has_no_thrift_form() -> None:
    batch = pa.record_batch({"a": [[1]]})
    with pytest.raises(TypeError, match="list<"):
        columns(batch.schema, [batch.serialize().to_pybytes()])


def test_compressed_batches_are_what_the_connector_decompresses() -> None:
    result = batches(5)
    message = result.fetch().batches[0][0]
    packed = t.TSparkArrowBatch(batch=lz4.frame.compress(message), rowCount=5)
    assert lz4.frame.decompress(packed.batch) == message
