"""Why a model predicts what it predicts: SHAP values of features, by row, by slice and overall.

`contributions`, `trees`, `linear`, `loaded` and `reasons` travel to Spark's workers by value (see
:mod:`lakeloop.lifecycle.scoring`): they import nothing of this package but one another.
"""
