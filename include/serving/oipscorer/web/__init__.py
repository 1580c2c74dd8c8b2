"""HTTP: the inference path as plain ASGI, everything else on Starlette."""
