"""A small HTTP server that answers as Airflow's API does, from a script of what happens."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, Any]
TOKEN = "a-token"
START, END = "2026-01-01T10:00:00Z", "2026-01-01T10:00:12.500000Z"


def run(dag_id: str, state: str, run_id: str = "r1", run_after: str = START) -> dict[str, Any]:
    """A DAG run as the API shows it."""
    return {
        "dag_id": dag_id,
        "dag_run_id": run_id,
        "state": state,
        "run_after": run_after,
        "start_date": None if state == "queued" else START,
        "end_date": END if state in ("success", "failed") else None,
    }


class AirflowServer:
    """Serves on a free port of loopback; ``routes[(method, path)]`` is an answer or makes one from the query."""

    def __init__(self) -> None:
        self.routes: dict[tuple[str, str], Answer | Callable[[dict[str, list[str]]], Answer]] = {
            ("GET", "/auth/token"): (201, {"access_token": TOKEN}),
        }
        self.requests: list[tuple[str, str, Any]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, target: str, token: str | None, body: Any) -> Answer:
        """What the script says, if the caller brought the token."""
        parts = urlsplit(target)
        self.requests.append((method, parts.path, body))
        if parts.path != "/auth/token" and token != f"Bearer {TOKEN}":
            return 401, {"detail": "Not authenticated"}
        found = self.routes.get((method, parts.path), (404, {"detail": f"no {parts.path}"}))
        return found(parse_qs(parts.query)) if callable(found) else found

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # the base class looks for this name
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def do_PATCH(self) -> None:
                self._answer()

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

            def _answer(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body = json.loads(self.rfile.read(length)) if length else None
                status, content = server.answer(
                    self.command, self.path, self.headers.get("Authorization"), body
                )
                data = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        return Handler
