"""An inference request, decoded; the data of a tensor stays as bytes until its datatype and model are known."""

import re
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Raw, Struct
from msgspec.json import Decoder

from ..errors import RefusedError

INT64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]  # what can be answered again
Parameters = dict[str, str | INT64 | float | bool]
Dimension = Annotated[int, Meta(ge=0, le=2**63 - 1)]
T = TypeVar("T")
_PLACE = re.compile(r"(?P<what>.*) - at `\$\.?(?P<place>.*)`", re.DOTALL)


class InputTensor(Struct, forbid_unknown_fields=True):
    """``$request_input``: `data` holds the JSON of the values, flat or nested, and is empty where they are binary."""

    name: str
    shape: list[Dimension]
    datatype: str
    data: Raw = Raw(b"")
    parameters: Parameters | None = None


class RequestedOutput(Struct, forbid_unknown_fields=True):
    """``$request_output``"""

    name: str
    parameters: Parameters | None = None


class InferenceRequest(Struct, forbid_unknown_fields=True):
    """``$inference_request``"""

    inputs: list[InputTensor]  # until tensors of other forms take their places
    id: str | None = None
    parameters: Parameters | None = None
    outputs: list[RequestedOutput] | None = None


_INFERENCE = Decoder(InferenceRequest)


def inference_request(body: bytes | bytearray) -> InferenceRequest:
    """The request in a body. Raises RefusedError (400) that names the field."""
    return decoded(_INFERENCE, body)


def decoded(decoder: Decoder[Any], body: bytes | bytearray, place: str = "") -> Any:
    """What a decoder makes of JSON; `place` is put before the field that an error names. Raises RefusedError (400)."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise RefusedError(400, _sentence(str(error), place)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RefusedError(400, f"{place or 'the body'} is not valid JSON: {error}") from None
    except RecursionError:
        raise RefusedError(400, f"{place or 'the body'} is nested too deeply") from None


def converted(parameters: Parameters, to: type[T]) -> T:
    """Parameters as a class that names those it knows. Raises RefusedError (400) naming the parameter."""
    try:
        return msgspec.convert(parameters, to)
    except msgspec.ValidationError as error:
        raise RefusedError(400, _sentence(str(error), "parameters")) from None


def _sentence(said: str, place: str) -> str:
    """msgspec's ``Expected X, got Y - at `$.a[0]` `` as ``a[0]: Expected X, got Y``."""
    match = _PLACE.fullmatch(said)
    what, inner = (match["what"], match["place"]) if match else (said, "")
    joined = place + inner if inner.startswith("[") or not place else f"{place}.{inner}".rstrip(".")
    return f"{joined or 'the body'}: {what}"
