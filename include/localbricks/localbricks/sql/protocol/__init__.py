"""The Thrift protocol: routes, sessions, running statements, and the structures that tell clients of them."""
