"""This machine: the stack's settings and folders, its ports, Java, and the processes that run."""
