"""The process of one task: its command, its environment, its libraries, and what it left."""
