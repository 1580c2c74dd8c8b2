"""Which release a run takes."""

from datetime import UTC, datetime, timedelta

import pytest

from lakeloop.config import NoReleaseError, Releases, wheel_name

NOON = datetime(2017, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def releases() -> Releases:
    """1 at noon, 2 an hour later, and 1 again another hour later."""
    return Releases().switched("1", NOON).switched("2", NOON + HOUR).switched("1", NOON + 2 * HOUR)


@pytest.mark.parametrize(
    ("hours", "version"), [(-1, "1"), (0, "1"), (0.5, "1"), (1, "2"), (1.9, "2"), (2, "1"), (9, "1")]
)
def test_a_run_takes_what_was_current_when_it_started(releases: Releases, hours: float, version: str) -> None:
    assert releases.at(NOON + hours * HOUR) == version


def test_the_last_switch_is_current(releases: Releases) -> None:
    assert releases.current == "1"
    assert releases.switched("3", NOON + 3 * HOUR).current == "3"


def test_deploying_the_current_release_again_is_no_switch(releases: Releases) -> None:
    assert releases.switched("1", NOON + 3 * HOUR) == releases


def test_a_run_whose_release_is_gone_takes_the_oldest_that_is_left(releases: Releases) -> None:
    left = releases.keeping({"2"})

    assert left.at(NOON) == left.current == "2"


def test_before_the_first_deployment_there_is_none() -> None:
    for ask in (lambda: Releases().current, lambda: Releases().at(NOON)):
        with pytest.raises(NoReleaseError, match="nothing has been deployed yet; run lakeloop deploy"):
            ask()


def test_the_pointer_survives_its_file(releases: Releases) -> None:
    assert Releases.model_validate_json(releases.model_dump_json()) == releases


def test_the_wheel_is_called_as_pip_wants_it() -> None:
    assert wheel_name("0.2.0+g0123456789ab") == "lakeloop-0.2.0+g0123456789ab-py3-none-any.whl"
