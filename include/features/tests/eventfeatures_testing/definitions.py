"""Definitions that tests use."""

from pathlib import Path
from typing import Any

import yaml

FRAUD = Path(__file__).resolve().parents[1] / "fraud.yaml"


def fraud() -> dict[str, Any]:
    """The features of card payments, as YAML gives them."""
    return yaml.safe_load(FRAUD.read_text(encoding="utf-8"))


def every_kind() -> dict[str, Any]:
    """A definition with every kind, over two entities, with conditions and windows from one minute to 30 days."""
    card = {"entity": "card"}
    features: list[dict[str, Any]] = [
        {"name": "amount", "kind": "value", "of": "amount"},
        {"name": "channel", "kind": "category", "of": "channel", "values": ["chip", "online"]},
        {"name": "beyond_tens", "kind": "remainder", "of": "amount", "by": 10},
        {"name": "hour", "kind": "hour"},
        {"name": "weekday", "kind": "weekday"},
        {"name": "seconds", "kind": "seconds_since_last", **card},
        {"name": "seconds_online", "kind": "seconds_since_last", "where": {"channel": "online"}, **card},
        {"name": "km", "kind": "distance_km", **card},
        {"name": "kmh", "kind": "speed_kmh", "where": {"channel": "chip"}, **card},
    ]
    for window in ("1m", "1h", "30d"):
        features += [_of(kind, window, **card) for kind in ("count", "sum", "mean", "max", "ratio", "zscore")]
        features += [_of(kind, window, of="merchant", **card) for kind in ("distinct", "first_seen", "share")]
        features += [_of("count", window, entity="merchant"), _of("sum", window, entity="merchant")]
    online = {"where": {"channel": "online"}}
    features += [_of(kind, "7h", "online_", **online, **card) for kind in ("count", "sum", "mean", "max")]
    return {
        "time": "at",
        "id": "name",
        "location": ["latitude", "longitude"],
        "entities": {"card": {"key": "card"}, "merchant": {"key": "merchant"}},
        "features": features,
    }


def _of(kind: str, window: str, prefix: str = "", **parts: Any) -> dict[str, Any]:
    of = {} if kind == "count" or "of" in parts else {"of": "amount"}
    return {
        "name": f"{parts['entity']}_{prefix}{kind}_{window}",
        "kind": kind,
        "window": window,
        **of,
        **parts,
    }
