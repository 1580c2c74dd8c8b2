"""Rows: how they are kept until a client fetches them, and their types on the wire."""
