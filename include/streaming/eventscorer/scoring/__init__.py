"""What is computed from events: features, then scores."""
