"""A registered version as a folder that scores without the rest: the files, their measured parity, size and latency."""
