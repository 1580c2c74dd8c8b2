"""What ``lakeloop up`` says on a terminal."""

import pytest

from lakeloop_stack.cli import up


def test_each_mistake_is_a_warning_in_a_line_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mistakes = ["a.yaml: tags: [1] is wrong", "b.yaml: " + 40 * "far beyond a line "]
    monkeypatch.setattr(up, "problems", lambda project: mistakes)

    up.warn_of_mistakes()

    said = capsys.readouterr().err.splitlines()
    assert [line.rstrip() for line in said] == [f"warning: {mistake}".rstrip() for mistake in mistakes]
