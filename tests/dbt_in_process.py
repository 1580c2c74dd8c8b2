"""dbt called again and again in the process of the tests, as quickly as in a process of its own."""

import pytest


def quick_behavior_flags(patch: pytest.MonkeyPatch) -> None:
    """Keep dbt from looking through the whole call stack for each of its behavior flags.

    Each adapter looks up who declared a flag, for the text of a warning, and adds its flags once more to a list that
    all adapters of a process share. Below pytest, with thousands of modules, the hundredth call of dbt takes a minute.
    """
    from dbt_common.behavior_flags import BehaviorFlagRendered

    patch.setattr(BehaviorFlagRendered, "_default_source", staticmethod(lambda: "dbt"))
