"""What an event is, which messages are none, and in which order events of several partitions come."""
