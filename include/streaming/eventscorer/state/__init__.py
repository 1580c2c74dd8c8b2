"""States of entities outside Kafka, and how they stay in step with it."""
