"""Secrets never show."""

import json
from pathlib import Path

import pytest

from include.localbricks.notebooks.redaction import Redaction, StreamRedaction

SECRET = 'p&ss"word'


def test_a_secret_is_hidden_as_it_is_and_inside_html_and_json() -> None:
    redaction = Redaction([SECRET])
    for text in (SECRET, "p&amp;ss&quot;word", json.dumps({"k": SECRET})):
        assert "ss" not in redaction.text(text)
        assert "[REDACTED]" in redaction.text(text)


def test_a_secret_that_contains_another_is_hidden_whole() -> None:
    assert Redaction(["open", "open sesame"]).text("open sesame!") == "[REDACTED]!"


def test_a_secret_of_three_letters_hides_no_words() -> None:
    assert Redaction(["the"]).text("the end") == "the end"


def test_all_texts_of_json_are_redacted() -> None:
    value = {"data": {"text/plain": ["a hunter2", 1, None]}}
    assert Redaction(["hunter2"]).any(value) == {"data": {"text/plain": ["a [REDACTED]", 1, None]}}


def test_secrets_come_from_the_workspaces_file(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({"db": {"password": "open sesame", "port": 54321}}))
    assert Redaction.from_file(str(file)).text("open sesame 54321") == "[REDACTED] [REDACTED]"
    assert Redaction.from_file(None).text("open sesame") == "open sesame"


@pytest.mark.parametrize("size", [1, 2, 3, 5, 50])
def test_a_secret_in_two_pieces_is_hidden_too(size: int) -> None:
    text = "hunt hunter2 hunter hunter2"
    stream = StreamRedaction(Redaction(["hunter2"]))
    shown = "".join(stream.feed(text[start : start + size]) for start in range(0, len(text), size))
    assert shown + stream.rest() == "hunt [REDACTED] hunter [REDACTED]"


def test_what_cannot_become_a_secret_is_shown_at_once() -> None:
    stream = StreamRedaction(Redaction(["hunter2"]))
    assert stream.feed("progress 50 %") == "progress 50 %"
