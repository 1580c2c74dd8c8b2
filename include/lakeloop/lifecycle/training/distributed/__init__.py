"""Training on the workers of a cluster: when, on which, and with the same models as on one machine."""
