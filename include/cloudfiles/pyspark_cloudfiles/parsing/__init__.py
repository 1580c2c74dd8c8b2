"""The bytes of files to Arrow batches, value by value as Spark's own readers of JSON and CSV make them."""
