"""Reason codes in words: what a feature is by its contract, its value, and which way it moved the prediction."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from lakeloop.lifecycle.explain.contributions import Link
from lakeloop.lifecycle.explain.reasons import Reason

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

UNITS: Mapping[Link, str] = {
    "logit": "log-odds of the predicted probability",
    "log": "logarithm of the predicted number",
    "identity": "units of the predicted number",
}


def descriptions(schema: "StructType") -> dict[str, str]:
    """What the columns of a table mean: their comments, which dbt writes from the contract of the model."""
    comments = {field.name: (field.metadata or {}).get("comment") for field in schema.fields}
    return {name: str(comment) for name, comment in comments.items() if comment}


def sentence(reason: Reason, described: Mapping[str, str]) -> str:
    """``Days from the last purchase to the end of the period: 41. Raises it by 0.83.``

    Of a description what stands before its first semicolon.
    """
    name = reason["feature"]
    way = "Raises" if reason["contribution"] > 0 else "Lowers"
    head = described.get(name, name).partition(";")[0].rstrip(". ")
    return f"{head}: {shown(reason['value'])}. {way} it by {abs(reason['contribution']):.3g}."


def shown(value: float | None) -> str:
    """``missing``, ``41``, ``1,204``, ``0.125``."""
    if value is None or math.isnan(value):
        return "missing"
    return f"{value:,.0f}" if value == round(value) else f"{value:,.4g}"
