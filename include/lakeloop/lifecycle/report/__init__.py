"""What is said of one validated model: the report of its checks, and the model card, both from the same findings."""
