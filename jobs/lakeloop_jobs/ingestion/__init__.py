"""What `jobs/lakeloop_jobs/ingest.py` is made of, beside the stream itself."""
