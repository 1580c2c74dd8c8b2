"""Makes a registered version again: its code, its environment and its data, checked out into a clean folder."""
