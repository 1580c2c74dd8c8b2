"""Lines read one by one, exactly; what does not fit its column is rescued."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from .csv_record import split
from .json_record import NUMBER, Member, Nested, Token, as_text, records
from .values import MisfitError, from_csv, from_json

CORRUPT = "_corrupt_record"
FILE_PATH = "_file_path"
Kinds = Mapping[str, pa.DataType]  # the columns of the schema
Row = tuple[dict[str, Any], dict[str, Token]]  # values of columns, and what is rescued as the file has it


def json_rows(line: bytes, kinds: Kinds) -> list[Row]:
    """The rows of one line of JSON: none, one, or those of a list of objects. What is no JSON is rescued whole."""
    try:
        text = line.decode()
        found, rest = records(text)
        rows = [_json_row(members, kinds) for members in found]
    except (ValueError, RecursionError):
        return [corrupt(line)]
    if rest and rows:
        rows[-1][1][CORRUPT] = text  # what stands behind the first value is in no column
    return rows


def csv_row(line: bytes, names: Sequence[str], kinds: Kinds, separator: str) -> Row:
    """One line of CSV whose columns are `names`. Missing values are null, surplus ones are rescued by position."""
    texts: list[str | None] = [text or None for text in split(line.decode("utf-8", "replace"), separator)]
    values: dict[str, Any] = {}
    rescued: dict[str, Token] = {}
    for place, text in enumerate(texts):
        name = names[place] if place < len(names) else f"_c{place}"
        if name not in kinds or place >= len(names):
            rescued[name] = text
        elif text is not None:
            try:
                values[name] = from_csv(text, kinds[name])
            except MisfitError:
                rescued[name] = text
    return values, rescued


def corrupt(line: bytes, problem: str | None = None) -> Row:
    """A row that holds nothing but the line as it was found; bytes that are no UTF-8 are written ``\\xff``."""
    text = line.decode("utf-8", "backslashreplace")
    rescued: dict[str, Token] = {CORRUPT: text}
    return {}, rescued | ({"_problem": problem} if problem else {})


def table_of(rows: Sequence[Row], schema: pa.Schema, rescued_column: str, path: str) -> pa.Table:
    """The rows as a table of `schema`. Without a rescued column in it, what does not fit is null."""
    arrays = []
    for field in schema:
        if field.name == rescued_column:
            values = [said(rescued, path) if rescued else None for _, rescued in rows]
        else:
            values = [found.get(field.name) for found, _ in rows]
        arrays.append(pa.array(values, field.type))
    return pa.Table.from_arrays(arrays, schema=schema)


def said(rescued: Mapping[str, Token], path: str) -> str:
    """What is rescued of one row, as JSON: strings as strings, everything else with the file's own text."""
    whole = {**rescued, FILE_PATH: path}
    return "{" + ", ".join(f"{_quoted(name)}: {_as_json(token)}" for name, token in whole.items()) + "}"


def dump(value: Any) -> str:
    """A value as JSON; what JSON has no form for is text."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _json_row(members: Sequence[Member], kinds: Kinds) -> Row:
    """Of a name that is there twice the last value that fits counts."""
    values: dict[str, Any] = {}
    rescued: dict[str, Token] = {}
    for name, token in members:
        lost: list[bool] = []
        try:
            values[name] = from_json(token, kinds[name], lost)
        except (MisfitError, KeyError):
            lost.append(True)
        if lost:
            rescued[name] = token
    return values, rescued


def _quoted(text: str) -> str:
    return json.dumps(as_text(text), ensure_ascii=False)


def _as_json(token: Token) -> str:
    if isinstance(token, bytes):
        text = token.decode()
        return text if NUMBER.fullmatch(text) else _quoted(text)
    if isinstance(token, Nested):
        return str(token) if _strict(token) else _quoted(token)
    return _quoted(token) if isinstance(token, str) else json.dumps(token)


def _strict(text: str) -> bool:
    try:
        json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError):
        return False
    return True


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
