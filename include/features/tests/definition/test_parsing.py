"""Every mistake in a definition is named by its place."""

from copy import deepcopy
from typing import Any

import pytest

from eventfeatures import DefinitionError, parse
from eventfeatures_testing.definitions import every_kind, fraud

COUNT = {"name": "n", "kind": "count", "entity": "card", "window": "1h"}


def with_feature(**changed: Any) -> dict[str, Any]:
    """A definition with one feature; a part that is None is left out."""
    feature = {name: value for name, value in (COUNT | changed).items() if value is not None}
    return every_kind() | {"features": [feature]}


def without(part: str) -> dict[str, Any]:
    definition = deepcopy(every_kind())
    del definition[part]
    return definition


def test_a_definition_is_read() -> None:
    definition = parse(fraud())

    assert definition.entities == {"card": "card_id", "merchant": "merchant_id"}
    by_name = {feature.name: feature for feature in definition.features}
    assert by_name["card_count_1m"].window_ms == 60_000
    assert by_name["card_max_30d"].window_ms == 30 * 86_400_000


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ([], r"definition is \[\], expected a mapping with time, id, entities"),
        (without("time"), "time is None, expected the name of a field"),
        (without("entities"), r"entities is None, expected for each entity \{key: FIELD\}"),
        (
            every_kind() | {"entities": {"card": {}}},
            "entities.card.key is None, expected the name of a field",
        ),
        (
            every_kind() | {"entities": {"a:b": {"key": "c"}}},
            "entities has 'a:b', expected a name of letters",
        ),
        (every_kind() | {"entitys": {}}, "definition has 'entitys', did you mean entities?"),
        (
            every_kind() | {"location": ["latitude"]},
            r"location is \['latitude'\], expected \[FIELD OF LATITUDE",
        ),
        (every_kind() | {"features": []}, r"features is \[\], expected a list with at least one feature"),
        (every_kind() | {"features": [COUNT, COUNT]}, r"features\[1\]: the name n is used twice"),
        (with_feature(kind="counts"), r"features\[0\] \(n\): kind is 'counts', did you mean count\?"),
        (with_feature(entity="cart"), r"features\[0\] \(n\): entity is 'cart', did you mean card\?"),
        (with_feature(entity=None), r"features\[0\] \(n\): kind count needs `entity`"),
        (with_feature(of="amount"), r"features\[0\] \(n\): kind count takes no `of`, but it is 'amount'"),
        (with_feature(kind="sum"), r"features\[0\] \(n\): kind sum needs `of`"),
        (with_feature(widow="1h"), r"features\[0\] has 'widow', did you mean window\?"),
        (
            with_feature(window="1 hour"),
            r"window is '1 hour', expected a whole number and m, h or d between 1m and",
        ),
        (with_feature(window="31d"), "window is '31d', expected"),
        (with_feature(window=60), "window is 60, expected"),
        (
            with_feature(where={"a": "b", "c": "d"}),
            r"where is \{'a': 'b', 'c': 'd'\}, expected one \{FIELD: VALUE\}",
        ),
        (with_feature(where={"a": 1}), r"where.a is 1, expected a string"),
        (
            with_feature(kind="remainder", entity=None, window=None, of="amount", by=0),
            r"features\[0\] \(n\): by is 0, expected a number above 0",
        ),
        (with_feature(by=2), r"features\[0\] \(n\): kind count takes no `by`, but it is 2"),
        (with_feature(name=None), r"features\[0\].name is None, expected a name"),
        (
            with_feature(kind="category", entity=None, window=None, of="channel", values=["a", "a"]),
            r"values is \['a', 'a'\], expected a list of different strings",
        ),
        (
            with_feature(kind="distance_km", window=None) | {"location": None},
            r"features\[0\] \(n\): kind distance_km needs `location` in the definition",
        ),
    ],
)
def test_a_mistake_is_named(definition: Any, said: str) -> None:
    with pytest.raises(DefinitionError, match=said):
        parse(definition)
