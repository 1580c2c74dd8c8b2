"""A scorer, by HTTP: Open Inference Protocol v2 with its model repository, and traffic by weights.

Source: https://github.com/kserve/open-inference-protocol
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

CHANGE_SECONDS = 300.0  # a load verifies the version before it returns
INFER_SECONDS = 120.0  # Model Serving's own limit for a request


class ScorerError(RuntimeError):
    """The scorer refuses, or does not answer.

    Args:
        status: of its answer; 503 where there was none.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class Scorer:
    """One scorer, which serves one model; its versions are what an endpoint calls served entities.

    Args:
        address: ``http://HOST:PORT``.
        token: its bearer token.
        model: its name there.
    """

    def __init__(self, address: str, token: str, model: str) -> None:
        self._model = model
        self._path = f"/v2/models/{quote(model)}"
        self._repository = f"/v2/repository/models/{quote(model)}"
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(base_url=address, headers=headers, timeout=CHANGE_SECONDS, trust_env=False)

    def answers(self) -> bool:
        """Whether it lives."""
        try:
            return self._http.get("/v2/health/live", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def ready(self) -> set[str]:
        """Versions that may take traffic."""
        lines = self._asked("POST", "/v2/repository/index", {"ready": True})
        return {line["version"] for line in lines if line["name"] == self._model}

    def load(self, version: str, folder: str) -> None:
        """Verified when it returns. Raises ScorerError with the reason of a version that cannot be served."""
        self._asked(
            "POST", f"{self._repository}/load", {"parameters": {"folder": folder, "version": version}}
        )

    def unload(self, version: str) -> None:
        """Raises ScorerError for a version that takes traffic."""
        self._asked("POST", f"{self._repository}/unload", {"parameters": {"version": version}})

    def direct(self, weights: Mapping[str, int]) -> None:
        """Percent by version; holds for every request from the return on."""
        asked = {version: percent for version, percent in weights.items() if percent}
        self._asked("PUT", f"{self._repository}/traffic", {"weights": asked})

    def infer(self, inputs: list[dict[str, Any]], version: str | None = None) -> dict[str, Any]:
        """The protocol's answer, of the version or of whichever the weights choose."""
        path = f"{self._path}/versions/{version}/infer" if version else f"{self._path}/infer"
        answer: dict[str, Any] = self._asked("POST", path, {"inputs": inputs}, INFER_SECONDS)
        return answer

    def metrics(self) -> str:
        """In Prometheus' text format, counted since it was started."""
        return self._sent("GET", "/metrics", None, INFER_SECONDS).text

    def close(self) -> None:
        """Ends its connections."""
        self._http.close()

    def _asked(self, method: str, path: str, content: Any, seconds: float = CHANGE_SECONDS) -> Any:
        return self._sent(method, path, content, seconds).json()

    def _sent(self, method: str, path: str, content: Any, seconds: float) -> httpx.Response:
        try:
            answer = self._http.request(method, path, json=content, timeout=seconds)
        except httpx.HTTPError as error:
            raise ScorerError(503, f"the scorer does not answer: {error or type(error).__name__}") from error
        if answer.status_code >= 400:
            raise ScorerError(answer.status_code, _reason(answer))
        return answer


def _reason(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"])
    except (ValueError, KeyError, TypeError):
        return answer.text
