"""The scorer of an endpoint: its process, and what is asked of it."""
