"""Which model answers: verified, and that of a registry's alias."""
