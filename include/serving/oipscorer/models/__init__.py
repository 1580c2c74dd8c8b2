"""A model version: read from a folder that MLflow wrote, verified, then ready to score."""
