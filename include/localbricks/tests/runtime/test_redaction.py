"""Secrets show nowhere, however they are spelled."""

import html
import io
import json
import sys
from urllib.parse import quote, quote_plus

import pytest
from localbricks_runtime import startup
from localbricks_runtime.dbutils import DBUtils

from localbricks.runtime.localbricks_redaction import RedactedStream, Redaction

SECRET = 'it\'s "1 < 2" \\ ü\nand a second line'
REDACTION = Redaction([SECRET, "abc"])


@pytest.mark.parametrize(
    "spelled",
    [
        *(SECRET, repr(SECRET), json.dumps(SECRET), json.dumps(SECRET, ensure_ascii=False)),
        *(html.escape(SECRET), quote(SECRET, safe=""), quote_plus(SECRET)),
    ],
)
def test_a_secret_is_hidden_as_it_is_and_as_others_quote_it(spelled: str) -> None:
    hidden = REDACTION.text(f"before {spelled} after")
    assert "[REDACTED]" in hidden
    assert "1" not in hidden
    assert hidden.startswith("before ")
    assert hidden.endswith(" after")


def test_a_line_of_a_secret_is_hidden_and_a_short_secret_not() -> None:
    assert REDACTION.text("> and a second line") == "> [REDACTED]"
    assert REDACTION.text("abc") == "abc"


def test_every_text_in_json_is_covered() -> None:
    value = {"a": [SECRET, {SECRET: 1}], "n": 1, "none": None}
    assert REDACTION.any(value) == {"a": ["[REDACTED]", {"[REDACTED]": 1}], "n": 1, "none": None}


def test_a_stream_hides_what_is_written_to_it() -> None:
    out = io.StringIO()
    print("the word is", SECRET, file=RedactedStream(out, REDACTION))
    assert out.getvalue() == "the word is [REDACTED]\n"


def test_nor_do_the_bytes_below_it_show_one() -> None:
    raw = io.BytesIO()
    stream = RedactedStream(io.TextIOWrapper(raw, encoding="utf-8", write_through=True), REDACTION)
    assert stream.buffer.write(f"it is {SECRET}".encode() + b"\xff") == len(f"it is {SECRET}".encode()) + 1
    stream.buffer.flush()
    assert raw.getvalue() == b"it is [REDACTED]\xff"


def test_a_task_prints_no_secret(
    dbutils: DBUtils, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    monkeypatch.setattr(sys, "stderr", sys.stderr)
    startup.begin()
    print(dbutils.secrets.get("db", "password"))
    print(dbutils.secrets.get("db", "password"), file=sys.stderr)
    assert capsys.readouterr() == ("[REDACTED]\n", "[REDACTED]\n")
