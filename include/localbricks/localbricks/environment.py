"""Settings as environment variables give them, checked in one way."""

import os
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

LOOPBACK = "127.0.0.1"


class SettingsError(ValueError):
    """A setting is missing or malformed; the message names the variable."""


def required(environment: Mapping[str, str], name: str) -> str:
    """The value of a variable. Raises SettingsError when it is not set, or empty."""
    value = environment.get(name, "")
    if not value:
        raise SettingsError(f"{name} is not set; the local workspace cannot start without it")
    return value


def port(environment: Mapping[str, str], name: str, default: int) -> int:
    """The TCP port that a variable names. Raises SettingsError for anything else."""
    value = environment.get(name, str(default))
    if not value.isdigit() or not 0 < int(value) < 65536:
        raise SettingsError(f"{name} is {value!r}; expected a TCP port between 1 and 65535")
    return int(value)


def loopback(environment: Mapping[str, str], name: str) -> str:
    """The loopback address that a variable names; 127.0.0.1 when it is not set.

    Raises SettingsError for any other: the run pages ask for no token, and Spark behind them for nothing at all.
    """
    host = environment.get(name) or LOOPBACK
    try:
        is_loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise SettingsError(
            f"{name} is {host!r}; expected a loopback address such as {LOOPBACK}, because run pages need no token. "
            "From another machine use a tunnel: ssh -L"
        )
    return host


def folders(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    """The folders of a search path (``/a:/b``), absolute; none when the variable is not set."""
    return tuple(
        str(Path(entry).absolute()) for entry in environment.get(name, "").split(os.pathsep) if entry
    )
