"""Secrets: strong, private, made once."""

import base64
from pathlib import Path

import pytest

from lakeloop_stack.services.credentials import CredentialsError, credentials


def test_they_are_made_once_and_readable_for_the_owner_only(tmp_path: Path) -> None:
    made = credentials(tmp_path)
    assert credentials(tmp_path) == made
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secrets.json"]


def test_they_are_as_long_as_their_users_want_them(tmp_path: Path) -> None:
    made = credentials(tmp_path)
    assert len(made.airflow_jwt_secret) >= 64
    assert len(base64.urlsafe_b64decode(made.airflow_fernet_key)) == 32
    assert len(made.databricks_token) >= 40


def test_two_homes_have_different_ones(tmp_path: Path) -> None:
    one, two = credentials(tmp_path / "one"), credentials(tmp_path / "two")
    assert one.databricks_token != two.databricks_token


def test_no_repr_shows_them(tmp_path: Path) -> None:
    assert credentials(tmp_path).databricks_token not in repr(credentials(tmp_path))


def test_each_server_has_a_password_of_its_own_that_stays(tmp_path: Path) -> None:
    made, again = credentials(tmp_path), credentials(tmp_path)
    assert len({made.kafka_password, made.redis_password, made.airflow_api_secret}) == 3
    assert (made.kafka_password, made.redis_password) == (again.kafka_password, again.redis_password)
    assert len(made.kafka_password) == len(made.redis_password) == 64


@pytest.mark.parametrize("damage", ["", "{}", "[]"])
def test_a_damaged_file_is_named(tmp_path: Path, damage: str) -> None:
    (tmp_path / "secrets.json").write_text(damage)
    with pytest.raises(CredentialsError, match=r"secrets\.json is damaged"):
        credentials(tmp_path)
