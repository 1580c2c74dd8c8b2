"""Where `databricks.sdk.runtime` looks for what Databricks' runtime gives to every Python process.

https://github.com/databricks/databricks-sdk-py/blob/main/databricks/sdk/runtime/__init__.py
"""

from typing import Any


class UserNamespaceInitializer:
    """The names of a notebook, for modules that import them."""

    @classmethod
    def getOrCreate(cls) -> "UserNamespaceInitializer":  # noqa: N802
        """One; it keeps no state of its own."""
        return cls()

    def get_namespace_globals(self) -> dict[str, Any]:
        """`spark`, `dbutils`, `display`, ... by name."""
        from localbricks_runtime.names import names

        return names()
