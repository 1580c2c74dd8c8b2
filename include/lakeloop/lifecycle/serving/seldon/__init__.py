"""Seldon Core 2: manifests of what serves a use case, and kubectl to apply them. Its licence is BSL 1.1."""
