"""The executed notebook as a page and as .ipynb, rewritten while it runs."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import Environment, FileSystemLoader, Template, select_autoescape
from nbformat import NotebookNode

from .cells import Cell
from .highlight import code, markdown, styles
from .outcome import replace
from .outputs import html_of, merged
from .redaction import Redaction

# A running cell that prints all the time is not drawn more often than this.
REDRAW_SECONDS = 1.0
FOLDER = Path(__file__).parent


@dataclass
class Progress:
    """How far a cell is: ``waiting``, ``running``, ``done``, ``failed``, ``exited`` or ``skipped``."""

    state: str = "waiting"
    began: float = 0.0
    seconds: float | None = None
    outputs_html: str | None = None

    def begin(self) -> None:
        """The cell runs now."""
        self.state, self.began = "running", time.monotonic()

    def end(self, state: str) -> None:
        """The cell has ended."""
        self.state, self.seconds = state, time.monotonic() - self.began


@dataclass
class Report:
    """Writes notebook.html and notebook.ipynb.

    Attributes:
        notebook: its code cells, one for each cell of ``cells``, hold the outputs.
        message: why the notebook did not run to its end; shown above the cells.
    """

    folder: Path
    name: str
    cells: Sequence[Cell]
    notebook: NotebookNode
    redaction: Redaction
    parameters: dict[str, str]
    progress: list[Progress] = field(default_factory=list)
    message: str = ""
    state: str = "running"
    began: float = field(default_factory=time.time)
    _drawn: float = 0.0

    def __post_init__(self) -> None:
        self.progress = [Progress() for _ in self.cells]
        self._template = _template()
        self._sources = [_source(cell) for cell in self.cells]
        self._styles = (FOLDER / "notebook.css").read_text(encoding="utf-8") + styles()

    def changed(self) -> None:
        """Redraw unless that was done a moment ago."""
        if time.monotonic() - self._drawn >= REDRAW_SECONDS:
            self.draw()

    def draw(self) -> None:
        """Write notebook.html."""
        replace(self.folder / "notebook.html", self._page())
        self._drawn = time.monotonic()

    def finish(self, state: str, message: str = "") -> None:
        """Say how the notebook ended (``done``, ``failed``, ``exited`` or ``stopped``) and write both files."""
        self.state, self.message = state, self.redaction.text(message)
        for progress in self.progress:
            if progress.state == "waiting":
                progress.state = "skipped" if state != "done" else "done"
        self.draw()
        replace(self.folder / "notebook.ipynb", nbformat.writes(self._as_written()))

    def _page(self) -> str:
        return self._template.render(
            name=self.name,
            state=self.state,
            message=self.message,
            began=time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(self.began)),
            took=_duration(time.time() - self.began),
            parameters=self.redaction.any(self.parameters),
            styles=self._styles,
            cells=[self._cell(index) for index in range(len(self.cells))],
        )

    def _cell(self, index: int) -> dict[str, Any]:
        cell, progress = self.cells[index], self.progress[index]
        took = "" if progress.seconds is None else _duration(progress.seconds)
        return {
            "number": index + 1,
            "title": cell.title,
            "origin": cell.origin,
            "is_text": cell.code is None,
            "source": self._sources[index],
            "state": progress.state,
            "took": took,
            "outputs": self._outputs(index),
        }

    def _outputs(self, index: int) -> str:
        """Return a cell's outputs as HTML; those of a cell that has ended are made once."""
        progress = self.progress[index]
        if progress.outputs_html is not None:
            return progress.outputs_html
        outputs = self.redaction.any(merged(self.notebook.cells[index].get("outputs", [])))
        html = html_of(outputs)
        if progress.state not in ("waiting", "running"):
            progress.outputs_html = html
        return html

    def _as_written(self) -> NotebookNode:
        """Return the notebook with the cells as their author wrote them, and their outputs."""
        cells = [self._node(index) for index in range(len(self.cells))]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
        return notebook

    def _node(self, index: int) -> NotebookNode:
        cell, node = self.cells[index], self.notebook.cells[index]
        if cell.code is None:
            return nbformat.v4.new_markdown_cell(cell.shown)
        outputs = nbformat.from_dict(self.redaction.any(merged(node.get("outputs", []))))
        metadata = {"execution": node.metadata.get("execution", {})}
        count = node.get("execution_count")
        return nbformat.v4.new_code_cell(
            cell.shown, outputs=outputs, metadata=metadata, execution_count=count
        )


def _source(cell: Cell) -> str:
    return markdown(cell.shown) if cell.code is None else code(cell.shown, cell.language)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


def write_refusal(folder: Path, name: str, message: str) -> None:
    """Write notebook.html of a notebook that could not even begin."""
    style = (FOLDER / "notebook.css").read_text(encoding="utf-8")
    empty: dict[str, Any] = {"began": "", "took": "", "parameters": {}, "cells": []}
    page = _template().render(name=name, state="failed", message=message, styles=style, **empty)
    replace(folder / "notebook.html", page)


def _template() -> Template:
    return Environment(loader=FileSystemLoader(FOLDER), autoescape=select_autoescape()).get_template(
        "notebook.html"
    )
