"""Errors in the shape that every Databricks client reads: a status, an error code and a message."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

# What a client is told for a status that a library raised without an error code of ours.
_CODES = {
    400: "INVALID_PARAMETER_VALUE",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    405: "NOT_IMPLEMENTED",
    413: "INVALID_PARAMETER_VALUE",
}
# Where pydantic found the value: no part of the field's name.
_PLACES = ("body", "query", "path")


class ApiError(Exception):
    """An answer other than success; ``error_code`` is one of Databricks' own."""

    def __init__(self, status: int, error_code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error_code = error_code
        self.message = message

    def response(self) -> JSONResponse:
        """Return the answer that clients parse."""
        return JSONResponse({"error_code": self.error_code, "message": self.message}, self.status)


def invalid(message: str) -> ApiError:
    """Return the 400 of a request that does not match."""
    return ApiError(400, "INVALID_PARAMETER_VALUE", message)


def not_implemented(method: str, path: str) -> ApiError:
    """Return the 501 of a route that the local workspace does not have."""
    return ApiError(501, "NOT_IMPLEMENTED", f"{method} {path} is not implemented by the local workspace")


def explain(errors: Sequence[Any]) -> str:
    """Return the errors of a pydantic model as one line: each field by its path, then what is wrong with it."""
    return "; ".join(_line(error) for error in errors)


def install(app: FastAPI) -> None:
    """Make the application answer every error in that shape."""
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)


def _line(error: Any) -> str:
    location = list(error["loc"])
    # One part alone is a field, which may be called `path`, or the body that is missing.
    parts = location[1:] if len(location) > 1 and location[0] in _PLACES else location
    field = ".".join(str(part) for part in parts)
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        message = "unknown field, or not supported by the local workspace"
    return f"{field}: {message}" if field else message


async def _api_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)
    return error.response()


async def _malformed(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return invalid(explain(error.errors())).response()


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code in (404, 405):
        return not_implemented(request.method, request.url.path).response()
    code = _CODES.get(error.status_code, "INTERNAL_ERROR")
    return ApiError(error.status_code, code, str(error.detail)).response()


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    message = f"{request.method} {request.url.path} failed: {type(error).__name__}: {error}"
    answer = ApiError(500, "INTERNAL_ERROR", message).response()
    answer.headers["X-Content-Type-Options"] = "nosniff"  # this one does not pass SecurityHeaders
    return answer
