"""What Spark is asked: a client's statement, or what a metadata call wants to know."""
