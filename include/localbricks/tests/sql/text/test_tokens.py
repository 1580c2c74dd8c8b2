import pytest

from localbricks.sql.text.tokens import tokens, without_comments


@pytest.mark.parametrize(
    "sql",
    [
        "select 'it''s', \"a\\\"b\", r'\\', `a``b` /* x /* nested 'y */ z */ from t -- end",
        "select 'never closed",
        "select 1 /* never closed",
        "",
        "select 1.5e3, é, :a::int",
    ],
)
def test_joined_tokens_give_the_text_back(sql: str) -> None:
    assert "".join(token.text for token in tokens(sql)) == sql


def test_a_raw_string_ends_at_its_first_quote() -> None:
    kinds = [(t.kind, t.text) for t in tokens(r"r'\' hive_metastore")]
    assert kinds == [("string", r"r'\'"), ("space", " "), ("word", "hive_metastore")]


def test_block_comments_nest() -> None:
    assert [t.kind for t in tokens("/* a /* b */ 'c */x")] == ["comment", "word"]


def test_without_comments_keeps_what_looks_like_a_comment_in_a_string() -> None:
    assert without_comments("select '-- no' /* yes */ , 1 -- yes\n;") == "select '-- no'   , 1"


def test_name_is_lower_case_and_without_backticks() -> None:
    assert [t.name for t in tokens("Abc`D``e`'x'")] == ["abc", "d`e", None]
