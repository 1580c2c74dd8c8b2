"""How good predictions are on labelled rows, how sure that is, and what follows from it."""
