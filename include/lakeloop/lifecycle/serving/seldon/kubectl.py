"""kubectl, as far as manifests need it."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from lakeloop.config.serving import SeldonServing
from lakeloop.lifecycle.serving.endpoint import EndpointError

PROGRAM = "kubectl"
SECONDS = 60.0


class Kubectl:
    """One namespace of one cluster.

    Raises EndpointError from each method: without a context in the configuration nothing is applied.
    """

    def __init__(self, settings: SeldonServing, program: str = PROGRAM) -> None:
        self._settings, self._program = settings, program

    def apply(self, text: str) -> None:
        """Makes all objects, or changes them to what they are here."""
        self._run(["apply", "-f", "-"], text)

    def get(self, kind: str, name: str) -> Mapping[str, Any] | None:
        """One object, or None."""
        said = self._run(["get", kind, name, "--ignore-not-found", "-o", "json"])
        return json.loads(said) if said.strip() else None

    def labelled(self, kind: str, label: str) -> Sequence[Mapping[str, Any]]:
        """All objects with a label."""
        items: Sequence[Mapping[str, Any]] = json.loads(self._run(["get", kind, "-l", label, "-o", "json"]))[
            "items"
        ]
        return items

    def _run(self, arguments: Sequence[str], text: str | None = None) -> str:
        settings = self._settings
        if settings.context is None:
            raise EndpointError(
                "serving seldon has no context, so manifests are rendered (`lakeloop serving manifests`) and not "
                "applied; set kubectl's context in targets.yaml to apply them"
            )
        command = [
            self._program,
            "--context",
            settings.context,
            "--namespace",
            settings.namespace,
            *arguments,
        ]
        try:
            done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=SECONDS)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EndpointError(f"{' '.join(command)}: {error}") from error
        if done.returncode:
            raise EndpointError(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout
