"""Settings that cannot be are named."""

import pytest

from rankstream import Settings, SettingsError, settings_of


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"rounds": 0}, "rounds is 0"),
        ({"short_days": float("inf")}, "short_days is inf"),
        ({"long_days": -1}, "long_days is -1"),
        ({"long_days": "x"}, "long_days"),
        ({"colour": 1}, "colour"),
    ],
)
def test_named(values: dict[str, object], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        settings_of(values)


def test_an_origin_of_candidates_may_be_left_out() -> None:
    assert settings_of({"by_factors": 0}) == Settings(by_factors=0)


def test_only_what_states_keep_is_in_their_fingerprint() -> None:
    assert Settings(rounds=1).fingerprint() == Settings().fingerprint()
    assert Settings(items_kept=1).fingerprint() != Settings().fingerprint()
