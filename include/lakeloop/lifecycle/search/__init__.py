"""Hyperparameter search: trials judged on folds by time, side by side, recorded so that a killed search goes on."""
