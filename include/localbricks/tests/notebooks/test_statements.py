"""Statements of a %sql cell."""

import pytest

from localbricks.notebooks.statements import split


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 'it''s; so'\n;\n", ["SELECT 'it''s; so'"]),
        (
            "CREATE TABLE `a;b` (x INT); SELECT 1 -- one; two\n;",
            ["CREATE TABLE `a;b` (x INT)", "SELECT 1 -- one; two"],
        ),
        ("-- nothing here;\n/* nor; here */", []),
        (" ;; ", []),
        ("-- a script\nBEGIN SELECT 1; SELECT 2; END", ["-- a script\nBEGIN SELECT 1; SELECT 2; END"]),
    ],
)
def test_semicolons_divide_but_not_in_texts_comments_and_scripts(sql: str, expected: list[str]) -> None:
    assert split(sql) == expected
