"""A new version takes over an endpoint's traffic in steps, and is taken back where it is shown to be worse."""
