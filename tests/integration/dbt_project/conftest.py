"""The dbt project's fixtures, for builds on the stack."""

from tests.dbt_project.conftest import dbt, receipts, use_case, warehouse  # noqa: F401
