"""Starts, watches and stops the local services; the ``lakeloop`` command line."""
