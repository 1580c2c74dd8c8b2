"""Kafka's side: where messages come from, and the transaction in which decisions and offsets go."""
