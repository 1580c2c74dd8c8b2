"""What came in the same visit, from a table at once; the visits are those that states count."""

import numpy as np
import pandas as pd
from scipy import sparse


def visit_numbers(table: pd.DataFrame, gap_ms: int) -> np.ndarray:
    """[rows], the number of each row's visit, in an ordered table: an entity's interactions without a longer gap."""
    entity = table["entity"].astype("category").cat.codes.to_numpy()
    at = table["at"].to_numpy()
    order = np.lexsort((at, entity))
    begins = np.ones(len(table), dtype=bool)
    same = entity[order][1:] == entity[order][:-1]
    begins[1:] = ~same | (np.diff(at[order]) > gap_ms)
    numbers = np.empty(len(table), dtype=np.int64)
    numbers[order] = np.cumsum(begins) - 1
    return numbers


def visits_by_item(visits: np.ndarray, items: np.ndarray, size: int) -> sparse.csr_matrix:
    """[visits, items] with 1 where a visit had an item; items that are -1 are left out."""
    known = items >= 0
    rows, columns = visits[known], items[known]
    height = int(visits.max()) + 1 if len(visits) else 0
    matrix = sparse.csr_matrix(
        (np.ones(len(rows), np.float32), (rows, columns)), shape=(height, size), dtype=np.float32
    )
    matrix.data[:] = 1  # twice in a visit is once
    return matrix
