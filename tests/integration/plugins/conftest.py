"""The operators' fixtures, for operators that ask the stack."""

from tests.plugins.conftest import client, executable, model, store, target, use_case, version  # noqa: F401
