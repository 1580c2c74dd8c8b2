"""What an inference is whatever protocol brought it: admitted, routed, scored, explained, shadowed."""
