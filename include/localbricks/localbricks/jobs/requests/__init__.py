"""What clients may ask of the Jobs API: every field is known, used, or refused by name."""
