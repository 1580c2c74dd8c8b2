"""Real data, replayed into S3 as it would have arrived."""
