"""Scores keyed events from Kafka in micro-batches: one decision for each event, whatever is killed."""
