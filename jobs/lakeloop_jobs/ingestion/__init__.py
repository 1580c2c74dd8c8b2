"""What `jobs/lakeloop_jobs/ingest.py` is made of: the stream to bronze, which rows are kept out, which version wins."""
