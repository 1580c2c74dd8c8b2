"""SQL over Thrift in front of a real Spark: `protocol` asks `statements`, which make `results`; all read `text`."""
