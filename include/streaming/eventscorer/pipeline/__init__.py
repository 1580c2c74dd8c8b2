"""From messages to decisions: one batch after the other."""
