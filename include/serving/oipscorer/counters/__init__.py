"""Counts of what was answered, in memory that all processes of a server share through files."""
