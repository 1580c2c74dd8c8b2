"""The page of metrics, by Prometheus' own parser."""

from prometheus_client.parser import text_string_to_metric_families

from .server import Server

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(server: Server, **headers: str) -> Samples:
    """All values by name and labels."""
    page = server.http.get("/metrics", headers=headers)
    assert page.headers["content-type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(page.text)
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def value(found: Samples, name: str, **labels: str) -> float:
    """One of them; 0 where it is not told."""
    return found.get((name, frozenset(labels.items())), 0.0)


def grown(before: Samples, after: Samples) -> Samples:
    """By how much those have grown that have."""
    apart = {key: number - before.get(key, 0.0) for key, number in after.items()}
    return {key: number for key, number in apart.items() if number}
