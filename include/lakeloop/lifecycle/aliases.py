"""Names by which the registry knows a model's versions; apart from the rest, because importing MLflow takes seconds."""

CHAMPION = "champion"  # scores
CHALLENGER = "challenger"  # passed the gate and waits
PREVIOUS = "previous"  # champion before the present one: endpoints keep it loaded
