"""Bounds that a YAML file sets: a limit such as ``>= 0.80``, or a range such as ``[0.5, 2.0]``."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator

Sign = Literal[">=", "<="]
_LIMIT = re.compile(r"(>=|<=)\s*(-?\d+(?:\.\d+)?)")


def _limit(text: str) -> str:
    if not _LIMIT.fullmatch(text):
        raise ValueError("is no limit, expected >= or <= and a number, for example '>= 0.80'")
    return text


def parse_limit(limit: str) -> tuple[Sign, float]:
    """Sign and number of a checked limit."""
    match = _LIMIT.fullmatch(limit)
    if match is None:
        raise ValueError(f"{limit!r} is no limit, expected for example '>= 0.80'")
    return ("<=" if match[1] == "<=" else ">="), float(match[2])


def keeps(value: float, limit: str) -> bool:
    """Whether `value` keeps `limit`; an undefined value (NaN) keeps none."""
    sign, bound = parse_limit(limit)
    return value >= bound if sign == ">=" else value <= bound


def _at_most(limit: str) -> str:
    if parse_limit(limit)[0] != "<=":
        raise ValueError("would let only bad models pass, expected <= and a number")
    return limit


def _at_least(limit: str) -> str:
    if parse_limit(limit)[0] != ">=":
        raise ValueError("would let only bad models pass, expected >= and a number")
    return limit


def _ascending(ends: tuple[float, float]) -> tuple[float, float]:
    if ends[0] >= ends[1]:
        raise ValueError("is no range, expected two numbers of which the second is larger, e.g. [0.5, 2.0]")
    return ends


Limit = Annotated[str, AfterValidator(_limit)]
AtMost = Annotated[Limit, AfterValidator(_at_most)]
AtLeast = Annotated[Limit, AfterValidator(_at_least)]
Range = Annotated[tuple[float, float], AfterValidator(_ascending)]
