"""What comes over HTTP, and what is answered."""
