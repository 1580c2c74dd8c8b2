"""What the Workspace API's formats mean: which file an import becomes, and what an export returns."""

import json
from pathlib import PurePosixPath
from typing import Any, Literal

from ..api_errors import ApiError, invalid
from ..notebooks.source import COMMENTS, Source, header, read
from .files import Entry, WorkspaceFiles

Format = Literal["SOURCE", "AUTO", "RAW", "JUPYTER"]
Language = Literal["PYTHON", "SQL", "SCALA", "R"]
LIMIT_BYTES = 10 * 1024 * 1024
SUFFIX_OF = {"PYTHON": ".py", "SQL": ".sql", "SCALA": ".scala", "R": ".r"}


def save(
    files: WorkspaceFiles,
    path: str,
    content: bytes,
    form: Format,
    language: Language | None = None,
    overwrite: bool = False,
) -> None:
    """Write an object as the import's format says. Raises ApiError 400 when format and content do not match."""
    if len(content) > LIMIT_BYTES:
        size = f"{len(content):,} bytes; at most {LIMIT_BYTES:,} can be imported"
        raise ApiError(400, "MAX_NOTEBOOK_SIZE_EXCEEDED", f"{path} has {size}.")
    suffix = _notebook_suffix(path, content, form, language)
    if suffix == ".ipynb":
        _require_jupyter(path, content)
    elif suffix and not content.startswith(header(suffix).encode()):
        content = f"{header(suffix)}\n".encode() + content
    files.write(path, content, suffix, overwrite)


def export(entry: Entry, form: Format) -> bytes:
    """Return an object's content; a notebook is converted between its two formats. Raises ApiError 400."""
    if entry.kind == "DIRECTORY":
        raise invalid(f"path: {entry.path} is a directory; export its objects one by one")
    suffix = entry.file.suffix.lower()
    if entry.kind == "NOTEBOOK" and form == "JUPYTER" and suffix != ".ipynb":
        return _as_jupyter(read(entry.file, entry.path))
    if entry.kind == "NOTEBOOK" and form == "SOURCE" and suffix == ".ipynb":
        return _as_source(read(entry.file, entry.path))
    return entry.file.read_bytes()


def file_type(entry: Entry, form: Format) -> str:
    """Return the suffix that an export's content would have."""
    if entry.kind == "NOTEBOOK" and form in ("JUPYTER", "SOURCE"):
        is_same = (entry.file.suffix == ".ipynb") == (form == "JUPYTER")
        return entry.file.suffix[1:] if is_same else {"JUPYTER": "ipynb", "SOURCE": "py"}[form]
    return entry.file.suffix[1:]


def _notebook_suffix(path: str, content: bytes, form: Format, language: Language | None) -> str:
    """Return the suffix of the notebook that an import makes, an empty text when it makes a file."""
    own = PurePosixPath(path).suffix.lower()
    if form == "JUPYTER":
        return ".ipynb"
    if form == "SOURCE":
        if language is None and own not in COMMENTS:
            raise invalid("language: expected PYTHON, SQL, SCALA or R for an import with the format SOURCE")
        return SUFFIX_OF[language] if language else own
    if form == "RAW":
        return ""
    is_source = own in COMMENTS and content.removeprefix(b"\xef\xbb\xbf").startswith(header(own).encode())
    return own if own == ".ipynb" or is_source else ""


def _require_jupyter(path: str, content: bytes) -> None:
    try:
        notebook = json.loads(content)
    except ValueError as error:
        raise invalid(f"content: {path} is no Jupyter notebook: {error}") from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise invalid(f"content: {path} is no Jupyter notebook of format 4: it has no cells")


def _as_jupyter(source: Source) -> bytes:
    cells: list[dict[str, Any]] = []
    for cell in source.cells:
        is_text = cell.text.startswith("%md")
        text = cell.text.partition("\n")[2] if is_text else cell.text
        lines = text.splitlines(keepends=True)
        extra: dict[str, Any] = {} if is_text else {"outputs": [], "execution_count": None}
        kind = "markdown" if is_text else "code"
        cells.append({"cell_type": kind, "metadata": {}, "source": lines, **extra})
    kernel = {"name": "python3", "display_name": "Python 3", "language": source.language}
    notebook = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 4}
    return json.dumps(notebook, indent=1).encode()


def _as_source(source: Source) -> bytes:
    suffix = SUFFIX_OF[source.language.upper()]
    mark = COMMENTS[suffix]
    parts = []
    for cell in source.cells:
        lines = cell.text.split("\n")
        is_magic = cell.text.startswith("%")
        parts.append("\n".join(f"{mark} MAGIC {line}".rstrip() if is_magic else line for line in lines))
    divider = f"\n\n{mark} COMMAND ----------\n\n"
    return f"{header(suffix)}\n{divider.join(parts)}\n".encode()
