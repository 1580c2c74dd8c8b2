from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import types as s

from pyspark_cloudfiles.files.compression import CompressionError
from pyspark_cloudfiles.options import OptionError, Options
from pyspark_cloudfiles.schema import arrow_schema, stream_schema


def _options(folder: Any, **options: str) -> Options:
    given = {
        "cloudfiles.format": "json",
        "cloudfiles.schemalocation": folder.uri.removesuffix("in") + "schema",
    }
    return Options.parse({"path": folder.uri} | given | options)


def _schema(folder: Any, **options: str) -> str:
    return stream_schema(_options(folder, **options)).simpleString()


def test_columns_are_text_unless_types_are_asked_for(folder: Any) -> None:
    folder.put("a.json", b'{"n":1,"x":1.5}\n{"n":2,"late":true}\nbad\n')
    assert _schema(folder) == "struct<n:string,x:string,late:string,_rescued_data:string>"


def test_types_of_json(folder: Any) -> None:
    folder.put(
        "a.json", b'{"n":1,"x":1,"q":true,"s":"a","o":{"k":1},"m":1,"z":null}\n{"n":null,"x":0.5,"m":"b"}\n'
    )
    expected = "n:bigint,x:double,q:boolean,s:string,o:string,m:string,z:string"
    assert (
        _schema(folder, **{"cloudfiles.infercolumntypes": "true"})
        == f"struct<{expected},_rescued_data:string>"
    )


def test_types_of_csv(folder: Any) -> None:
    folder.put(
        "a.csv",
        b"n,x,q,d,t,s,e\n1,1,true,2017-01-01,2017-01-01,a,\n,0.5,False,2017-01-02,2017-01-01 10:00:00,2,\n",
    )
    expected = "n:bigint,x:double,q:boolean,d:date,t:timestamp,s:string,e:string"
    found = _schema(
        folder, **{"cloudfiles.format": "csv", "header": "true", "cloudfiles.infercolumntypes": "true"}
    )
    assert found == f"struct<{expected},_rescued_data:string>"


def test_csv_without_header_has_sparks_names(folder: Any) -> None:
    folder.put("a.csv", b"1,a\n")
    options = {"cloudfiles.format": "csv", "cloudfiles.infercolumntypes": "true"}
    assert _schema(folder, **options) == "struct<_c0:bigint,_c1:string,_rescued_data:string>"


def test_a_header_without_names_or_with_repeated_ones_has_sparks(folder: Any) -> None:
    folder.put("a.csv", b"n,m,N,\n1,2,3,4\n")
    found = _schema(folder, **{"cloudfiles.format": "csv", "header": "true"})
    assert found == "struct<n0:string,m:string,N2:string,_c3:string,_rescued_data:string>"


def test_names_that_differ_in_case_are_one_column(folder: Any) -> None:
    folder.put("a.json", b'{"id":1}\n{"ID":2,"name":"b"}\n{"Id":3}\n')
    assert _schema(folder) == "struct<id:string,name:string,_rescued_data:string>"
    assert (
        _schema(folder, **{"cloudfiles.schemahints": "ID bigint"})
        == "struct<ID:bigint,name:string,_rescued_data:string>"
    )


def test_a_column_that_appears_late_is_found(folder: Any) -> None:
    for number in range(11):
        folder.put(f"{number:02}.json", b'{"id":1}\n' * 1000)
    folder.put("11.json", b'{"id":1}\n' * 1000 + b'{"id":1,"late":2}\n')
    assert _schema(folder) == "struct<id:string,late:string,_rescued_data:string>"


def test_the_objects_of_a_list_are_rows(folder: Any) -> None:
    folder.put("a.json", b'[{"id":1},{"id":2,"s":"a"}]\n')
    assert _schema(folder) == "struct<id:string,s:string,_rescued_data:string>"


@pytest.mark.parametrize("name", ["a.json.lz4", "a.json.ZIP", "a.json.GZ"])
def test_a_compression_that_cannot_be_read_is_refused_by_name(folder: Any, name: str) -> None:
    folder.put(name, b"\1\2")
    with pytest.raises(CompressionError, match=name):
        _schema(folder)


def test_keys_of_a_map_are_text(folder: Any) -> None:
    schema = s.StructType([s.StructField("m", s.MapType(s.IntegerType(), s.StringType()))])
    with pytest.raises(OptionError, match=r"column m is map<int,string>; the keys of JSON are text"):
        arrow_schema(schema, _options(folder))


def test_hints_win_and_add(folder: Any) -> None:
    folder.put("a.json", b'{"n":1,"x":1}\n')
    found = _schema(folder, **{"cloudfiles.schemahints": "x double, `new` date", "rescueddatacolumn": "_bad"})
    assert found == "struct<n:string,x:double,new:date,_bad:string>"


def test_the_schema_is_remembered(folder: Any) -> None:
    folder.put("a.json", b'{"n":1}\n')
    first = _schema(folder)
    folder.put("0.json", b'{"other":1}\n')
    assert _schema(folder) == first


def test_a_folder_that_never_held_a_file_is_named(folder: Any) -> None:
    with pytest.raises(OptionError, match="/in holds no file"):
        _schema(folder, **{"cloudfiles.schemahints": "n bigint"})


@pytest.mark.parametrize(
    ("hints", "said"),
    [("n", "expected 'name type, name type'"), ("n money", "column n is money, expected one of")],
)
def test_hints_that_cannot_be_read_are_named(tmp_path: Path, hints: str, said: str) -> None:
    options = {
        "cloudfiles.format": "json",
        "cloudfiles.schemalocation": "/s",
        "cloudfiles.schemahints": hints,
    }
    with pytest.raises(OptionError) as refused:
        stream_schema(Options.parse({"path": str(tmp_path)} | options))
    assert said in str(refused.value)


def test_a_type_that_is_not_supported_names_its_column(folder: Any) -> None:
    schema = s.StructType([s.StructField("amount", s.CalendarIntervalType())])
    with pytest.raises(OptionError, match=r"column amount is interval"):
        arrow_schema(schema, _options(folder))


def test_a_rescued_column_that_was_asked_for_must_be_in_a_given_schema(folder: Any) -> None:
    schema = s.StructType([s.StructField("n", s.LongType())])
    assert arrow_schema(schema, _options(folder)).names == ["n"]
    with pytest.raises(OptionError, match="add `_bad string` to it"):
        arrow_schema(schema, _options(folder, rescueddatacolumn="_bad"))
