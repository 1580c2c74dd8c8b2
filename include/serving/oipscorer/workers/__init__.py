"""The processes of a server: a small parent, and workers that share its port."""
