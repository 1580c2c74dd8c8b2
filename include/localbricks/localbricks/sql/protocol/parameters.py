"""Query parameters as the protocol carries them."""

from databricks.sql.thrift_api.TCLIService import ttypes as t

from ..text.parameters import Parameter


def parameters(request: t.TExecuteStatementReq) -> list[Parameter]:
    """The parameters of a request, in order; databricks-sql-connector names all of them or none."""
    return [_parameter(given) for given in request.parameters or []]


def _parameter(given: t.TSparkParameter) -> Parameter:
    value = given.value.stringValue if given.value is not None else None
    return Parameter(given.name or None, given.type or "STRING", value, _items(given))


def _item(given: t.TSparkParameterValueArg) -> Parameter:
    return Parameter(None, given.type or "STRING", given.value, _items(given))


def _items(given: t.TSparkParameter | t.TSparkParameterValueArg) -> tuple[Parameter, ...]:
    return tuple(_item(argument) for argument in given.arguments or [])
