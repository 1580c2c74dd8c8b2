"""What a cell put out, as HTML."""

from typing import Any

from include.localbricks.notebooks.outputs import EXIT_MIME, exit_value, html_of, merged, trace
from include.localbricks.notebooks.text import plain


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def data(**kinds: Any) -> dict[str, Any]:
    return {
        "output_type": "display_data",
        "data": {key.replace("_", "/"): value for key, value in kinds.items()},
    }


def test_pieces_of_a_stream_are_joined_but_not_across_a_figure() -> None:
    outputs = merged([stream("a"), stream("b\n"), data(image_png="AA=="), stream("c"), stream("d", "stderr")])
    assert [output.get("text") for output in outputs] == ["ab\n", None, "c", "d"]


def test_merging_leaves_the_originals_alone() -> None:
    pieces = [stream("a"), stream("b")]
    merged(pieces)
    assert pieces == [stream("a"), stream("b")]


def test_text_is_shown_as_a_terminal_would() -> None:
    assert plain("\x1b[31mred\x1b[0m\r\n 10 %\r 20 %\r100 %\n") == "red\n100 %\n"


def test_text_is_escaped_and_declared_html_is_not() -> None:
    assert html_of([stream("<script>")]) == "<pre class='stdout'>&lt;script&gt;</pre>"
    assert html_of([data(text_plain="<b>")]) == "<pre>&lt;b&gt;</pre>"
    assert html_of([data(text_html="<b>x</b>", text_plain="x")]) == "<div class='html'><b>x</b></div>"


def test_the_richest_form_is_shown() -> None:
    shown = html_of([data(text_plain="Figure", image_png="iVBOR")])
    assert "data:image/png;base64,iVBOR" in shown
    assert "Figure" not in shown


def test_an_exit_is_found_and_shown_escaped() -> None:
    outputs = [stream("a"), {"output_type": "display_data", "data": {EXIT_MIME: {"value": "<7>"}}}]
    assert exit_value(outputs) == "<7>"
    assert "Notebook exited: <b>&lt;7&gt;</b>" in html_of(outputs)
    assert exit_value([stream("a")]) is None


def test_a_trace_is_plain_and_without_the_servers_java_stack() -> None:
    assert (
        trace(["\x1b[1mTraceback\x1b[0m", "Error: x\n\nJVM stacktrace:\norg.apache.spark"])
        == "Traceback\nError: x"
    )
