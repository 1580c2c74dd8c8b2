"""Use cases of kind `ranking`: training, judgement and scoring with the package rankstream, behind the same stages."""
