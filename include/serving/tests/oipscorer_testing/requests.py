"""Inference requests for the rows of a frame."""

from typing import Any

import pandas as pd

DATATYPES = {"float64": "FP64", "float32": "FP32", "int64": "INT64", "bool": "BOOL"}


def by_column(rows: pd.DataFrame, **further: Any) -> dict[str, Any]:
    """A tensor for each column."""
    tensors = [
        {
            "name": name,
            "shape": [len(rows)],
            "datatype": DATATYPES[str(column.dtype)],
            "data": column.tolist(),
        }
        for name, column in rows.items()
    ]
    return {"inputs": tensors, **further}


def as_matrix(rows: pd.DataFrame, nested: bool = False, **further: Any) -> dict[str, Any]:
    """One tensor for all columns."""
    values = rows.to_numpy(dtype=float)
    data = values.tolist() if nested else values.ravel().tolist()
    tensor = {"name": "input-0", "shape": list(values.shape), "datatype": "FP64", "data": data}
    return {"inputs": [tensor], **further}
