"""A cron expression of five fields, checked while it is read and not when the scheduler meets it."""

import re
from typing import Annotated

from pydantic import AfterValidator

FIELDS = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 7)}
PART = re.compile(r"(?:\*|(?P<first>\d+)(?:-(?P<last>\d+))?)(?:/(?P<step>[1-9]\d*))?")


def checked(text: str) -> str:
    """`text` itself. Raises ValueError naming the field that is wrong and what it may hold."""
    fields = text.split()
    if len(fields) != len(FIELDS):
        raise ValueError(
            f"has {len(fields)} fields, expected the five fields of cron "
            "(minute hour day month weekday, numbers only), e.g. '0 3 * * *'"
        )
    for field, (name, (least, most)) in zip(fields, FIELDS.items(), strict=True):
        if not all(_in_range(part, least, most) for part in field.split(",")):
            raise ValueError(f"{name} is {field!r}, expected *, or numbers from {least} to {most}")
    return text


def _in_range(part: str, least: int, most: int) -> bool:
    match = PART.fullmatch(part)
    if match is None:
        return False
    numbers = [int(match[name]) for name in ("first", "last") if match[name]]
    return numbers == sorted(numbers) and all(least <= number <= most for number in numbers)


Cron = Annotated[str, AfterValidator(checked)]
