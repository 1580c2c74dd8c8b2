"""Bytes that are no state of these settings are refused by name."""

import pytest

from rankstream import Settings, State, StateError
from rankstream.state import decode, encode

RULES = Settings()


def test_nothing_is_an_empty_state() -> None:
    assert decode(None, RULES, "e1") == State()


def test_settings_that_keep_other_numbers_are_refused() -> None:
    content = encode(State(), Settings(short_days=3))

    with pytest.raises(StateError, match="state of e1 was made with other settings"):
        decode(content, RULES, "e1")


def test_settings_that_keep_the_same_are_not() -> None:
    assert decode(encode(State(), Settings(rounds=7, neighbours=3)), RULES, "e1") == State()


@pytest.mark.parametrize("cut", [0, 2, 6, 11, 13])
def test_cut_bytes_are_refused(cut: int) -> None:
    with pytest.raises(StateError, match="state of e1"):
        decode(encode(State(), RULES)[:cut], RULES, "e1")


def test_other_bytes_are_refused() -> None:
    with pytest.raises(StateError, match=r"begins with b'EVF1'; expected b'RKS1'"):
        decode(b"EVF1" + encode(State(), RULES)[4:], RULES, "e1")
