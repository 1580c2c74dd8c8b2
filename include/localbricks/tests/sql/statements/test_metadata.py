import pytest

from localbricks.sql.statements.metadata import pattern, type_info


@pytest.mark.parametrize(
    ("jdbc", "name", "fits"),
    [
        (None, "anything", True),
        ("%", "anything", True),
        ("a_c", "abc", True),
        ("a\\_c", "abc", False),
        ("a\\_c", "a_c", True),
        ("A%", "abc", True),
        ("a.c", "abc", False),
        ("ab", "abc", False),
    ],
)
def test_search_patterns(jdbc: str | None, name: str, fits: bool) -> None:
    assert bool(pattern(jdbc).fullmatch(name)) is fits


def test_the_types() -> None:
    assert type_info().rows == 17
