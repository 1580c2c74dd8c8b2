"""Notebooks, run by a real Jupyter kernel with `spark`, `dbutils` and `display`.

`python -m localbricks.notebooks <run folder>` runs the notebook that the folder's task.json names. What happens
inside the kernel lies in `kernel/localbricks_kernel`, a package of its own: the kernel must not import `include`,
because a notebook may bring a package of that name.
"""
