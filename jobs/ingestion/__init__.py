"""What `jobs/ingest.py` is made of, beside the stream itself."""
