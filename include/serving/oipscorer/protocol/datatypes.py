"""The protocol's tensor datatypes that a feature can have, and how their JSON is decoded.

Source: the table "Tensor Data Types" of the Open Inference Protocol. FP16, BF16 and BYTES have no feature here.
"""

from typing import Annotated, Any

import numpy as np
from msgspec import Meta
from msgspec.json import Decoder

FLOATS = frozenset({"FP32", "FP64"})
BOOLEANS = frozenset({"BOOL"})
_BITS = (8, 16, 32, 64)
INTEGERS = frozenset(f"{kind}{bits}" for kind in ("INT", "UINT") for bits in _BITS)
DATATYPES = FLOATS | INTEGERS | BOOLEANS
# As binary tensors have them; a BOOL stays a byte until it is known to be 0 or 1.
NUMPY: dict[str, np.dtype[Any]] = {"FP32": np.dtype("<f4"), "FP64": np.dtype("<f8"), "BOOL": np.dtype("u1")}
NUMPY.update({name: np.dtype(name.lower()).newbyteorder("<") for name in INTEGERS})
UINT64_MAX = 2**64 - 1  # msgspec bounds integers by 64 bits with a sign only


def _element(datatype: str) -> Any:
    if datatype in FLOATS:
        return float
    if datatype in BOOLEANS:
        return bool
    bits = int(datatype.removeprefix("U").removeprefix("INT"))
    if datatype == "UINT64":
        return Annotated[int, Meta(ge=0)]
    if datatype.startswith("U"):
        return Annotated[int, Meta(ge=0, le=2**bits - 1)]
    return Annotated[int, Meta(ge=-(2 ** (bits - 1)), le=2 ** (bits - 1) - 1)]


def _decoders() -> dict[tuple[str, bool, bool], Decoder[Any]]:
    made: dict[tuple[str, bool, bool], Decoder[Any]] = {}
    for datatype in DATATYPES:
        for missing in (False, True):
            element = _element(datatype)
            element = element | None if missing and datatype in FLOATS else element
            made[datatype, False, missing] = Decoder(list[element])  # type: ignore[valid-type]
            made[datatype, True, missing] = Decoder(list[list[element]])  # type: ignore[valid-type]
    return made


# By datatype, whether the lists are nested (row by row), and whether a null stands for a missing value of a float.
DECODERS = _decoders()
