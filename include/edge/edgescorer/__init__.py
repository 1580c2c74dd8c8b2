"""Scores rows by an exported model, with nothing else at hand: no network, no registry, no Spark."""
