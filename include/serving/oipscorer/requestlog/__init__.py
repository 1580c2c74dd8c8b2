"""What was asked and answered, with the features as they were seen: to files, and to Kafka."""
