"""Operators where the Databricks provider has none."""
