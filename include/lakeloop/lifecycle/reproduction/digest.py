"""A hash of rows that does not depend on how they are stored."""

from hashlib import sha256

import pandas as pd
from pandas.util import hash_pandas_object


def digest(frame: pd.DataFrame) -> str:
    """SHA-256 (hex) over names, types, order and values of all columns; two frames with one digest are the same rows.

    Unlike the hash of a Parquet file it stays the same with another version of the library that writes it.
    """
    total = sha256(f"{len(frame)} rows".encode())
    for name, column in frame.items():
        total.update(f"\0{name}\0{column.dtype}\0".encode())
        total.update(hash_pandas_object(column, index=False).to_numpy().astype("<u8").tobytes())
    return total.hexdigest()
