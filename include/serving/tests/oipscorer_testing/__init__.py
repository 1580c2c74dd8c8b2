"""Real models, written by MLflow, and a real server process."""
