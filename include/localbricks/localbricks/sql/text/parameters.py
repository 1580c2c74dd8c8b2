"""Query parameters: what a client binds to :name or ? markers, written into the statement as typed literals.

Delta's parser (4.4.0) wraps Spark's without handing parameters on (`ParserInterface.parsePlanWithParameters`), so that
Spark would call each of them unbound. They are therefore put in here, each checked against its type first.
"""

import datetime as dt
import decimal
import re
from collections.abc import Callable, Sequence
from typing import Any

from databricks.sql.thrift_api.TCLIService import ttypes as t

from ..errors import SYNTAX_OR_RULE, SqlError
from .tokens import Token, tokens

_DECIMAL = re.compile(r"DECIMAL\(\d+,\s*\d+\)$")


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


CHECKS: dict[str, Callable[[str], Any]] = {
    "STRING": str,
    "BOOLEAN": _boolean,
    "TINYINT": int,
    "SMALLINT": int,
    "INT": int,
    "BIGINT": int,
    "FLOAT": float,
    "DOUBLE": float,
    "DATE": dt.date.fromisoformat,
    "TIMESTAMP": dt.datetime.fromisoformat,
    "TIMESTAMP_NTZ": dt.datetime.fromisoformat,
}


def bind(sql: str, parameters: Sequence[t.TSparkParameter] | None) -> str:
    """`sql` with each marker replaced by its parameter. Raises SqlError for one that is missing or no such type."""
    if not parameters:
        return sql
    named = {p.name: _literal(p, p.name) for p in parameters if p.name}
    positional = [_literal(p, str(number)) for number, p in enumerate(parameters, 1) if not p.name]
    return "".join(_replaced(list(tokens(sql)), named, positional))


def _replaced(parts: list[Token], named: dict[str, str], positional: list[str]) -> list[str]:
    out: list[str] = []
    skip = False
    for index, token in enumerate(parts):
        if skip:
            skip = False
        elif token.text == "?" and token.kind == "other":
            out.append(_next(positional))
        elif _is_marker(parts, index):
            out.append(_named(named, parts[index + 1].text))
            skip = True
        else:
            out.append(token.text)
    if positional:
        raise _wrong(f"{len(positional)} more parameters than ? markers")
    return out


def _is_marker(parts: list[Token], index: int) -> bool:
    """Whether a colon begins ``:name``: not in ``a::int``, and not in ``column:field``."""
    if parts[index].text != ":" or index + 1 == len(parts) or parts[index + 1].kind != "word":
        return False
    before = parts[index - 1] if index else None
    return before is None or not (before.kind in ("word", "quoted") or before.text in (":", ")", "]"))


def _next(positional: list[str]) -> str:
    if not positional:
        raise _wrong("more ? markers than parameters")
    return positional.pop(0)


def _named(named: dict[str, str], name: str) -> str:
    if name not in named:
        raise _wrong(f"no parameter for :{name}; there are {', '.join(named) or 'none'}")
    return named[name]


def _wrong(what: str) -> SqlError:
    return SqlError(f"[UNBOUND_SQL_PARAMETER] {what}. SQLSTATE: 42P02", "42P02", "UNBOUND_SQL_PARAMETER")


def _literal(parameter: t.TSparkParameter, label: str) -> str:
    """One parameter as SQL; raises SqlError naming the parameter, its type and its value."""
    kind = (parameter.type or "STRING").upper()
    text = parameter.value.stringValue if parameter.value is not None else None
    try:
        return _nested(kind, parameter.arguments) if parameter.arguments else _scalar(kind, text)
    except (ValueError, ArithmeticError) as error:
        raise SqlError(
            f"[INVALID_PARAMETER_VALUE] parameter {label}: {text!r} is not a valid {kind} ({error})",
            SYNTAX_OR_RULE,
            "INVALID_PARAMETER_VALUE",
        ) from error


def _scalar(kind: str, text: str | None) -> str:
    if text is None or kind == "VOID":
        return "NULL"
    if _DECIMAL.match(kind):
        decimal.Decimal(text)
    elif kind in CHECKS:
        CHECKS[kind](text)
    else:
        raise ValueError(f"expected one of {', '.join(CHECKS)}, DECIMAL(p,s), ARRAY or MAP")
    # '' and not \\', which would end the string where spark.sql.parser.escapedStringLiterals is on.
    quoted = "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
    return quoted if kind == "STRING" else f"CAST({quoted} AS {kind})"


def _nested(kind: str, values: Sequence[t.TSparkParameterValueArg]) -> str:
    parts = [_nested_value(value) for value in values]
    if kind.startswith("ARRAY"):
        return f"array({', '.join(parts)})"
    if kind.startswith("MAP"):
        return f"map({', '.join(parts)})"
    raise ValueError("only ARRAY and MAP parameters may hold values")


def _nested_value(value: t.TSparkParameterValueArg) -> str:
    kind = (value.type or "STRING").upper()
    return _nested(kind, value.arguments) if value.arguments else _scalar(kind, value.value)
