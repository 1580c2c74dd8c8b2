"""Closed segments to the folder from which they are ingested."""
