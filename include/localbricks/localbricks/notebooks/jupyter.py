"""Notebooks in Databricks' source format for Jupyter, and back: what was not edited comes back letter by letter.

``python -m localbricks.notebooks.jupyter <notebook.ipynb> <notebook.py>`` writes the source, as Jupyter does after each
save; `start` is what a kernel does before its first cell.
"""

import re
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from .objects import HEADER
from .source import NotebookError
from .statements import split

DIVIDER = "# COMMAND ----------"
MAGIC = "# MAGIC"
KERNEL = "databricks"
_DIVIDERS = re.compile(rf"^{DIVIDER}[ \t]*\n", re.M)
_SQL = re.compile(r"\s*%sql(?!\S)\s*(.*)", re.S)


def to_notebook(source: str) -> NotebookNode:
    """A notebook of Jupyter: ``%md`` cells become markdown, cells of other languages keep their magic.

    Raises NotebookError for text without the header of the source format.
    """
    if not source.startswith(HEADER):
        raise NotebookError(f"the file does not begin with {HEADER!r}: it is no notebook in source format")
    parts = _DIVIDERS.split(source.removeprefix(HEADER).removeprefix("\n"))
    first, *others = (part.removesuffix("\n") for part in parts)
    texts = [first.removesuffix("\n") if others else first]
    texts += [other.removeprefix("\n").removesuffix("\n") for other in others[:-1]]
    texts += [other.removeprefix("\n") for other in others[-1:]]
    notebook = nbformat.v4.new_notebook(cells=[_cell(text) for text in texts])
    notebook.metadata["kernelspec"] = {"name": KERNEL, "display_name": KERNEL, "language": "python"}
    return notebook


def to_source(notebook: NotebookNode) -> str:
    """The same notebook in source format, without outputs."""
    texts = [_text(cell) for cell in notebook.cells if cell.cell_type != "raw"]
    return f"{HEADER}\n" + f"\n\n{DIVIDER}\n\n".join(texts) + "\n"


def start(namespace: dict[str, Any]) -> None:
    """Put `spark`, `dbutils` and `display` into a kernel, and let it run cells that begin with ``%sql``."""
    import localbricks_runtime.startup  # noqa: F401  # as each Python process of a task begins
    from IPython import get_ipython
    from localbricks_runtime.kernel import start as begin

    begin(namespace)
    get_ipython().input_transformers_cleanup.append(sql_as_python)


def sql_as_python(lines: list[str]) -> list[str]:
    """The lines of a cell; one that begins with ``%sql`` as the call that runs its statements."""
    match = _SQL.match("".join(lines))
    return [f"_sqldf = _run_sql({split(match[1])!r})\n"] if match else lines


def _cell(text: str) -> NotebookNode:
    lines = text.split("\n")
    if not all(line.startswith(MAGIC) for line in lines):
        return nbformat.v4.new_code_cell(text)
    plain = [re.sub(rf"^{MAGIC} ?", "", line) for line in lines]
    if plain[0] == "%md":
        return nbformat.v4.new_markdown_cell("\n".join(plain[1:]))
    return nbformat.v4.new_code_cell("\n".join(plain))


def _text(cell: NotebookNode) -> str:
    if cell.cell_type == "markdown":
        return _marked(["%md", *cell.source.split("\n")])
    lines = cell.source.split("\n")
    return _marked(lines) if re.match(r"%(sql|md|run|python)(?!\S)", lines[0]) else cell.source


def _marked(lines: list[str]) -> str:
    return "\n".join(f"{MAGIC} {line}".rstrip() for line in lines)


def main() -> None:
    """Write the source of a notebook that Jupyter has saved, whole or not at all."""
    saved, target = Path(sys.argv[1]), Path(sys.argv[2])
    text = to_source(nbformat.read(saved, as_version=4))
    draft = target.with_name(f".{target.name}.draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(target)


if __name__ == "__main__":
    main()
