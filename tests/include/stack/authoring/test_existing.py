"""Names that are taken or are none are refused, and an existing source says what its tables hold."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from lakeloop.config import ConfigError
from lakeloop.config.loading import read_source
from lakeloop_stack.authoring.drafts import DraftError
from lakeloop_stack.authoring.existing import (
    as_in_source,
    existing_source,
    require_new_source,
    require_new_use_case,
)
from lakeloop_stack.authoring.samples import Sample

CITY = """\
kind: files
description: Of the city.
owner: us
landing: landing/city
tables:
  rides:
    format: csv
    options: {header: true}
    keys: [ride]
    event_time: day
    columns: {ride: int, station: string, day: date, length: double}
  stations:
    format: csv
    options: {header: true}
    keys: [station]
    columns: {station: string, day: date}
"""


def written(file: Path, text: str = "mine") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def sample(table: str = "rides", time: str | None = "day", **columns: str) -> Sample:
    kinds = columns or {"ride": "bigint", "day": "date"}
    rows = pa.table({"day": [date(2024, 1, 1)]})
    return Sample(table, Path(f"{table}.csv"), "csv", kinds, ("ride",), time, rows)


@pytest.mark.parametrize("require", [require_new_source, require_new_use_case])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("My-Rides", r"'My-Rides': is no name, expected 1 to 60 lower-case .*, for example 'my_rides'"),
        ("2024_rides", "'2024_rides': is no name, .*, for example 'rides'"),
        ("../rides", "is no name"),
        ("rides.yaml", "is no name"),
        ("", "'': is no name, expected 1 to 60 lower-case letters, digits and _, a letter first$"),
        ("r" * 61, "is no name"),
    ],
)
def test_what_is_no_name_is_refused(require: object, name: str, said: str, tmp_path: Path) -> None:
    assert callable(require)
    with pytest.raises(DraftError, match=said):
        require(name, tmp_path)


@pytest.mark.parametrize("name", ["sources", "releases"])
def test_a_use_case_cannot_be_called_like_a_folder_beside_those_of_use_cases(
    name: str, tmp_path: Path
) -> None:
    with pytest.raises(DraftError, match=rf"use case '{name}': cannot be the name of a use case, because"):
        require_new_use_case(name, tmp_path)

    require_new_source(name, tmp_path)


@pytest.mark.parametrize(
    "place",
    ["include/sources/rides.yaml", "include/sources/rides.yml", "dbt_project/models/sources/_rides.yml"],
)
def test_a_source_that_is_there_is_left_alone(place: str, tmp_path: Path) -> None:
    file = written(tmp_path / place)

    with pytest.raises(DraftError, match=rf"{file}: is there already; choose another name, or remove it"):
        require_new_source("rides", tmp_path)
    require_new_use_case("rides", tmp_path)


@pytest.mark.parametrize(
    "place",
    ["include/use_cases/rides.yaml", "include/use_cases/rides.yml", "dbt_project/models/rides/gold/old.sql"],
)
def test_a_use_case_that_is_there_is_left_alone(place: str, tmp_path: Path) -> None:
    written(tmp_path / place)

    with pytest.raises(DraftError, match="is there already; choose another name, or remove it first"):
        require_new_use_case("rides", tmp_path)
    require_new_source("rides", tmp_path)


def test_an_empty_folder_of_models_takes_no_name(tmp_path: Path) -> None:
    (tmp_path / "dbt_project" / "models" / "rides" / "gold").mkdir(parents=True)

    require_new_use_case("rides", tmp_path)


def test_a_source_that_is_not_there_is_named_with_the_nearest(tmp_path: Path) -> None:
    written(tmp_path / "include" / "sources" / "city.yaml", CITY)

    assert existing_source("city", tmp_path).name == "city"
    with pytest.raises(
        DraftError,
        match=r"--source citty: there is no such source; did you mean 'city'\? .* Leave --source away",
    ):
        existing_source("citty", tmp_path)


def test_a_source_whose_file_is_wrong_is_not_built_upon(tmp_path: Path) -> None:
    written(tmp_path / "include" / "sources" / "city.yaml", CITY.replace("owner", "onwer"))

    with pytest.raises(ConfigError, match="onwer: unknown key"):
        existing_source("city", tmp_path)


def test_what_a_source_says_of_a_table_wins_over_its_sample() -> None:
    [rides] = as_in_source([sample(time=None, ride="string", day="timestamp")], read_source("city", CITY))

    assert rides.columns == {"ride": "int", "station": "string", "day": "date", "length": "double"}
    assert (rides.keys, rides.event_time, rides.numbers) == (("ride",), "day", ["length"])


@pytest.mark.parametrize(
    ("taken", "said"),
    [
        (
            sample("tours"),
            r"tours\.csv: source city has no table tours, but rides, stations; name the file after",
        ),
        (
            sample(ride="bigint"),
            r"rides\.csv: column day is missing, expected a date or a timestamp: by it source",
        ),
        (sample(day="string"), r"rides\.csv: column day is string, expected a date or a timestamp"),
        (
            sample("stations"),
            r"--source city: says of no sampled table \(stations\) when a row happened; set",
        ),
    ],
    ids=["table", "missing", "text", "no event time"],
)
def test_a_sample_that_does_not_fit_its_source_is_refused(taken: Sample, said: str) -> None:
    with pytest.raises(DraftError, match=said):
        as_in_source([taken], read_source("city", CITY))
