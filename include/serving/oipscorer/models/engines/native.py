"""XGBoost's own C function for a dense matrix.

`Booster.inplace_predict` calls the same function, but first asks a dozen times what kind of data it has: that is two
thirds of what a row costs. Sources: XGBoosterPredictFromDense and XGBGetLastError in
https://xgboost.readthedocs.io/en/stable/c.html; the array's form is numpy's array interface as JSON.
"""

import ctypes
from math import prod

import numpy as np
import xgboost
from xgboost.libpath import find_lib_path

_LIBRARY = ctypes.CDLL(find_lib_path()[0])  # the one that xgboost has loaded
_LIBRARY.XGBGetLastError.restype = ctypes.c_char_p
_predict = _LIBRARY.XGBoosterPredictFromDense
_SHAPE = ctypes.POINTER(ctypes.c_uint64)
_predict.argtypes = [
    ctypes.c_void_p,  # booster
    ctypes.c_char_p,  # array interface
    ctypes.c_char_p,  # configuration
    ctypes.c_void_p,  # no further information on the rows
    ctypes.POINTER(_SHAPE),
    ctypes.POINTER(ctypes.c_uint64),  # length of the shape
    ctypes.POINTER(ctypes.c_void_p),  # float32 values
]
_ARRAY = b'{"data":[%d,true],"shape":[%d,%d],"typestr":"<f4","version":3,"strides":null}'
_CONFIGURATION = (
    b'{"type":0,"training":false,"iteration_begin":0,"iteration_end":%d,'
    b'"missing":NaN,"strict_shape":false,"cache_id":0}'
)


class Scorer:
    """Scores float32 matrices with the first `trees` rounds of a booster, or with all where it is 0.

    Calling it from several threads at once is safe: the values lie in memory of the calling thread until copied.
    """

    def __init__(self, booster: xgboost.Booster, trees: int) -> None:
        self.booster = booster  # owns the handle
        self._handle, self._configuration = booster.handle, _CONFIGURATION % trees

    def __call__(self, matrix: np.ndarray) -> np.ndarray:
        """Float32 [rows, features] to float32 [rows] or [rows, classes]. Raises XGBoostError."""
        matrix = np.ascontiguousarray(matrix, dtype=np.float32)  # the function sees nothing but an address
        shape, length, values = _SHAPE(), ctypes.c_uint64(), ctypes.c_void_p()
        array = _ARRAY % (matrix.ctypes.data, *matrix.shape)
        out = ctypes.byref(shape), ctypes.byref(length), ctypes.byref(values)
        if _predict(self._handle, array, self._configuration, None, *out):
            raise xgboost.core.XGBoostError(_LIBRARY.XGBGetLastError().decode())
        form = shape[: length.value]
        return np.frombuffer(ctypes.string_at(values, 4 * prod(form)), np.float32).reshape(form)
