"""A `%sql` cell: its statements one after another, the last one's rows shown."""

from collections.abc import Sequence
from typing import Any

from .dbutils import DBUtils
from .display import display, rows
from .names import session


def run(statements: Sequence[str]) -> Any:
    """The last statement's DataFrame, shown as a table; earlier queries run to their end as well.

    ``:name`` in a statement is the value of the widget of that name.
    """
    frame = None
    for number, statement in enumerate(statements, 1):
        frame = _frame(statement)
        if number < len(statements):
            rows(frame)
    display(frame)
    return frame


def _frame(statement: str) -> Any:
    widgets = DBUtils().widgets.getAll() if ":" in statement else {}
    return session().sql(statement, args=widgets) if widgets else session().sql(statement)
