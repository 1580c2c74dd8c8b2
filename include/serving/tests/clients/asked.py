"""Asks a server with tritonclient as it is published; runs in the client's own environment.

``python asked.py http 127.0.0.1:8080 < questions.json`` prints an answer or an error for each question, as JSON.
Values travel as lists; NaN as null.
"""

import json
import sys
from typing import Any

import numpy as np


def made(module: Any, question: dict[str, Any]) -> dict[str, Any]:
    """Arguments of `infer`; what a question leaves open is the client's default."""
    inputs = []
    for one in question["inputs"]:
        tensor = module.InferInput(one["name"], one["shape"], one["datatype"])
        kind = {"FP32": "float32", "FP64": "float64", "INT64": "int64", "BOOL": "bool", "BYTES": "object"}
        values = [np.nan if value is None else value for value in one["data"]]
        tensor.set_data_from_numpy(
            np.array(values, kind[one["datatype"]]).reshape(one["shape"]), *one.get("how", [])
        )
        inputs.append(tensor)
    arguments: dict[str, Any] = {"inputs": inputs, **question.get("further", {})}
    if "outputs" in question:
        arguments["outputs"] = [module.InferRequestedOutput(name) for name in question["outputs"]]
    return arguments


def asked(module: Any, client: Any, question: dict[str, Any]) -> dict[str, Any]:
    try:
        if "call" in question:
            return {"answer": str(getattr(client, question["call"])(*question.get("arguments", [])))}
        result = client.infer(question["model"], **made(module, question))
        names = question.get("outputs", ["predict"])
        return {"outputs": {name: listed(result.as_numpy(name)) for name in names}}
    except Exception as error:
        status = getattr(error, "status", None)
        return {
            "error": str(error),
            "status": status() if callable(status) else status,
            "kind": type(error).__name__,
        }


def listed(values: Any) -> Any:
    return [v.decode() if isinstance(v, bytes) else v for v in values.ravel().tolist()]


def main() -> None:
    protocol, address = sys.argv[1:]
    if protocol == "http":
        import tritonclient.http as module
    else:
        import tritonclient.grpc as module
    client = module.InferenceServerClient(address)
    print(json.dumps([asked(module, client, question) for question in json.load(sys.stdin)]))


main()
