"""What is started: each service with its environment, its secrets and how one sees that it is ready."""
