"""The files of a stream: where they lie, which of them have been read, and their readable bytes."""
