"""Notebooks, run by a real Jupyter kernel with `spark`, `dbutils` and `display`.

`python -m localbricks.notebooks <run folder>` runs the notebook that the folder's task.json names. What the kernel
finds lies in `localbricks/runtime`, which the Python of every task can import.
"""
