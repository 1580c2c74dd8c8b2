"""Which use case ``lakeloop run`` closes the loop of."""

from pathlib import Path

import pytest

from lakeloop.config import ConfigError, UnknownUseCaseError
from lakeloop.config.loading import USE_CASES
from lakeloop_stack.cli.run import asked_use_case


def test_the_one_that_is_asked_for() -> None:
    assert asked_use_case("demand").name == "demand"
    with pytest.raises(UnknownUseCaseError, match="no use case 'demant'; did you mean 'demand'"):
        asked_use_case("demant")


def test_without_a_name_the_first_although_another_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "rides.yaml").write_text((USE_CASES / "demand.yaml").read_text(encoding="utf-8"))
    (tmp_path / "trips.yaml").write_text("kind: guess")

    assert asked_use_case(None, tmp_path).name == "rides"


def test_no_use_case_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no use case here"):
        asked_use_case(None, tmp_path)
