"""Java reads back what was written, whatever is in it."""

import pytest

from localbricks.java_properties import properties


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("/home/me/var/s3", "/home/me/var/s3"),
        ("/srv/Mein Häuschen 100%/s3", "/srv/Mein H\\u00e4uschen 100%/s3"),
        ("/srv/家/s3", "/srv/\\u5bb6/s3"),
        ("/srv/😀", "/srv/\\ud83d\\ude00"),
        ("a\\b", "a\\\\b"),
        (" first", "\\ first"),
        ("two\nlines", "two\\nlines"),
    ],
)
def test_a_value_is_written_in_ascii_with_javas_escapes(value: str, written: str) -> None:
    assert properties({"basedir": value}) == f"basedir={written}\n"


def test_a_name_ends_where_it_is_to_end() -> None:
    assert properties({"spark.a:b c=d": "1", "#e!": "2"}) == "spark.a\\:b\\ c\\=d=1\n\\#e\\!=2\n"
