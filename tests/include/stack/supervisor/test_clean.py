"""clean removes a home, and nothing that is not one."""

from pathlib import Path

import pytest

from lakeloop_stack.machine.settings import read_settings
from lakeloop_stack.services.credentials import credentials
from lakeloop_stack.supervisor.clean import NotAHomeError, clean


def test_a_home_is_removed(home: Path) -> None:
    credentials(home)
    (home / "s3").mkdir()
    assert clean(read_settings())
    assert not home.exists()


def test_a_folder_that_lakeloop_did_not_make_is_left_alone(home: Path) -> None:
    (home / "thesis.tex").touch()
    with pytest.raises(NotAHomeError, match=r"has no secrets\.json"):
        clean(read_settings())
    assert (home / "thesis.tex").exists()


def test_no_home_is_no_error(home: Path) -> None:
    home.rmdir()
    assert not clean(read_settings())
