"""What Model Serving exports: gauges of minutes, made of a scorer's counters."""
