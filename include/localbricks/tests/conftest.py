"""The same generated examples in each run; ``--hypothesis-profile=default`` looks for others."""

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")
