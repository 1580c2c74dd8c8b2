"""``lakeloop new`` writes all of a source or a use case, or nothing and what to do."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from lakeloop.config import load_source, load_use_case
from lakeloop_stack.authoring.check import problems
from lakeloop_stack.cli import new as command

RIDES = "ride_id,station,started_at,kilometres\n" + "".join(
    f"{number},S{number % 3},2024-01-{day:02d} 10:00:00,1.5\n"
    for number, day in enumerate(day for day in range(1, 29) for _ in range(4))
)


class Repository:
    """An empty one, and the command line in it."""

    def __init__(self, root: Path) -> None:
        self.root, self.sample = root / "repository", root / "rides.csv"
        self.sample.write_text(RIDES)

    def new(self, *arguments: str) -> Result:
        return CliRunner().invoke(command.new, [*arguments, "--from", str(self.sample)])

    def use_case(self, name: str, *arguments: str) -> Result:
        return self.new("use-case", name, "--entity", "station", "--period", "day", *arguments)

    @property
    def sources(self) -> Path:
        return self.root / "include" / "sources"

    @property
    def use_cases(self) -> Path:
        return self.root / "include" / "use_cases"

    def refuses(self, result: Result) -> str:
        """What was said; nothing was written."""
        assert result.exit_code != 0
        assert not list(self.use_cases.glob("*"))
        return str(result.exception)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    repository = Repository(tmp_path)
    monkeypatch.setattr(command, "_root", lambda: repository.root)
    return repository


def test_a_use_case_and_its_source_are_written(repository: Repository) -> None:
    result = repository.use_case("trips", "--owner", "us: all of us")

    assert result.exit_code == 0, result.output
    assert "wrote include/use_cases/trips.yaml" in result.output
    use_case = load_use_case("trips", repository.use_cases, repository.sources)
    assert (use_case.source, use_case.owner) == ("trips", "us: all of us")
    assert problems(repository.root / "dbt_project", repository.use_cases, repository.sources) == []


def test_a_use_case_of_a_source_that_is_there_takes_its_types(repository: Repository) -> None:
    assert repository.new("source", "city").exit_code == 0
    file = repository.sources / "city.yaml"
    file.write_text(file.read_text().replace('station: "string"', 'station: "binary"'))

    result = repository.use_case("trips", "--source", "city")

    assert result.exit_code == 0, result.output
    use_case = load_use_case("trips", repository.use_cases, repository.sources)
    assert use_case.entity.keys == {"station": "binary"}
    assert [source.stem for source in repository.sources.glob("*")] == ["city"]


def test_a_source_that_is_not_there_is_named_before_anything_is_written(repository: Repository) -> None:
    said = repository.refuses(repository.use_case("trips", "--source", "citty"))

    assert said.startswith("--source citty: there is no such source; There are: none. Leave --source away")


def test_the_name_is_looked_at_before_the_samples_are(repository: Repository) -> None:
    repository.sample.unlink()

    assert "use case 'My Trips': is no name" in repository.refuses(repository.use_case("My Trips"))
    assert "source 'My City': is no name" in repository.refuses(repository.new("source", "My City"))


def test_a_source_of_the_same_name_can_be_shared(repository: Repository) -> None:
    assert repository.new("source", "trips").exit_code == 0
    written = load_source("trips", repository.sources)

    said = repository.refuses(repository.use_case("trips"))

    assert "trips.yaml" in said
    assert said.endswith("give --source trips to share that source, choose another name, or remove it first")
    assert load_source("trips", repository.sources) == written


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--timezone", "Mars/North"), "--timezone Mars/North: is no time zone of the IANA database"),
        (("--entity", "ride_id,ride_id"), "trips: is no YAML (key 'ride_id' is there more than once"),
    ],
)
def test_a_wrong_answer_is_named_before_anything_is_written(
    flags: tuple[str, ...], said: str, repository: Repository
) -> None:
    assert said in repository.refuses(repository.use_case("trips", *flags))
    assert not repository.root.exists()


@pytest.mark.parametrize("flag", ["--active", "--horizon"])
def test_no_periods_at_all_are_refused(flag: str, repository: Repository) -> None:
    result = repository.use_case("trips", flag, "0")

    assert result.exit_code == 2
    assert not repository.root.exists()
