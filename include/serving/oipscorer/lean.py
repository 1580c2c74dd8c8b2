"""Imported first by the processes of this package, and by nothing else, so that they start quickly.

XGBoost does without scikit-learn where it is absent; importing it is most of the time that a start takes.
"""

import sys

sys.modules["sklearn"] = None  # type: ignore[assignment]
