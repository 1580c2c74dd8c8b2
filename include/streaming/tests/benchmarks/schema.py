"""How long a schema's check takes, beside jsonschema: ``PYTHONPATH=tests python tests/benchmarks/schema.py``."""

import json
from statistics import median
from timeit import repeat
from typing import Any

import jsonschema
import msgspec

from eventscorer.events.quick import quick_check
from eventscorer.events.schema import compiled

NAMES = [f"f{number}" for number in range(20)]
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "time": {"type": "integer"}}
    | {name: {"type": "number"} for name in NAMES},
    "required": ["id", "time", *NAMES],
}


def microseconds(call: Any, rounds: int) -> float:
    return median(repeat(call, number=rounds, repeat=7)) / rounds * 1e6


if __name__ == "__main__":
    event = {"id": "e1", "time": 1, **{name: 1.5 for name in NAMES}}
    body, violation = json.dumps(event).encode(), compiled(SCHEMA)
    oracle, decode = jsonschema.Draft7Validator(SCHEMA), msgspec.json.Decoder(dict[str, Any]).decode
    ours, theirs = (
        microseconds(lambda: violation(event), 5000),
        microseconds(lambda: oracle.is_valid(event), 300),
    )
    print(f"compiled {ours:.1f} us, jsonschema {theirs:.1f} us ({theirs / ours:.0f} times)")
    quick = quick_check(SCHEMA)
    assert quick(body)
    print(f"quick check, with its parsing {microseconds(lambda: quick(body), 5000):.1f} us")
    print(f"parsing {microseconds(lambda: decode(body), 5000):.1f} us")
