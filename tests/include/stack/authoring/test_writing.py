"""What is drawn up from a sample is right as it is: the check finds nothing wrong with it."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lakeloop.config import ConfigError, FileSource, load_labelled_use_case, load_source
from lakeloop_stack.authoring.check import problems
from lakeloop_stack.authoring.drafts import DraftError, SourceDraft, draft_use_case, one_of
from lakeloop_stack.authoring.samples import Sample, read_sample
from lakeloop_stack.authoring.writing import source_files, use_case_files, write


@pytest.fixture
def rides(tmp_path: Path) -> Sample:
    first = datetime(2024, 1, 1, 7)
    columns = {
        "ride_id": list(range(300)),
        "city": ["X", "Y", "Z"] * 100,
        "station": [f"S{number % 5}" for number in range(300)],
        "started_at": [first + timedelta(hours=12 * number) for number in range(300)],
        "kilometres": [1.5] * 300,
    }
    pq.write_table(pa.table(columns), tmp_path / "rides.parquet")
    return read_sample(tmp_path / "rides.parquet")


def drawn(rides: Sample, root: Path, **answers: Any) -> list[str]:
    """The mistakes in what was drawn up; the entity has two keys."""
    draft = draft_use_case("trips", "city", [rides], ("city", "station"), **{"unit": "day", **answers})
    write(source_files(SourceDraft("city", [rides], "data-engineering", "Europe/Berlin"), root))
    write(use_case_files(draft, root))
    return problems(root / "dbt_project", root / "include" / "use_cases", root / "include" / "sources")


@pytest.mark.parametrize("unit", ["hour", "day", "week", "month"])
@pytest.mark.parametrize("predicts", ["total", "inactivity"])
def test_nothing_is_wrong_with_what_was_drawn_up(
    unit: str, predicts: str, rides: Sample, tmp_path: Path
) -> None:
    assert drawn(rides, tmp_path, unit=unit, predicts=predicts, measure="kilometres") == []


def test_source_and_use_case_say_what_was_asked(rides: Sample, tmp_path: Path) -> None:
    drawn(rides, tmp_path, measure="kilometres", active=14, horizon=3, timezone="Europe/Berlin")
    source = load_source("city", tmp_path / "include" / "sources")
    assert isinstance(source, FileSource)
    use_case = load_labelled_use_case(
        "trips", tmp_path / "include" / "use_cases", tmp_path / "include" / "sources"
    )

    assert source.tables["rides"].ddl.startswith(
        "ride_id bigint, city string, station string, started_at timestamp"
    )
    assert source.arrival.by == "path"
    assert use_case.entity.keys == {"city": "string", "station": "string"}
    assert (use_case.period.first, use_case.period.timezone) == (date(2024, 1, 1), "Europe/Berlin")
    assert (use_case.question.active, use_case.question.horizon, use_case.split.gap) == (14, 3, 3)
    assert use_case.task.label == "total_kilometres_next_3"


def test_features_add_up_no_parts_of_a_date(tmp_path: Path) -> None:
    columns = {
        "taken_off_at": [datetime(2013, 1, day) for day in range(1, 31)],
        "year": [2013] * 30,
        "month": [1] * 30,
        "day": list(range(1, 31)),
        "carrier": ["UA"] * 30,
        "delay": [2.0] * 30,
    }
    pq.write_table(pa.table(columns), tmp_path / "flights.parquet")
    flights = read_sample(tmp_path / "flights.parquet")

    assert draft_use_case("x", "x", [flights], ("carrier",), unit="day").measures == ["delay"]


def test_files_that_are_there_are_left_alone(rides: Sample, tmp_path: Path) -> None:
    file = tmp_path / "include" / "use_cases" / "trips.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("mine")

    with pytest.raises(DraftError, match=r"trips\.yaml.*is there already; choose another name"):
        drawn(rides, tmp_path)
    assert file.read_text() == "mine"
    assert not (tmp_path / "dbt_project" / "models" / "trips").exists()


@pytest.mark.parametrize(
    ("entity", "answers", "said"),
    [
        (("shop",), {}, "--entity shop: no such column in rides; it has ride_id, city"),
        (("city",), {"measure": "station"}, "--measure station: is string; numbers are kilometres"),
        (("city",), {"measure": "miles"}, "--measure miles: no such column"),
        (
            ("city",),
            {"events": "stations"},
            "--events stations: expected the table whose rows are events: rides",
        ),
        (
            ("city",),
            {"first": date(2030, 1, 1)},
            "--first 2030-01-01: the sample's newest row is of 2024-05-29",
        ),
    ],
)
def test_what_the_sample_does_not_have_is_named(
    entity: tuple[str, ...], answers: dict[str, Any], said: str, rides: Sample
) -> None:
    with pytest.raises(DraftError, match=said):
        draft_use_case("trips", "city", [rides], entity, "day", **answers)


@pytest.mark.parametrize(
    ("column", "entity"), [("as_of", "city"), ("events", "events"), ("period", "period")]
)
def test_a_column_that_the_models_make_themselves_is_refused(
    column: str, entity: str, tmp_path: Path
) -> None:
    columns = {"ride": [1, 2], "city": ["X", "Y"], "at": [datetime(2024, 1, 1)] * 2, column: ["a", "b"]}
    pq.write_table(pa.table(columns), tmp_path / "rides.parquet")

    with pytest.raises(DraftError, match=rf"column {column} would be there twice: .* rename it where"):
        draft_use_case("x", "x", [read_sample(tmp_path / "rides.parquet")], (entity,), unit="day")


def test_a_total_of_a_column_that_the_models_make_themselves_is_not_drawn_up(tmp_path: Path) -> None:
    columns = {"ride": [1, 2], "at": [datetime(2024, 1, 1)] * 2, "events": [1.0, 2.0], "miles": [1.0, 2.0]}
    pq.write_table(pa.table(columns), tmp_path / "rides.parquet")
    rides = read_sample(tmp_path / "rides.parquet", keys=("ride",))

    assert draft_use_case("x", "x", [rides], ("ride",), unit="day").measures == ["miles"]


def test_a_name_that_yaml_takes_for_something_else_is_quoted(tmp_path: Path) -> None:
    columns = {"no": ["1", "2"], "at": [datetime(2024, 1, 1)] * 2}
    pq.write_table(pa.table(columns), tmp_path / "rides.parquet")
    rides = read_sample(tmp_path / "rides.parquet")
    draft = draft_use_case("off", "off", [rides], ("no",), unit="day", owner="# us")
    write(source_files(SourceDraft("off", [rides], "yes", "UTC"), tmp_path))
    write(use_case_files(draft, tmp_path))
    sources, use_cases = tmp_path / "include" / "sources", tmp_path / "include" / "use_cases"

    assert problems(tmp_path / "dbt_project", use_cases, sources) == []
    assert load_source("off", sources).owner == "yes"
    assert load_labelled_use_case("off", use_cases, sources).owner == "# us"


def test_an_entity_of_several_values_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    columns = {"ride": [1, 2], "at": [datetime(2024, 1, 1)] * 2, "tags": [["a"], ["b"]]}
    pq.write_table(pa.table(columns), tmp_path / "rides.parquet")
    draft = draft_use_case("trips", "x", [read_sample(tmp_path / "rides.parquet")], ("tags",), unit="day")

    with pytest.raises(ConfigError, match=r"trips: entity\.keys\.tags: 'array<string>': a key is joined"):
        use_case_files(draft, tmp_path)


def test_an_answer_that_is_not_allowed_is_named_with_its_flag() -> None:
    with pytest.raises(DraftError, match="--period decade: expected one of hour, day"):
        one_of("--period", "decade", ("hour", "day"))
