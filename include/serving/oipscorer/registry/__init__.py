"""Follows the aliases of a model in an MLflow registry."""
