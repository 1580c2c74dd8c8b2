"""Runs and task runs: what is remembered of them, what may run next, and each attempt of a task."""
