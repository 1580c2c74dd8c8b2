"""Ten minutes of traffic on a stack while versions roll out and back and its parts are killed; what was lost."""
